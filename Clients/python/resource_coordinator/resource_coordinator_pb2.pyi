from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
EVENT_KIND_ADOPTED: EventKind
EVENT_KIND_CANCELLED: EventKind
EVENT_KIND_CAPACITY_CHANGED: EventKind
EVENT_KIND_CLAIMED: EventKind
EVENT_KIND_CLAIM_LAPSED: EventKind
EVENT_KIND_DENIED: EventKind
EVENT_KIND_DRAINING: EventKind
EVENT_KIND_EXPIRED: EventKind
EVENT_KIND_GRANTED: EventKind
EVENT_KIND_LEARNING: EventKind
EVENT_KIND_MODE_CHANGED: EventKind
EVENT_KIND_PREEMPTED: EventKind
EVENT_KIND_PREEMPT_NOTICE: EventKind
EVENT_KIND_PROMOTED: EventKind
EVENT_KIND_QUEUED: EventKind
EVENT_KIND_QUEUE_TIMEOUT: EventKind
EVENT_KIND_RELEASED: EventKind
EVENT_KIND_RELEASE_REFUSED: EventKind
EVENT_KIND_RENEWED: EventKind
EVENT_KIND_SETTLED: EventKind
EVENT_KIND_UNSPECIFIED: EventKind
METHOD_AWAIT_GRANT: Method
METHOD_CANCEL_REQUEST: Method
METHOD_DRAIN: Method
METHOD_EXPLAIN: Method
METHOD_GET_MODE: Method
METHOD_GET_RESOURCE_STATUS: Method
METHOD_HEALTH_CHECK: Method
METHOD_HELLO: Method
METHOD_LIST_HISTORY: Method
METHOD_RELEASE_RESOURCE: Method
METHOD_RENEW_LEASE: Method
METHOD_REQUEST_RESOURCE: Method
METHOD_REQUEST_RESOURCES: Method
METHOD_SET_CAPACITY: Method
METHOD_SET_MODE: Method
METHOD_STREAM_RESOURCE_STATUS: Method
METHOD_UNSPECIFIED: Method
METHOD_WATCH_EVENTS: Method
POOL_KIND_CAPACITY: PoolKind
POOL_KIND_HOLD: PoolKind
POOL_KIND_RATE: PoolKind
POOL_KIND_UNSPECIFIED: PoolKind
PRIORITY_CRITICAL: Priority
PRIORITY_HIGH: Priority
PRIORITY_LOW: Priority
PRIORITY_NORMAL: Priority
PRIORITY_UNSPECIFIED: Priority
REQUEST_STATUS_DENIED: RequestStatus
REQUEST_STATUS_EXPIRED: RequestStatus
REQUEST_STATUS_GRANTED: RequestStatus
REQUEST_STATUS_PENDING: RequestStatus
REQUEST_STATUS_QUEUED: RequestStatus
REQUEST_STATUS_RELEASED: RequestStatus
REQUEST_STATUS_UNSPECIFIED: RequestStatus
RESOURCE_TYPE_CLAUDE_API: ResourceType
RESOURCE_TYPE_CPU: ResourceType
RESOURCE_TYPE_GPU: ResourceType
RESOURCE_TYPE_MEMORY: ResourceType
RESOURCE_TYPE_UNSPECIFIED: ResourceType
RESPONSE_MODE_ALWAYS_GRANT: ResponseMode
RESPONSE_MODE_RESPECT_LIMITS: ResponseMode
RESPONSE_MODE_SIMULATE_CONTENTION: ResponseMode
RESPONSE_MODE_UNSPECIFIED: ResponseMode

class AllocationInfo(_message.Message):
    __slots__ = ["allocated_at", "component", "expires_at", "fencing", "metadata", "priority", "quantity", "request_id"]
    ALLOCATED_AT_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    FENCING_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    allocated_at: _timestamp_pb2.Timestamp
    component: str
    expires_at: _timestamp_pb2.Timestamp
    fencing: FencingToken
    metadata: _containers.RepeatedCompositeFieldContainer[MetadataEntry]
    priority: Priority
    quantity: int
    request_id: str
    def __init__(self, request_id: _Optional[str] = ..., component: _Optional[str] = ..., quantity: _Optional[int] = ..., allocated_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., priority: _Optional[_Union[Priority, str]] = ..., fencing: _Optional[_Union[FencingToken, _Mapping]] = ..., metadata: _Optional[_Iterable[_Union[MetadataEntry, _Mapping]]] = ...) -> None: ...

class AwaitGrantRequest(_message.Message):
    __slots__ = ["client_secret", "component", "request_id"]
    CLIENT_SECRET_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    client_secret: str
    component: str
    request_id: str
    def __init__(self, request_id: _Optional[str] = ..., component: _Optional[str] = ..., client_secret: _Optional[str] = ...) -> None: ...

class Call(_message.Message):
    __slots__ = ["call_id", "cancel", "metadata", "method", "payload", "timeout_ms"]
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    call_id: int
    cancel: bool
    metadata: _containers.RepeatedCompositeFieldContainer[MetadataEntry]
    method: Method
    payload: bytes
    timeout_ms: int
    def __init__(self, call_id: _Optional[int] = ..., method: _Optional[_Union[Method, str]] = ..., timeout_ms: _Optional[int] = ..., payload: _Optional[bytes] = ..., cancel: bool = ..., metadata: _Optional[_Iterable[_Union[MetadataEntry, _Mapping]]] = ...) -> None: ...

class CancelRequest(_message.Message):
    __slots__ = ["client_secret", "component", "request_id"]
    CLIENT_SECRET_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    client_secret: str
    component: str
    request_id: str
    def __init__(self, request_id: _Optional[str] = ..., component: _Optional[str] = ..., client_secret: _Optional[str] = ...) -> None: ...

class CancelResponse(_message.Message):
    __slots__ = ["cancelled", "message", "status"]
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    cancelled: bool
    message: str
    status: RequestStatus
    def __init__(self, cancelled: bool = ..., status: _Optional[_Union[RequestStatus, str]] = ..., message: _Optional[str] = ...) -> None: ...

class Change(_message.Message):
    __slots__ = ["component", "kind", "message", "pool", "quantity", "request_id"]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    component: str
    kind: str
    message: str
    pool: str
    quantity: int
    request_id: str
    def __init__(self, kind: _Optional[str] = ..., message: _Optional[str] = ..., pool: _Optional[str] = ..., quantity: _Optional[int] = ..., request_id: _Optional[str] = ..., component: _Optional[str] = ...) -> None: ...

class ContentionSettings(_message.Message):
    __slots__ = ["deny_probability", "queue_probability", "seed"]
    DENY_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    QUEUE_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    deny_probability: float
    queue_probability: float
    seed: int
    def __init__(self, deny_probability: _Optional[float] = ..., queue_probability: _Optional[float] = ..., seed: _Optional[int] = ...) -> None: ...

class Detail(_message.Message):
    __slots__ = ["available", "component", "field", "limit", "message", "missing", "others", "others_total", "pool", "reason", "request_id", "requested", "retry_after", "unit", "until"]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    OTHERS_FIELD_NUMBER: _ClassVar[int]
    OTHERS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    available: int
    component: str
    field: str
    limit: int
    message: str
    missing: int
    others: _containers.RepeatedCompositeFieldContainer[OtherRequest]
    others_total: int
    pool: str
    reason: str
    request_id: str
    requested: int
    retry_after: _duration_pb2.Duration
    unit: str
    until: _timestamp_pb2.Timestamp
    def __init__(self, reason: _Optional[str] = ..., message: _Optional[str] = ..., field: _Optional[str] = ..., pool: _Optional[str] = ..., requested: _Optional[int] = ..., available: _Optional[int] = ..., missing: _Optional[int] = ..., limit: _Optional[int] = ..., unit: _Optional[str] = ..., request_id: _Optional[str] = ..., component: _Optional[str] = ..., until: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., retry_after: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., others: _Optional[_Iterable[_Union[OtherRequest, _Mapping]]] = ..., others_total: _Optional[int] = ...) -> None: ...

class DrainRequest(_message.Message):
    __slots__ = ["deadline", "resume", "stop"]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    RESUME_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    deadline: _duration_pb2.Duration
    resume: bool
    stop: bool
    def __init__(self, deadline: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., resume: bool = ..., stop: bool = ...) -> None: ...

class DrainResponse(_message.Message):
    __slots__ = ["draining", "leases", "queued"]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    LEASES_FIELD_NUMBER: _ClassVar[int]
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    draining: bool
    leases: int
    queued: int
    def __init__(self, draining: bool = ..., leases: _Optional[int] = ..., queued: _Optional[int] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ["at", "component", "fencing", "kind", "metadata", "pools", "priority", "reason", "request_id", "revision", "status", "until", "waited"]
    AT_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    FENCING_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    POOLS_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    WAITED_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    component: str
    fencing: FencingToken
    kind: EventKind
    metadata: _containers.RepeatedCompositeFieldContainer[MetadataEntry]
    pools: _containers.RepeatedCompositeFieldContainer[PoolQuantity]
    priority: Priority
    reason: str
    request_id: str
    revision: int
    status: RequestStatus
    until: _timestamp_pb2.Timestamp
    waited: _duration_pb2.Duration
    def __init__(self, revision: _Optional[int] = ..., at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[_Union[EventKind, str]] = ..., request_id: _Optional[str] = ..., component: _Optional[str] = ..., pools: _Optional[_Iterable[_Union[PoolQuantity, _Mapping]]] = ..., priority: _Optional[_Union[Priority, str]] = ..., status: _Optional[_Union[RequestStatus, str]] = ..., metadata: _Optional[_Iterable[_Union[MetadataEntry, _Mapping]]] = ..., reason: _Optional[str] = ..., until: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., fencing: _Optional[_Union[FencingToken, _Mapping]] = ..., waited: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class EventCount(_message.Message):
    __slots__ = ["count", "kind"]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    count: int
    kind: EventKind
    def __init__(self, kind: _Optional[_Union[EventKind, str]] = ..., count: _Optional[int] = ...) -> None: ...

class ExplainRequest(_message.Message):
    __slots__ = ["multi_request", "request", "request_id"]
    MULTI_REQUEST_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    multi_request: MultiResourceRequest
    request: ResourceRequest
    request_id: str
    def __init__(self, request_id: _Optional[str] = ..., request: _Optional[_Union[ResourceRequest, _Mapping]] = ..., multi_request: _Optional[_Union[MultiResourceRequest, _Mapping]] = ...) -> None: ...

class Explanation(_message.Message):
    __slots__ = ["blockers", "changes", "forecast", "not_blockers", "queue", "request_id", "revision", "status", "summary"]
    BLOCKERS_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    FORECAST_FIELD_NUMBER: _ClassVar[int]
    NOT_BLOCKERS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    blockers: _containers.RepeatedCompositeFieldContainer[Detail]
    changes: _containers.RepeatedCompositeFieldContainer[Change]
    forecast: Forecast
    not_blockers: _containers.RepeatedCompositeFieldContainer[Detail]
    queue: QueuePlace
    request_id: str
    revision: int
    status: RequestStatus
    summary: str
    def __init__(self, request_id: _Optional[str] = ..., status: _Optional[_Union[RequestStatus, str]] = ..., summary: _Optional[str] = ..., blockers: _Optional[_Iterable[_Union[Detail, _Mapping]]] = ..., not_blockers: _Optional[_Iterable[_Union[Detail, _Mapping]]] = ..., queue: _Optional[_Union[QueuePlace, _Mapping]] = ..., forecast: _Optional[_Union[Forecast, _Mapping]] = ..., changes: _Optional[_Iterable[_Union[Change, _Mapping]]] = ..., revision: _Optional[int] = ...) -> None: ...

class FencingToken(_message.Message):
    __slots__ = ["counter", "epoch"]
    COUNTER_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    counter: int
    epoch: int
    def __init__(self, epoch: _Optional[int] = ..., counter: _Optional[int] = ...) -> None: ...

class Forecast(_message.Message):
    __slots__ = ["earliest", "expected", "latest"]
    EARLIEST_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    LATEST_FIELD_NUMBER: _ClassVar[int]
    earliest: _timestamp_pb2.Timestamp
    expected: _timestamp_pb2.Timestamp
    latest: _timestamp_pb2.Timestamp
    def __init__(self, earliest: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., expected: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., latest: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetModeRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class GrantUpdate(_message.Message):
    __slots__ = ["queue", "response", "status"]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    queue: QueuePlace
    response: ResourceResponse
    status: RequestStatus
    def __init__(self, status: _Optional[_Union[RequestStatus, str]] = ..., queue: _Optional[_Union[QueuePlace, _Mapping]] = ..., response: _Optional[_Union[ResourceResponse, _Mapping]] = ...) -> None: ...

class HealthCheckRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class HealthCheckResponse(_message.Message):
    __slots__ = ["healthy", "metadata", "uptime_seconds", "version"]
    HEALTHY_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    UPTIME_SECONDS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    healthy: bool
    metadata: _containers.RepeatedCompositeFieldContainer[MetadataEntry]
    uptime_seconds: int
    version: str
    def __init__(self, healthy: bool = ..., version: _Optional[str] = ..., uptime_seconds: _Optional[int] = ..., metadata: _Optional[_Iterable[_Union[MetadataEntry, _Mapping]]] = ...) -> None: ...

class HeldLease(_message.Message):
    __slots__ = ["client_secret", "duration", "metadata", "pools", "priority"]
    CLIENT_SECRET_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    POOLS_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    client_secret: str
    duration: _duration_pb2.Duration
    metadata: _containers.RepeatedCompositeFieldContainer[MetadataEntry]
    pools: _containers.RepeatedCompositeFieldContainer[PoolQuantity]
    priority: Priority
    def __init__(self, pools: _Optional[_Iterable[_Union[PoolQuantity, _Mapping]]] = ..., priority: _Optional[_Union[Priority, str]] = ..., duration: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., metadata: _Optional[_Iterable[_Union[MetadataEntry, _Mapping]]] = ..., client_secret: _Optional[str] = ...) -> None: ...

class HelloRequest(_message.Message):
    __slots__ = ["client", "features", "protocol_version"]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    client: str
    features: _containers.RepeatedScalarFieldContainer[str]
    protocol_version: int
    def __init__(self, protocol_version: _Optional[int] = ..., client: _Optional[str] = ..., features: _Optional[_Iterable[str]] = ...) -> None: ...

class HelloResponse(_message.Message):
    __slots__ = ["epoch", "features", "frame_bytes_max", "protocol_version", "server_time", "server_version"]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    FRAME_BYTES_MAX_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_FIELD_NUMBER: _ClassVar[int]
    SERVER_VERSION_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    features: _containers.RepeatedScalarFieldContainer[str]
    frame_bytes_max: int
    protocol_version: int
    server_time: _timestamp_pb2.Timestamp
    server_version: str
    def __init__(self, protocol_version: _Optional[int] = ..., server_version: _Optional[str] = ..., features: _Optional[_Iterable[str]] = ..., epoch: _Optional[int] = ..., frame_bytes_max: _Optional[int] = ..., server_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class HistoryRequest(_message.Message):
    __slots__ = ["after", "before", "component", "kind", "oldest_first", "page_size", "page_token", "pool", "request_id", "resource"]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    OLDEST_FIRST_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    after: _timestamp_pb2.Timestamp
    before: _timestamp_pb2.Timestamp
    component: str
    kind: EventKind
    oldest_first: bool
    page_size: int
    page_token: str
    pool: str
    request_id: str
    resource: ResourceType
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., component: _Optional[str] = ..., request_id: _Optional[str] = ..., resource: _Optional[_Union[ResourceType, str]] = ..., pool: _Optional[str] = ..., kind: _Optional[_Union[EventKind, str]] = ..., after: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., before: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., oldest_first: bool = ...) -> None: ...

class HistoryResponse(_message.Message):
    __slots__ = ["counts", "events", "events_kept", "events_total", "next_page_token"]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_KEPT_FIELD_NUMBER: _ClassVar[int]
    EVENTS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    counts: _containers.RepeatedCompositeFieldContainer[EventCount]
    events: _containers.RepeatedCompositeFieldContainer[Event]
    events_kept: int
    events_total: int
    next_page_token: str
    def __init__(self, events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., events_total: _Optional[int] = ..., events_kept: _Optional[int] = ..., counts: _Optional[_Iterable[_Union[EventCount, _Mapping]]] = ...) -> None: ...

class MetadataEntry(_message.Message):
    __slots__ = ["key", "value"]
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    key: str
    value: str
    def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class ModeStatus(_message.Message):
    __slots__ = ["contention", "draining", "draws", "learning_until", "mode", "revision"]
    CONTENTION_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    DRAWS_FIELD_NUMBER: _ClassVar[int]
    LEARNING_UNTIL_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    contention: ContentionSettings
    draining: bool
    draws: int
    learning_until: _timestamp_pb2.Timestamp
    mode: ResponseMode
    revision: int
    def __init__(self, mode: _Optional[_Union[ResponseMode, str]] = ..., contention: _Optional[_Union[ContentionSettings, _Mapping]] = ..., draws: _Optional[int] = ..., revision: _Optional[int] = ..., draining: bool = ..., learning_until: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MultiResourceRequest(_message.Message):
    __slots__ = ["cancel_on_disconnect", "client_secret", "component", "duration", "metadata", "pools", "priority", "request_id", "timeout", "wait"]
    CANCEL_ON_DISCONNECT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_SECRET_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    POOLS_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    cancel_on_disconnect: bool
    client_secret: str
    component: str
    duration: _duration_pb2.Duration
    metadata: _containers.RepeatedCompositeFieldContainer[MetadataEntry]
    pools: _containers.RepeatedCompositeFieldContainer[PoolQuantity]
    priority: Priority
    request_id: str
    timeout: _duration_pb2.Duration
    wait: bool
    def __init__(self, request_id: _Optional[str] = ..., component: _Optional[str] = ..., priority: _Optional[_Union[Priority, str]] = ..., timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., duration: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., metadata: _Optional[_Iterable[_Union[MetadataEntry, _Mapping]]] = ..., wait: bool = ..., client_secret: _Optional[str] = ..., cancel_on_disconnect: bool = ..., pools: _Optional[_Iterable[_Union[PoolQuantity, _Mapping]]] = ...) -> None: ...

class OtherRequest(_message.Message):
    __slots__ = ["component", "quantity", "request_id", "until"]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    component: str
    quantity: int
    request_id: str
    until: _timestamp_pb2.Timestamp
    def __init__(self, request_id: _Optional[str] = ..., component: _Optional[str] = ..., quantity: _Optional[int] = ..., until: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PoolQuantity(_message.Message):
    __slots__ = ["pool", "quantity", "resource"]
    POOL_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    pool: str
    quantity: int
    resource: ResourceType
    def __init__(self, resource: _Optional[_Union[ResourceType, str]] = ..., pool: _Optional[str] = ..., quantity: _Optional[int] = ...) -> None: ...

class QueuePlace(_message.Message):
    __slots__ = ["deadline", "forecast", "length", "position", "queued_at"]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    FORECAST_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    QUEUED_AT_FIELD_NUMBER: _ClassVar[int]
    deadline: _timestamp_pb2.Timestamp
    forecast: Forecast
    length: int
    position: int
    queued_at: _timestamp_pb2.Timestamp
    def __init__(self, position: _Optional[int] = ..., length: _Optional[int] = ..., deadline: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., queued_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., forecast: _Optional[_Union[Forecast, _Mapping]] = ...) -> None: ...

class RateStatus(_message.Message):
    __slots__ = ["limit", "remaining", "reset_after", "retry_after"]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    RESET_AFTER_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_FIELD_NUMBER: _ClassVar[int]
    limit: int
    remaining: int
    reset_after: _duration_pb2.Duration
    retry_after: _duration_pb2.Duration
    def __init__(self, limit: _Optional[int] = ..., remaining: _Optional[int] = ..., reset_after: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., retry_after: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ReleaseRequest(_message.Message):
    __slots__ = ["component", "request_id", "token", "used"]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    component: str
    request_id: str
    token: str
    used: _containers.RepeatedCompositeFieldContainer[PoolQuantity]
    def __init__(self, request_id: _Optional[str] = ..., token: _Optional[str] = ..., component: _Optional[str] = ..., used: _Optional[_Iterable[_Union[PoolQuantity, _Mapping]]] = ...) -> None: ...

class ReleaseResponse(_message.Message):
    __slots__ = ["message", "success"]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    message: str
    success: bool
    def __init__(self, success: bool = ..., message: _Optional[str] = ...) -> None: ...

class RenewRequest(_message.Message):
    __slots__ = ["component", "duration", "held", "request_id", "token"]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    component: str
    duration: _duration_pb2.Duration
    held: HeldLease
    request_id: str
    token: str
    def __init__(self, request_id: _Optional[str] = ..., token: _Optional[str] = ..., component: _Optional[str] = ..., duration: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., held: _Optional[_Union[HeldLease, _Mapping]] = ...) -> None: ...

class RenewResponse(_message.Message):
    __slots__ = ["adopted", "at_maximum", "expires_at", "fencing", "preempt_at"]
    ADOPTED_FIELD_NUMBER: _ClassVar[int]
    AT_MAXIMUM_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    FENCING_FIELD_NUMBER: _ClassVar[int]
    PREEMPT_AT_FIELD_NUMBER: _ClassVar[int]
    adopted: bool
    at_maximum: bool
    expires_at: _timestamp_pb2.Timestamp
    fencing: FencingToken
    preempt_at: _timestamp_pb2.Timestamp
    def __init__(self, expires_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., at_maximum: bool = ..., preempt_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., fencing: _Optional[_Union[FencingToken, _Mapping]] = ..., adopted: bool = ...) -> None: ...

class Reply(_message.Message):
    __slots__ = ["call_id", "code", "details", "end", "message", "payload"]
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    call_id: int
    code: int
    details: _containers.RepeatedCompositeFieldContainer[Detail]
    end: bool
    message: str
    payload: bytes
    def __init__(self, call_id: _Optional[int] = ..., code: _Optional[int] = ..., message: _Optional[str] = ..., payload: _Optional[bytes] = ..., end: bool = ..., details: _Optional[_Iterable[_Union[Detail, _Mapping]]] = ...) -> None: ...

class ResourceRequest(_message.Message):
    __slots__ = ["allow_partial", "cancel_on_disconnect", "client_secret", "component", "duration", "metadata", "pool", "priority", "quantity", "request_id", "resource", "timeout", "wait"]
    ALLOW_PARTIAL_FIELD_NUMBER: _ClassVar[int]
    CANCEL_ON_DISCONNECT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_SECRET_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    allow_partial: bool
    cancel_on_disconnect: bool
    client_secret: str
    component: str
    duration: _duration_pb2.Duration
    metadata: _containers.RepeatedCompositeFieldContainer[MetadataEntry]
    pool: str
    priority: Priority
    quantity: int
    request_id: str
    resource: ResourceType
    timeout: _duration_pb2.Duration
    wait: bool
    def __init__(self, request_id: _Optional[str] = ..., component: _Optional[str] = ..., resource: _Optional[_Union[ResourceType, str]] = ..., quantity: _Optional[int] = ..., priority: _Optional[_Union[Priority, str]] = ..., timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., duration: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., metadata: _Optional[_Iterable[_Union[MetadataEntry, _Mapping]]] = ..., wait: bool = ..., pool: _Optional[str] = ..., allow_partial: bool = ..., client_secret: _Optional[str] = ..., cancel_on_disconnect: bool = ...) -> None: ...

class ResourceResponse(_message.Message):
    __slots__ = ["expires_at", "explanation", "fencing", "granted", "granted_at", "granted_quantity", "message", "pool", "queue", "rate", "request_id", "safe_capacity", "status", "token"]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    FENCING_FIELD_NUMBER: _ClassVar[int]
    GRANTED_AT_FIELD_NUMBER: _ClassVar[int]
    GRANTED_FIELD_NUMBER: _ClassVar[int]
    GRANTED_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SAFE_CAPACITY_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    expires_at: _timestamp_pb2.Timestamp
    explanation: Explanation
    fencing: FencingToken
    granted: _containers.RepeatedCompositeFieldContainer[PoolQuantity]
    granted_at: _timestamp_pb2.Timestamp
    granted_quantity: int
    message: str
    pool: str
    queue: QueuePlace
    rate: RateStatus
    request_id: str
    safe_capacity: int
    status: RequestStatus
    token: str
    def __init__(self, request_id: _Optional[str] = ..., status: _Optional[_Union[RequestStatus, str]] = ..., message: _Optional[str] = ..., granted_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., token: _Optional[str] = ..., granted_quantity: _Optional[int] = ..., pool: _Optional[str] = ..., fencing: _Optional[_Union[FencingToken, _Mapping]] = ..., queue: _Optional[_Union[QueuePlace, _Mapping]] = ..., rate: _Optional[_Union[RateStatus, _Mapping]] = ..., explanation: _Optional[_Union[Explanation, _Mapping]] = ..., granted: _Optional[_Iterable[_Union[PoolQuantity, _Mapping]]] = ..., safe_capacity: _Optional[int] = ...) -> None: ...

class ResourceStatus(_message.Message):
    __slots__ = ["allocated", "allocations", "allocations_total", "available", "kind", "next_page_token", "over_committed", "pool", "queued", "rate", "resource", "safe_capacity", "total_capacity", "unit"]
    ALLOCATED_FIELD_NUMBER: _ClassVar[int]
    ALLOCATIONS_FIELD_NUMBER: _ClassVar[int]
    ALLOCATIONS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    OVER_COMMITTED_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    SAFE_CAPACITY_FIELD_NUMBER: _ClassVar[int]
    TOTAL_CAPACITY_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    allocated: int
    allocations: _containers.RepeatedCompositeFieldContainer[AllocationInfo]
    allocations_total: int
    available: int
    kind: PoolKind
    next_page_token: str
    over_committed: int
    pool: str
    queued: int
    rate: RateStatus
    resource: ResourceType
    safe_capacity: int
    total_capacity: int
    unit: str
    def __init__(self, resource: _Optional[_Union[ResourceType, str]] = ..., total_capacity: _Optional[int] = ..., available: _Optional[int] = ..., allocated: _Optional[int] = ..., allocations: _Optional[_Iterable[_Union[AllocationInfo, _Mapping]]] = ..., pool: _Optional[str] = ..., unit: _Optional[str] = ..., kind: _Optional[_Union[PoolKind, str]] = ..., over_committed: _Optional[int] = ..., queued: _Optional[int] = ..., allocations_total: _Optional[int] = ..., next_page_token: _Optional[str] = ..., rate: _Optional[_Union[RateStatus, _Mapping]] = ..., safe_capacity: _Optional[int] = ...) -> None: ...

class ResourceStatusRequest(_message.Message):
    __slots__ = ["page_size", "page_token", "pool", "resource"]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    pool: str
    resource: ResourceType
    def __init__(self, resource: _Optional[_Union[ResourceType, str]] = ..., pool: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ResourceStatusResponse(_message.Message):
    __slots__ = ["statuses", "timestamp"]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    statuses: _containers.RepeatedCompositeFieldContainer[ResourceStatus]
    timestamp: _timestamp_pb2.Timestamp
    def __init__(self, statuses: _Optional[_Iterable[_Union[ResourceStatus, _Mapping]]] = ..., timestamp: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SetCapacityRequest(_message.Message):
    __slots__ = ["capacity", "pool", "resource"]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    capacity: int
    pool: str
    resource: ResourceType
    def __init__(self, resource: _Optional[_Union[ResourceType, str]] = ..., pool: _Optional[str] = ..., capacity: _Optional[int] = ...) -> None: ...

class SetModeRequest(_message.Message):
    __slots__ = ["contention", "mode"]
    CONTENTION_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    contention: ContentionSettings
    mode: ResponseMode
    def __init__(self, mode: _Optional[_Union[ResponseMode, str]] = ..., contention: _Optional[_Union[ContentionSettings, _Mapping]] = ...) -> None: ...

class WatchEventsRequest(_message.Message):
    __slots__ = ["after_revision", "component", "from_start", "pool", "request_id"]
    AFTER_REVISION_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    FROM_START_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    after_revision: int
    component: str
    from_start: bool
    pool: str
    request_id: str
    def __init__(self, after_revision: _Optional[int] = ..., from_start: bool = ..., component: _Optional[str] = ..., request_id: _Optional[str] = ..., pool: _Optional[str] = ...) -> None: ...

class Method(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class ResourceType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class Priority(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class RequestStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class ResponseMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class PoolKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class EventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

"""Client of the Resource Coordinator: leases on GPU memory, API quota, RAM, CPU and any pool of the configuration."""

from .aio import AsyncClient, AsyncLease
from .client import ResourceCoordinatorClient
from .errors import (
    AlreadyExists, Cancelled, CannotConnect, ClientClosed, ConnectionLost, CoordinatorError, DeadlineExceeded, Denied,
    FailedPrecondition, ForkedClient, InvalidArgument, LeaseLost, LeaseLostWarning, NotFound, OutOfRange,
    PermissionDenied, ProtocolError, QueueTimeout, ResourceExhausted, Unauthenticated, Unavailable, Unimplemented,
)
from .fencing import FencingVerifier
from .framing import VERSION as __version__
from .lease import Lease
from .reading import Outcome
from .retrying import RetryPolicy
from .security import tls_context
from .tracing import traceparent
from .values import (
    Allocation, Change, Detail, Event, Explanation, FencingToken, Forecast, Granted, Health, HistoryPage, Mode,
    ModeStatus, OtherRequest, PoolStatus, Priority, QueuePlace, Queued, RateStatus, Renewal,
)

__all__ = [
    "Allocation", "AlreadyExists", "AsyncClient", "AsyncLease", "Cancelled", "CannotConnect", "Change",
    "ClientClosed", "ConnectionLost", "CoordinatorError", "DeadlineExceeded", "Denied", "Detail", "Event",
    "Explanation", "FailedPrecondition", "FencingToken", "FencingVerifier", "Forecast", "ForkedClient", "Granted",
    "Health", "HistoryPage", "InvalidArgument", "Lease", "LeaseLost", "LeaseLostWarning", "Mode", "ModeStatus",
    "NotFound", "OutOfRange", "Outcome", "OtherRequest", "PermissionDenied", "PoolStatus", "Priority", "ProtocolError", "QueuePlace",
    "QueueTimeout", "Queued", "RateStatus", "Renewal", "ResourceCoordinatorClient", "ResourceExhausted",
    "RetryPolicy", "Unauthenticated", "Unavailable", "Unimplemented", "__version__", "tls_context", "traceparent",
]

"""From the protocol's messages to values."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Dict, Iterable, Mapping, Optional, Tuple, Union

from . import resource_coordinator_pb2 as pb
from .errors import Denied
from .values import (
    Allocation, Change, Detail, Event, Explanation, FencingToken, Forecast, Granted, Health, HistoryPage, Mode,
    ModeStatus, OtherRequest, PoolStatus, QueuePlace, Queued, RateStatus, Renewal,
)

Outcome = Union[Granted, Queued, Denied]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_BUILT_IN = {1: "gpu", 2: "claude_api", 3: "memory", 4: "cpu"}


def time_of(message: Any, field: str) -> Optional[datetime]:
    """The timestamp as an aware datetime, cut to microseconds; None where it is unset or out of datetime's range."""
    if not message.HasField(field):
        return None
    stamp = getattr(message, field)
    try:
        return _EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)
    except OverflowError:
        return None


def seconds_of(message: Any, field: str) -> Optional[float]:
    if not message.HasField(field):
        return None
    duration = getattr(message, field)
    return float(duration.seconds + duration.nanos / 1e9)


def enum_name(kind: Any, number: int, prefix: str) -> str:
    """The name without its prefix; a number that a newer server knows and we do not reads as itself."""
    name = kind.Name(number) if number in kind.values() else str(number)
    return str(name[len(prefix):] if name.startswith(prefix) else name)


def status_name(number: int) -> str:
    return enum_name(pb.RequestStatus, number, "REQUEST_STATUS_")


def pairs(entries: Iterable[Any]) -> Dict[str, str]:
    return {entry.key: entry.value for entry in entries}


def pool_name(pool: str, resource: int) -> str:
    return pool or _BUILT_IN.get(resource, str(resource))


def fencing_of(message: Any) -> Optional[FencingToken]:
    if not message.HasField("fencing"):
        return None
    return FencingToken(message.fencing.epoch, message.fencing.counter)


def detail_of(message: Any) -> Detail:
    return Detail(
        reason=message.reason, message=message.message, field=message.field, pool=message.pool,
        requested=message.requested, available=message.available, missing=message.missing, limit=message.limit,
        unit=message.unit, request_id=message.request_id, component=message.component,
        until=time_of(message, "until"), retry_after=seconds_of(message, "retry_after"),
        others=tuple(
            OtherRequest(other.request_id, other.component, other.quantity, time_of(other, "until"))
            for other in message.others
        ),
        others_total=message.others_total,
    )


def details_of(messages: Iterable[Any]) -> Tuple[Detail, ...]:
    return tuple(detail_of(message) for message in messages)


def forecast_of(message: Any) -> Optional[Forecast]:
    if not message.HasField("forecast"):
        return None
    inner = message.forecast
    return Forecast(time_of(inner, "earliest"), time_of(inner, "expected"), time_of(inner, "latest"))


def place_of(message: Any) -> Optional[QueuePlace]:
    if not message.HasField("queue"):
        return None
    place = message.queue
    return QueuePlace(
        place.position, place.length, time_of(place, "deadline"), time_of(place, "queued_at"), forecast_of(place))


def queued_of(update: Any, request_id: str, component: str) -> Queued:
    """A `GrantUpdate` on the way."""
    return Queued(request_id, component, status_name(update.status), place_of(update) or QueuePlace())


def explanation_of(message: Any) -> Explanation:
    return Explanation(
        request_id=message.request_id, status=status_name(message.status), summary=message.summary,
        blockers=details_of(message.blockers), not_blockers=details_of(message.not_blockers),
        place=place_of(message), forecast=forecast_of(message),
        changes=tuple(
            Change(change.kind, change.message, change.pool, change.quantity, change.request_id, change.component)
            for change in message.changes),
        revision=message.revision,
    )


def rate_of(message: Any) -> Optional[RateStatus]:
    if not message.HasField("rate"):
        return None
    rate = message.rate
    return RateStatus(rate.limit, rate.remaining, seconds_of(rate, "reset_after"), seconds_of(rate, "retry_after"))


def outcome_of(
    response: Any, component: str, asked: Mapping[str, int], details: Tuple[Detail, ...] = ()
) -> Outcome:
    """What a `ResourceResponse` decided. A request that has ended (released, expired) reads as denied."""
    explanation = explanation_of(response.explanation) if response.HasField("explanation") else None
    if response.status == pb.REQUEST_STATUS_GRANTED:
        amounts = {pool_name(part.pool, part.resource): part.quantity for part in response.granted}
        if not amounts:
            first = next(iter(asked), response.pool)
            amounts = {**asked, first: response.granted_quantity}
        return Granted(
            request_id=response.request_id, component=component, amounts=amounts, message=response.message,
            granted_at=time_of(response, "granted_at"), expires_at=time_of(response, "expires_at"),
            fencing=fencing_of(response), rate=rate_of(response), token=response.token,
        )
    if response.status in (pb.REQUEST_STATUS_QUEUED, pb.REQUEST_STATUS_PENDING):
        return Queued(
            request_id=response.request_id, component=component, message=response.message,
            place=place_of(response) or QueuePlace(), explanation=explanation)
    rate = rate_of(response)
    reasons = details or (explanation.blockers if explanation is not None else ())
    retry_after = next((reason.retry_after for reason in reasons if reason.retry_after is not None), None)
    if retry_after is None and rate is not None:
        retry_after = rate.retry_after
    never = any(reason.reason == "CAN_NEVER_FIT" for reason in reasons)
    ended = response.status in (pb.REQUEST_STATUS_RELEASED, pb.REQUEST_STATUS_EXPIRED)
    return Denied(
        response.message or status_name(response.status),
        code="FAILED_PRECONDITION" if never or ended else None,
        explanation=explanation, details=reasons, retryable=not (never or ended), retry_after=retry_after,
        request_id=response.request_id)


def renewal_of(message: Any) -> Renewal:
    return Renewal(
        time_of(message, "expires_at"), message.at_maximum, time_of(message, "preempt_at"), fencing_of(message),
        message.adopted)


def pool_status_of(message: Any) -> PoolStatus:
    pool = pool_name(message.pool, message.resource)
    name = enum_name(pb.ResourceType, message.resource, "RESOURCE_TYPE_") if message.resource in _BUILT_IN else pool
    return PoolStatus(
        name=name, pool=pool, unit=message.unit, kind=enum_name(pb.PoolKind, message.kind, "POOL_KIND_").lower(),
        total_capacity=message.total_capacity, available=message.available, allocated=message.allocated,
        over_committed=message.over_committed, queued=message.queued,
        allocations=tuple(allocation_of(allocation) for allocation in message.allocations),
        allocations_total=max(message.allocations_total, len(message.allocations)),
        next_page_token=message.next_page_token, rate=rate_of(message), safe_capacity=message.safe_capacity)


def allocation_of(message: Any) -> Allocation:
    return Allocation(
        message.request_id, message.component, message.quantity, time_of(message, "allocated_at"),
        time_of(message, "expires_at"), enum_name(pb.Priority, message.priority, "PRIORITY_"), fencing_of(message),
        pairs(message.metadata))


def event_of(message: Any) -> Event:
    return Event(
        revision=message.revision, at=time_of(message, "at"),
        kind=enum_name(pb.EventKind, message.kind, "EVENT_KIND_").lower(),
        request_id=message.request_id, component=message.component,
        amounts={pool_name(part.pool, part.resource): part.quantity for part in message.pools},
        priority=enum_name(pb.Priority, message.priority, "PRIORITY_"), status=status_name(message.status),
        metadata=pairs(message.metadata), reason=message.reason, until=time_of(message, "until"),
        fencing=fencing_of(message), waited=seconds_of(message, "waited"))


def history_of(message: Any) -> HistoryPage:
    return HistoryPage(
        tuple(event_of(event) for event in message.events), message.next_page_token, message.events_total,
        message.events_kept,
        {enum_name(pb.EventKind, count.kind, "EVENT_KIND_").lower(): count.count for count in message.counts})


def mode_of(message: Any) -> ModeStatus:
    return ModeStatus(
        Mode(enum_name(pb.ResponseMode, message.mode, "RESPONSE_MODE_").lower()),
        message.contention.deny_probability, message.contention.queue_probability, message.contention.seed,
        message.draws, message.revision, message.draining)


def health_of(message: Any) -> Health:
    return Health(message.healthy, message.version, message.uptime_seconds, pairs(message.metadata))

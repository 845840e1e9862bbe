"""What the client answers with: plain values, times as aware UTC `datetime`s, lengths of time in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Mapping, Optional, Tuple


class Priority(str, Enum):
    """LOW 200, NORMAL 400, HIGH 600, CRITICAL 1000 points."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class Mode(str, Enum):
    ALWAYS_GRANT = "always_grant"
    SIMULATE_CONTENTION = "simulate_contention"
    RESPECT_LIMITS = "respect_limits"


@dataclass(frozen=True, order=True)
class FencingToken:
    """Rises strictly from grant to grant of one coordinator; hand it to the resource with every use of it."""

    epoch: int
    counter: int


@dataclass(frozen=True)
class OtherRequest:
    """A request in another's way: a lease (with its latest end) or a waiter that comes first (`until` is None)."""

    request_id: str
    component: str = ""
    quantity: int = 0
    until: Optional[datetime] = None


@dataclass(frozen=True)
class Detail:
    """One reason: of a denial, a wait, an invalid field or a limit. Quantities are in the pool's `unit`."""

    reason: str
    message: str = ""
    field: str = ""
    pool: str = ""
    requested: int = 0
    available: int = 0
    missing: int = 0
    limit: int = 0
    unit: str = ""
    request_id: str = ""
    component: str = ""
    until: Optional[datetime] = None
    retry_after: Optional[float] = None
    others: Tuple[OtherRequest, ...] = ()
    others_total: int = 0


@dataclass(frozen=True)
class Forecast:
    earliest: Optional[datetime] = None
    expected: Optional[datetime] = None
    latest: Optional[datetime] = None


@dataclass(frozen=True)
class Change:
    """One change that alone would let the request start now."""

    kind: str
    message: str = ""
    pool: str = ""
    quantity: int = 0
    request_id: str = ""
    component: str = ""


@dataclass(frozen=True)
class QueuePlace:
    """`position` 1 is next; `deadline` is when the wait ends."""

    position: int = 0
    length: int = 0
    deadline: Optional[datetime] = None
    queued_at: Optional[datetime] = None
    forecast: Optional[Forecast] = None


@dataclass(frozen=True)
class Explanation:
    """Why a request waits or was denied, until when, and what would change it."""

    request_id: str = ""
    status: str = ""
    summary: str = ""
    blockers: Tuple[Detail, ...] = ()
    not_blockers: Tuple[Detail, ...] = ()
    place: Optional[QueuePlace] = None
    forecast: Optional[Forecast] = None
    changes: Tuple[Change, ...] = ()
    revision: int = 0

    def __str__(self) -> str:
        lines = [self.summary or self.status]
        lines += [f"  because {blocker.message or blocker.reason}" for blocker in self.blockers]
        if self.forecast is not None and self.forecast.expected is not None:
            lines.append(f"  expected start {self.forecast.expected.isoformat()}")
        lines += [f"  would start now if: {change.message or change.kind}" for change in self.changes]
        return "\n".join(lines)


@dataclass(frozen=True)
class RateStatus:
    """The state of a rate pool: `retry_after` is None where the refused quantity never fits."""

    limit: int
    remaining: int
    reset_after: Optional[float] = None
    retry_after: Optional[float] = None


@dataclass(frozen=True)
class Granted:
    """A lease. `amounts` holds what was granted per pool, which is less than asked only with `allow_partial`.

    `local` is true where the coordinator could not be reached and a rule of `when_unreachable` let the client go
    ahead alone: nobody else knows of such a grant, and it carries no fencing token.
    """

    request_id: str
    component: str
    amounts: Mapping[str, int]
    message: str = ""
    granted_at: Optional[datetime] = None
    expires_at: Optional[datetime] = None
    fencing: Optional[FencingToken] = None
    rate: Optional[RateStatus] = None
    local: bool = False
    token: str = field(default="", repr=False)
    """Proves the ownership; keep it out of logs."""
    granted = True


@dataclass(frozen=True)
class Queued:
    """The request waits; `wait(request_id)` follows it to its end."""

    request_id: str
    component: str
    message: str = ""
    place: QueuePlace = QueuePlace()
    explanation: Optional[Explanation] = None
    granted = False

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True)
class Renewal:
    """`expires_at` counts, not what was asked: the maximum hold time may have cut it."""

    expires_at: Optional[datetime]
    at_maximum: bool = False
    preempt_at: Optional[datetime] = None
    fencing: Optional[FencingToken] = None
    adopted: bool = False
    """Whether the coordinator had lost its state and has taken the lease over again, with a new fencing number."""


@dataclass(frozen=True)
class Allocation:
    request_id: str
    component: str
    quantity: int
    allocated_at: Optional[datetime] = None
    expires_at: Optional[datetime] = None
    priority: str = "NORMAL"
    fencing: Optional[FencingToken] = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PoolStatus:
    """One pool. `allocations` is one page; `allocations_total` tells how many there are."""

    name: str
    pool: str
    unit: str
    kind: str
    total_capacity: int
    available: int
    allocated: int
    over_committed: int = 0
    queued: int = 0
    allocations: Tuple[Allocation, ...] = ()
    allocations_total: int = 0
    next_page_token: str = ""
    rate: Optional[RateStatus] = None
    safe_capacity: int = 0


@dataclass(frozen=True)
class Event:
    """One thing that happened; `kind` is in lower case, such as "granted". Tokens never appear here."""

    revision: int
    at: Optional[datetime]
    kind: str
    request_id: str = ""
    component: str = ""
    amounts: Mapping[str, int] = field(default_factory=dict)
    priority: str = ""
    status: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    until: Optional[datetime] = None
    fencing: Optional[FencingToken] = None
    waited: Optional[float] = None


@dataclass(frozen=True)
class HistoryPage:
    """`events_total` counts all ever recorded, `events_kept` those still here, `counts` all ever by kind."""

    events: Tuple[Event, ...]
    next_page_token: str = ""
    events_total: int = 0
    events_kept: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ModeStatus:
    mode: Mode
    deny_probability: float = 0.0
    queue_probability: float = 0.0
    seed: int = 0
    draws: int = 0
    revision: int = 0
    draining: bool = False


@dataclass(frozen=True)
class Health:
    healthy: bool
    version: str
    uptime_seconds: int
    metadata: Mapping[str, str] = field(default_factory=dict)

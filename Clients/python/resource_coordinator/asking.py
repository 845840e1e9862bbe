"""From arguments to the protocol's messages. Whatever can be seen to be wrong here is refused before it is sent."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, replace
from typing import Any, Dict, Mapping, Optional, Tuple, Union

from . import resource_coordinator_pb2 as pb
from .values import Mode, Priority

RESOURCES: Dict[str, Tuple[str, int]] = {
    "GPU": ("gpu", pb.RESOURCE_TYPE_GPU),
    "CLAUDE_API": ("claude_api", pb.RESOURCE_TYPE_CLAUDE_API),
    "MEMORY": ("memory", pb.RESOURCE_TYPE_MEMORY),
    "CPU": ("cpu", pb.RESOURCE_TYPE_CPU),
}
"""The built-in resources: the seed's name, the pool's name, the number on the wire."""

_NUMBER_BY_POOL = {pool: number for pool, number in RESOURCES.values()}
_INT64_MAX = (1 << 63) - 1
_DURATION_SECONDS_MAX = 315_576_000_000
"""Protobuf's own bound of a Duration, 10,000 years."""

PriorityLike = Union[str, Priority]


def priority_number(priority: PriorityLike) -> int:
    """The number on the wire. An unknown name is an error: silently NORMAL would hide a typing mistake for ever."""
    if isinstance(priority, str):
        name = (priority.value if isinstance(priority, Priority) else priority).upper()
        if name in Priority.__members__:
            return int(pb.Priority.Value(f"PRIORITY_{name}"))
    raise ValueError(f"unknown priority {priority!r}; valid are {', '.join(Priority.__members__)}")


def mode_number(mode: Union[str, Mode]) -> int:
    name = (mode.value if isinstance(mode, Mode) else str(mode)).lower()
    if name not in {known.value for known in Mode}:
        raise ValueError(f"unknown mode {mode!r}; valid are {', '.join(known.value for known in Mode)}")
    return int(pb.ResponseMode.Value(f"RESPONSE_MODE_{name.upper()}"))


def resource_number(resource_type: str) -> int:
    """The number of one of the four built-in types, by the seed's name in any case."""
    name = resource_type.upper() if isinstance(resource_type, str) else ""
    if name not in RESOURCES:
        raise ValueError(
            f"unknown resource type {resource_type!r}; valid are {', '.join(RESOURCES)} (a pool of the configuration "
            "goes by `pool=`)")
    return RESOURCES[name][1]


def amounts_of(
    gpu_mb: Optional[int], claude_api: Optional[int], memory_mb: Optional[int], cpu: Optional[int],
    pools: Optional[Mapping[str, int]],
) -> Dict[str, int]:
    """Quantities by pool, in the order of the arguments."""
    amounts: Dict[str, int] = {}
    named = (("gpu", gpu_mb), ("claude_api", claude_api), ("memory", memory_mb), ("cpu", cpu))
    for pool, quantity in named + tuple((pools or {}).items()):
        if quantity is None:
            continue
        if not isinstance(pool, str) or not pool:
            raise ValueError(f"a pool's name must be a text, not {pool!r}")
        if pool in amounts:
            raise ValueError(f"the pool {pool!r} is asked for twice")
        amounts[pool] = checked_quantity(quantity, pool)
    if not amounts:
        raise ValueError("nothing is asked for: give gpu_mb, claude_api, memory_mb, cpu or pools")
    return amounts


def checked_quantity(quantity: Any, pool: str) -> int:
    """Whether it is in range is the server's to say; here it only has to be a whole number of 64 bits."""
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        raise TypeError(f"the quantity of {pool!r} must be a whole number, not {quantity!r}")
    if not -_INT64_MAX <= quantity <= _INT64_MAX:
        raise ValueError(f"the quantity of {pool!r} does not fit 64 bits: {quantity}")
    return quantity


def checked_seconds(seconds: float, name: str) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"{name} must be a number of seconds, not {seconds!r}")
    if not math.isfinite(seconds) or abs(seconds) > _DURATION_SECONDS_MAX:
        raise ValueError(f"{name} is out of range: {seconds!r} seconds")
    return seconds


def fill_duration(target: Any, seconds: float, name: str) -> None:
    """Writes a length of time; seconds and nanoseconds carry the same sign, as protobuf asks."""
    nanoseconds = round(checked_seconds(seconds, name) * 1e9) if isinstance(seconds, float) else seconds * 10**9
    whole, rest = divmod(abs(nanoseconds), 10**9)
    sign = -1 if nanoseconds < 0 else 1
    target.seconds, target.nanos = sign * whole, sign * rest


def fill_metadata(entries: Any, metadata: Optional[Mapping[str, Any]]) -> None:
    for key, value in (metadata or {}).items():
        entries.add(key=key, value=value if isinstance(value, str) else str(value))


def fill_pool(target: Any, pool: str) -> None:
    """A built-in pool goes by its number, which every server knows; others go by name."""
    number = _NUMBER_BY_POOL.get(pool)
    if number is not None:
        target.resource = number
    else:
        target.pool = pool


@dataclass(frozen=True)
class Ask:
    """One request as it is sent, as often as it is sent: the same id and the same content."""

    request_id: str
    component: str
    amounts: Mapping[str, int]
    message: Any
    method: int
    wait_seconds: float = 0.0

    def waiting(self, seconds: float) -> "Ask":
        """The same request with a shorter wait, for a server that has forgotten the first one."""
        message = type(self.message)()
        message.CopyFrom(self.message)
        fill_duration(message.timeout, float(seconds), "wait")
        return replace(self, message=message, wait_seconds=seconds)


def announcement(request: Ask, granted: Mapping[str, int]) -> Any:
    """The lease as its holder knows it: every renewal carries it, for a coordinator that lost its state."""
    message: Any = request.message
    held = pb.HeldLease(priority=message.priority, metadata=message.metadata, client_secret=message.client_secret)
    if message.HasField("duration"):
        held.duration.CopyFrom(message.duration)
    for pool, quantity in granted.items():
        part = held.pools.add()
        fill_pool(part, pool)
        part.quantity = quantity
    return held


def ask(
    component: str,
    amounts: Mapping[str, int],
    *,
    priority: PriorityLike = "NORMAL",
    wait: Optional[float] = None,
    duration: Optional[float] = None,
    metadata: Optional[Mapping[str, Any]] = None,
    request_id: Optional[str] = None,
    allow_partial: bool = False,
    cancel_on_disconnect: bool = False,
    secret: str = "",
    timeout: Optional[float] = None,
) -> Ask:
    """Builds the request. `wait` (seconds, above 0) queues; `timeout` alone never does, it is only sent along."""
    if not isinstance(component, str):
        raise TypeError(f"component must be a text, not {component!r}")
    if wait is not None and checked_seconds(wait, "wait") < 0:
        raise ValueError(f"wait must not be negative: {wait!r}")
    several = len(amounts) > 1
    if several and allow_partial:
        raise ValueError("allow_partial is for one pool; several are granted all or nothing")
    message: Any = pb.MultiResourceRequest() if several else pb.ResourceRequest()
    message.request_id = request_id if request_id is not None else str(uuid.uuid4())
    message.component = component
    message.priority = priority_number(priority)
    message.client_secret = secret
    message.cancel_on_disconnect = cancel_on_disconnect
    if wait:
        message.wait = True
    if wait or timeout is not None:
        fill_duration(message.timeout, wait or timeout or 0.0, "wait")
    if duration is not None:
        fill_duration(message.duration, duration, "duration")
    fill_metadata(message.metadata, metadata)
    for pool, quantity in amounts.items():
        part = message.pools.add() if several else message
        fill_pool(part, pool)
        part.quantity = quantity
    if allow_partial:
        message.allow_partial = True
    method = pb.METHOD_REQUEST_RESOURCES if several else pb.METHOD_REQUEST_RESOURCE
    return Ask(message.request_id, component, dict(amounts), message, method, float(wait or 0.0))

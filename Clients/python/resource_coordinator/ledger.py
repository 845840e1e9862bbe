"""What this client holds, waits for and may have been given without knowing; one lock over all of it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Tuple

from .asking import Ask
from .values import Explanation, Granted

REMEMBERED_MAX = 100_000
"""Leases, and waiting requests, that are remembered; beyond it the oldest ones are forgotten."""

_AFTER_END_SECONDS = 600.0
"""How long a lease is remembered after its end: as long as the coordinator remembers it."""


@dataclass
class Held:
    component: str
    amounts: Mapping[str, int]
    token: str
    local: bool
    rate: bool
    ends: float
    """On this process's monotonic clock."""
    announced: Any = None
    """What a renewal tells a coordinator that has lost the lease: a `pb.HeldLease`; None for a local one."""


@dataclass(frozen=True)
class Orphan:
    """A request that nobody in this process waits for any more, but which the coordinator may have granted."""

    request_id: str
    component: str
    ask: Optional[Ask] = None
    token: str = ""
    rate: bool = False
    """Set with a token if nothing of a rate pool's grant was used, so that all of it returns."""


class Ledger:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: "OrderedDict[str, Held]" = OrderedDict()
        self._asked: "OrderedDict[str, Tuple[Ask, Optional[Explanation]]]" = OrderedDict()
        self._orphans: "OrderedDict[str, Orphan]" = OrderedDict()

    def granted(self, grant: Granted, announced: Any = None) -> None:
        seconds = lifetime(grant)
        held = Held(
            grant.component, grant.amounts, grant.token, grant.local, grant.rate is not None,
            time.monotonic() + (seconds if seconds is not None else 3600.0), announced)
        with self._lock:
            self._asked.pop(grant.request_id, None)
            self._held[grant.request_id] = held
            if len(self._held) > REMEMBERED_MAX:
                self._forget_ended()

    def _forget_ended(self) -> None:
        limit = time.monotonic() - _AFTER_END_SECONDS
        for request_id in [key for key, held in self._held.items() if held.ends < limit]:
            del self._held[request_id]
        while len(self._held) > REMEMBERED_MAX:
            self._held.popitem(last=False)

    def held(self, request_id: str) -> Optional[Held]:
        with self._lock:
            return self._held.get(request_id)

    def released(self, request_id: str) -> None:
        with self._lock:
            self._held.pop(request_id, None)

    def held_amounts(self) -> Dict[str, int]:
        """What is held now, per pool."""
        now = time.monotonic()
        amounts: Dict[str, int] = {}
        with self._lock:
            for held in self._held.values():
                if held.ends > now and not held.rate:
                    for pool, quantity in held.amounts.items():
                        amounts[pool] = amounts.get(pool, 0) + quantity
        return amounts

    def waiting(self, ask: Ask, explanation: Optional[Explanation]) -> None:
        with self._lock:
            self._asked[ask.request_id] = (ask, explanation)
            while len(self._asked) > REMEMBERED_MAX:
                self._asked.popitem(last=False)

    def asked(self, request_id: str) -> Optional[Ask]:
        with self._lock:
            entry = self._asked.get(request_id)
            return entry[0] if entry is not None else None

    def explanation(self, request_id: str) -> Optional[Explanation]:
        """Why the request was queued."""
        with self._lock:
            entry = self._asked.get(request_id)
            return entry[1] if entry is not None else None

    def no_longer_waiting(self, request_id: str) -> None:
        with self._lock:
            self._asked.pop(request_id, None)

    def orphaned(self, orphan: Orphan) -> None:
        with self._lock:
            self._asked.pop(orphan.request_id, None)
            self._orphans[orphan.request_id] = orphan
            while len(self._orphans) > REMEMBERED_MAX:
                self._orphans.popitem(last=False)

    def reclaimed(self, request_id: str) -> None:
        with self._lock:
            self._orphans.pop(request_id, None)

    def orphans(self) -> List[Orphan]:
        with self._lock:
            return list(self._orphans.values())


def lifetime(grant: Granted) -> Optional[float]:
    """Seconds from grant to end by the server's clock, which says nothing about the time now on ours."""
    if grant.granted_at is None or grant.expires_at is None:
        return None
    return (grant.expires_at - grant.granted_at).total_seconds()

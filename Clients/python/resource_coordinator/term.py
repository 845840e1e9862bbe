"""How long a lease is certainly ours, and when to renew it: arithmetic on a clock that the caller reads."""

from __future__ import annotations

import math
import time
from datetime import datetime
from typing import Optional

from .values import Granted, Renewal

PAUSE_INITIAL = 0.05
PAUSE_MAX = 2.0


def clock() -> float:
    """Seconds that never go back and, where the system offers it, count on while the machine sleeps."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(boottime) if boottime is not None else time.monotonic()


class LeaseTerm:
    """`ends` is never later than the lease's true end: it counts from before the request was sent, and takes from the
    server's clock only differences."""

    def __init__(self, grant: Granted, asked_at: float, now: float, waited: bool) -> None:
        seconds = 3600.0
        if grant.granted_at is not None and grant.expires_at is not None:
            seconds = (grant.expires_at - grant.granted_at).total_seconds()
        self.seconds = max(seconds, 0.001)
        self._expires_at: Optional[datetime] = grant.expires_at
        # After a wait nobody knows when the grant was made, up to a claim's length ago: renewing at once tells.
        self._sure = not waited
        self.ends = (now if waited else asked_at) + self.seconds
        self.next_renewal = now if waited else asked_at + self.seconds / 3
        self._failures = 0

    def renewed(self, renewal: Renewal, sent_at: float, now: float) -> None:
        bounds = []
        if renewal.expires_at is not None and self._expires_at is not None and (self._sure or renewal.at_maximum):
            bounds.append(self.ends + (renewal.expires_at - self._expires_at).total_seconds())
        if not renewal.at_maximum:
            bounds.append(sent_at + self.seconds)
            self._sure = True
        self._expires_at = renewal.expires_at
        self.ends = max(bounds, default=self.ends)
        self._failures = 0
        self.next_renewal = math.inf if renewal.at_maximum else now + max(0.0, self.ends - now) / 3

    def failed(self, now: float) -> None:
        """A renewal got no answer: soon again, with a growing pause, until the lease is over."""
        self._failures += 1
        self.next_renewal = now + min(PAUSE_INITIAL * 2.0 ** min(self._failures - 1, 30), PAUSE_MAX, self.seconds / 6)

    def is_over(self, now: float) -> bool:
        return now >= self.ends

    def pause(self, now: float) -> float:
        """Seconds until there is something to do."""
        return max(0.0, min(self.next_renewal, self.ends) - now)

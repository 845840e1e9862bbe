"""When a failed call is made again: a budget for the whole client, and a growing pause with jitter."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from typing import Optional

from . import resource_coordinator_pb2 as pb
from .errors import CannotConnect, ConnectionLost, CoordinatorError, DeadlineExceeded, Unavailable, ResourceExhausted


@dataclass(frozen=True)
class RetryPolicy:
    """`attempts` counts the first one. A pause is initial * multiplier^n, at most `pause_max`, times 0.8 to 1.2."""

    attempts: int = 5
    pause_initial: float = 0.05
    pause_max: float = 2.0
    multiplier: float = 2.0
    budget: float = 10.0
    budget_per_success: float = 0.1

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.pause_initial <= 0 or self.pause_max <= 0 or self.multiplier < 1:
            raise ValueError(f"attempts and multiplier must be at least 1 and pauses above 0: {self}")

    def pause(self, failures: int) -> float:
        """Seconds before the next attempt, after so many failures in a row."""
        exponent = min(failures - 1, 60)
        return min(self.pause_initial * self.multiplier ** exponent, self.pause_max) * random.uniform(0.8, 1.2)


class RetryBudget:
    """A failure takes one, a success gives a little back; at half or below nothing is tried again.

    So a coordinator that is down or overloaded is not buried under the retries of all its clients.
    """

    def __init__(self, policy: RetryPolicy) -> None:
        self._max = policy.budget
        self._gain = policy.budget_per_success
        self._left = policy.budget
        self._lock = threading.Lock()

    def succeeded(self) -> None:
        with self._lock:
            self._left = min(self._max, self._left + self._gain)

    def failed(self) -> bool:
        """Counts a failure; true if another attempt may be made."""
        with self._lock:
            self._left = max(0.0, self._left - 1.0)
            return self._left > self._max / 2


# Calls that may be carried out twice without harm: reads, and writes that the request id or the token make one.
# SetMode, SetCapacity and Drain are not among them: a late second one could undo somebody else's change.
REPEATABLE = frozenset({
    pb.METHOD_REQUEST_RESOURCE, pb.METHOD_REQUEST_RESOURCES, pb.METHOD_RELEASE_RESOURCE, pb.METHOD_RENEW_LEASE,
    pb.METHOD_CANCEL_REQUEST, pb.METHOD_GET_RESOURCE_STATUS, pb.METHOD_HEALTH_CHECK, pb.METHOD_HELLO,
    pb.METHOD_EXPLAIN, pb.METHOD_LIST_HISTORY, pb.METHOD_GET_MODE, pb.METHOD_AWAIT_GRANT,
})


class Attempts:
    """The course of one call: says after each failure how long to pause before the next attempt, or None: give up."""

    def __init__(self, method: int, policy: RetryPolicy, budget: RetryBudget) -> None:
        self._repeatable = method in REPEATABLE
        self._policy = policy
        self._budget = budget
        self._failures = 0
        self.maybe_sent = False
        """Whether some attempt may have been carried out although no answer came."""

    def attempt_seconds(self, remaining: float) -> float:
        """How long one attempt may take: a lost reply must leave time to ask again."""
        if not self._repeatable:
            return remaining
        return min(remaining, max(remaining / 3, 0.5))

    def pause_after(self, error: CoordinatorError, remaining: float) -> Optional[float]:
        self._failures += 1
        decided_nothing = isinstance(error, CannotConnect) or (
            isinstance(error, (Unavailable, ResourceExhausted)) and not isinstance(error, ConnectionLost))
        if not decided_nothing:
            self.maybe_sent = True
        worth_it = isinstance(error, (Unavailable, DeadlineExceeded)) or (
            isinstance(error, ResourceExhausted) and error.retry_after is not None)
        if not worth_it:
            return None
        may_repeat = self._budget.failed()
        if not may_repeat or self._failures >= self._policy.attempts:
            return None
        if not (decided_nothing or self._repeatable):
            return None
        pause = self._policy.pause(self._failures)
        if error.retry_after is not None:
            pause = max(pause, error.retry_after)
        return pause if pause < remaining else None

    def succeeded(self) -> None:
        self._budget.succeeded()

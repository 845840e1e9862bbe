"""Gives back what may have been granted without this client having seen the answer."""

from __future__ import annotations

import threading
import time
from typing import Callable

from .channel import Channel
from .errors import CoordinatorError
from .ledger import Ledger, Orphan
from .retrying import RetryPolicy
from .unreachable import is_unreachable

RECLAIM_SECONDS = 600.0
"""How long it is tried: by then most leases are over, and the coordinator forgets the rest's replies."""


class Reclaimer:
    """A thread that lives while there is something to give back."""

    def __init__(self, channel: Channel, ledger: Ledger, give_back: Callable[[Orphan, float], None]) -> None:
        self._channel = channel
        self._ledger = ledger
        self._give_back = give_back
        self._lock = threading.Lock()
        self._running = False

    def add(self, orphan: Orphan) -> None:
        self._ledger.orphaned(orphan)
        with self._lock:
            if self._running or self._channel.closed:
                return
            self._running = True
        threading.Thread(target=self._run, name="resource-coordinator-reclaim", daemon=True).start()

    def _run(self) -> None:
        policy = RetryPolicy(pause_initial=0.1, pause_max=10.0)
        failures = 0
        give_up = time.monotonic() + RECLAIM_SECONDS
        while True:
            failures = 0 if self.try_once(5.0) else failures + 1
            with self._lock:
                if not self._ledger.orphans() or self._channel.closed or time.monotonic() > give_up:
                    self._running = False
                    return
            if failures:
                self._channel.pause(policy.pause(failures))

    def try_once(self, timeout: float) -> bool:
        """One pass; false if the coordinator could not be reached."""
        deadline = time.monotonic() + timeout
        for orphan in self._ledger.orphans():
            try:
                self._give_back(orphan, max(0.01, deadline - time.monotonic()))
            except CoordinatorError as error:
                if is_unreachable(error) or error.retryable:
                    return False
                # It is decided otherwise (not found, not ours, ended): nothing is left to give back.
            self._ledger.reclaimed(orphan.request_id)
        return True

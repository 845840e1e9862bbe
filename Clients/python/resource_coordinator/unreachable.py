"""What the client may use by itself while the coordinator cannot be reached.

- "pessimistic": nothing.
- "optimistic": whatever is asked.
- "safe": as much of a pool as the coordinator last said that one client may use alone (`safe_capacity`), what this
  client already holds of it counted; nothing if it never said so.
"""

from __future__ import annotations

import threading
from typing import Dict, Mapping, Optional

from .errors import CannotConnect, ConnectionLost, CoordinatorError, DeadlineExceeded

RULES = ("pessimistic", "optimistic", "safe")
_DEFAULTS = {"gpu": "pessimistic", "claude_api": "safe"}


def is_unreachable(error: CoordinatorError) -> bool:
    """A coordinator that answers "no more requests, I drain" has been reached: then no rule applies."""
    return isinstance(error, (CannotConnect, ConnectionLost, DeadlineExceeded))


class UnreachableRules:
    def __init__(self, rules: Optional[Mapping[str, str]]) -> None:
        self._rules: Dict[str, str] = {**_DEFAULTS, **(rules or {})}
        for pool, rule in self._rules.items():
            if rule not in RULES:
                raise ValueError(f"unknown rule {rule!r} for the pool {pool!r}; valid are {', '.join(RULES)}")
        self._safe: Dict[str, int] = {}
        self._lock = threading.Lock()

    def learn(self, pool: str, safe_capacity: int) -> None:
        """Notes what the coordinator says for the time without it."""
        with self._lock:
            self._safe[pool] = safe_capacity

    def allow(self, amounts: Mapping[str, int], held: Mapping[str, int]) -> Optional[str]:
        """The rules under which all the amounts may be used alone, as a text; None if any pool's rule forbids it."""
        used = []
        for pool, quantity in amounts.items():
            rule = self._rules.get(pool, "pessimistic")
            if quantity <= 0 or rule == "pessimistic":
                return None
            if rule == "safe":
                with self._lock:
                    safe = self._safe.get(pool, 0)
                if held.get(pool, 0) + quantity > safe:
                    return None
            used.append(f"{rule} for {pool}")
        return ", ".join(used)

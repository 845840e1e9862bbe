"""For the owner of a resource: refuse whoever comes with an older lease than one already seen."""

from __future__ import annotations

import threading
from typing import Dict, Union

from .values import FencingToken, Granted


class FencingVerifier:
    """Keeps the highest token per resource. A holder whose lease ended, and who does not know it, is refused once the
    next holder has come. Keep it with the resource (in its database, say: see `seen`), not with the clients.
    """

    def __init__(self, resources_max: int = 100_000) -> None:
        self._highest: Dict[str, FencingToken] = {}
        self._resources_max = resources_max
        self._lock = threading.Lock()

    def accept(self, resource: str, token: Union[FencingToken, Granted, None]) -> bool:
        """True if no higher token has been seen for the resource; the same token may come as often as it likes.

        A grant without a token (made locally, while the coordinator could not be reached) proves nothing: refused.
        """
        if isinstance(token, Granted):
            token = token.fencing
        if token is None:
            return False
        with self._lock:
            highest = self._highest.get(resource)
            if highest is not None and token < highest:
                return False
            if highest is None and len(self._highest) >= self._resources_max:
                raise OverflowError(f"more than {self._resources_max} resources; raise resources_max")
            self._highest[resource] = token
            return True

    def seen(self, resource: str, token: FencingToken) -> None:
        """Restores what was accepted before a restart of the owner."""
        self.accept(resource, token)

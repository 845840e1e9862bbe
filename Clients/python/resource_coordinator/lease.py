"""Leases as scopes: kept alive inside, given back on every way out."""

from __future__ import annotations

import functools
import inspect
import logging
import os
import threading
import warnings
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, Optional, Type, TypeVar

from .asking import Ask
from .errors import (
    CoordinatorError, Denied, FailedPrecondition, LeaseLost, LeaseLostWarning, NotFound, PermissionDenied,
)
from .term import LeaseTerm, clock
from .values import FencingToken, Granted, Queued, Renewal

if TYPE_CHECKING:
    from .client import ResourceCoordinatorClient

logger = logging.getLogger("resource_coordinator")

LEAVE_SECONDS = 5.0
"""How long leaving a scope may wait for the coordinator; after that the lease is given back in the background."""

F = TypeVar("F", bound=Callable[..., Any])


class LeaseView:
    """What the threaded and the asyncio lease tell alike."""

    def __init__(self, grant: Granted, term: LeaseTerm) -> None:
        self.grant = grant
        self._term = term
        self.preempt_at: Optional[datetime] = None
        """When the lease will be taken for a higher priority, if the coordinator has announced it."""
        self.at_maximum = False
        """Whether the maximum hold time is reached, so that the lease ends at `expires_at` whatever is done."""
        self._expires_at = grant.expires_at
        self._fencing = grant.fencing
        self.lost_because = ""

    @property
    def request_id(self) -> str:
        return self.grant.request_id

    @property
    def component(self) -> str:
        return self.grant.component

    @property
    def amounts(self) -> Mapping[str, int]:
        return self.grant.amounts

    @property
    def fencing(self) -> Optional[FencingToken]:
        """To be shown to the owner of the resource. A coordinator that lost its state gives the lease a new, higher one
        when it takes it over again."""
        return self._fencing

    @property
    def local(self) -> bool:
        """Whether this is a grant by a rule for an unreachable coordinator."""
        return self.grant.local

    @property
    def expires_at(self) -> Optional[datetime]:
        """By the coordinator's clock, as of the last renewal."""
        return self._expires_at

    @property
    def remaining(self) -> float:
        """Seconds that the lease certainly lasts if it is not renewed; 0 when it is over."""
        return max(0.0, self._term.ends - clock())

    def _note_renewal(self, renewal: Renewal, sent_at: float) -> None:
        self._term.renewed(renewal, sent_at, clock())
        self._expires_at = renewal.expires_at
        self.preempt_at = renewal.preempt_at
        self.at_maximum = renewal.at_maximum
        if renewal.fencing is not None:
            self._fencing = renewal.fencing
        if renewal.adopted:
            logger.info("the coordinator lost its state and has taken lease %s over again", self.request_id)

    def _loss(self) -> LeaseLost:
        return LeaseLost(
            f"the lease {self.request_id} of {self.component!r} was lost: {self.lost_because}",
            request_id=self.request_id)


def ends_lease(error: CoordinatorError) -> bool:
    """Whether the answer to a renewal says that the lease is over."""
    return isinstance(error, (FailedPrecondition, NotFound, PermissionDenied))


class Lease(LeaseView):
    """A lease inside its scope. `lost` is set once it may no longer be relied on: stop using the resource then."""

    def __init__(self, client: "ResourceCoordinatorClient", grant: Granted, term: LeaseTerm) -> None:
        super().__init__(grant, term)
        self.lost = threading.Event()
        self._client = client
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._keeper: Optional[threading.Thread] = None

    def check(self) -> None:
        """Raises `LeaseLost` if the lease is no longer ours."""
        if not self.local and self._term.is_over(clock()):
            self._lose("it was not renewed in time")
        if self.lost.is_set():
            raise self._loss()

    def renew(self, duration: Optional[float] = None) -> Renewal:
        """Renews now. The keepalive does this at a third of the lease's length; nobody has to."""
        with self._lock:
            sent_at = clock()
            renewal = self._client.renew(self.request_id, self.component, duration=duration)
            if duration is None:
                self._note_renewal(renewal, sent_at)
            return renewal

    def _start(self) -> None:
        if self.local:
            return
        self._keeper = threading.Thread(
            target=self._keep, name=f"resource-coordinator-lease-{self.request_id[:8]}", daemon=True)
        self._keeper.start()

    def _keep(self) -> None:
        while not self._stop.wait(self._term.pause(clock())):
            with self._lock:
                if self._term.is_over(clock()):
                    self._lose("it was not renewed in time")
                    return
                if clock() < self._term.next_renewal:
                    continue
                sent_at = clock()
                try:
                    renewal = self._client._renew_once(
                        self.request_id, self.component, self.grant.token, self._term.ends - sent_at)
                except CoordinatorError as error:
                    if self._stop.is_set():
                        return
                    if ends_lease(error) or self._client.closed:
                        self._lose(error.message)
                        return
                    self._term.failed(clock())
                else:
                    self._note_renewal(renewal, sent_at)

    def _lose(self, why: str) -> None:
        if not self.lost.is_set():
            self.lost_because = why
            self.lost.set()
            logger.warning("lease %s of %s lost: %s", self.request_id, self.component, why)

    def _end(self) -> None:
        self._stop.set()


class LeaseScope:
    """`with client.lease(...) as lease:` asks on the way in. Each entering is a new request."""

    def __init__(
        self, client: "ResourceCoordinatorClient", build: Callable[[], Ask], wait: float, strict: bool
    ) -> None:
        self._client = client
        self._build = build
        self._wait = wait
        self._strict = strict
        self._lease: Optional[Lease] = None
        self._pid = 0

    def __enter__(self) -> Lease:
        if self._lease is not None:
            raise RuntimeError("this lease scope is already entered; call client.lease() for another one")
        request = self._build()
        asked_at = clock()
        waited = False
        try:
            outcome = self._client._decide(request)
            if isinstance(outcome, Queued) and self._wait > 0:
                waited = True
                outcome = self._client._follow(request, self._wait + 1.0, None)
            if isinstance(outcome, Queued):
                raise Denied(f"not granted at once: {outcome.message}", explanation=outcome.explanation,
                             retryable=True, request_id=request.request_id)
            if isinstance(outcome, Denied):
                raise outcome
            lease = Lease(self._client, outcome, LeaseTerm(outcome, asked_at, clock(), waited))
            lease._start()
        except CoordinatorError as error:
            if not isinstance(error, Denied) or not self._client._is_decided(request):
                self._client._abandon(request)
            raise
        except BaseException:
            # KeyboardInterrupt above all: whatever the coordinator has decided, nobody will use it.
            self._client._abandon(request)
            raise
        self._pid = os.getpid()
        self._lease = lease
        return lease

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        lease, self._lease = self._lease, None
        if lease is None or os.getpid() != self._pid:
            return  # In a forked child the lease is still the parent's.
        lease._end()
        if not lease.lost.is_set() and not lease.local and lease._term.is_over(clock()):
            lease._lose("it was not renewed in time")
        seconds = min(LEAVE_SECONDS, self._client.call_timeout)
        self._client._give_back_quietly(lease.request_id, lease.component, seconds)
        if lease.lost.is_set() and error is None:
            if self._strict:
                raise lease._loss()
            warnings.warn(str(lease._loss()), LeaseLostWarning, stacklevel=2)


def requires(
    scope: Callable[[str], LeaseScope], lease_as: Optional[str], component: Optional[str]
) -> Callable[[F], F]:
    """The decorator behind `client.requires(...)`."""

    def decorate(function: F) -> F:
        if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
            raise TypeError(
                f"{function.__qualname__} returns before its work is done, and its lease would end then; use "
                "AsyncClient.requires for coroutine functions, and lease() inside generators")
        name = component or function.__qualname__

        @functools.wraps(function)
        def wrapped(*arguments: Any, **keywords: Any) -> Any:
            with scope(name) as lease:
                extra: Dict[str, Any] = {lease_as: lease} if lease_as else {}
                return function(*arguments, **keywords, **extra)

        return wrapped  # type: ignore[return-value]

    return decorate

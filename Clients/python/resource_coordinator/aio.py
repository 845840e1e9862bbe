"""The asyncio client. Rules and names are those of the threaded one; every call is a coroutine."""

from __future__ import annotations

import asyncio
import functools
import inspect
import ssl
import time
import warnings
from datetime import datetime
from types import TracebackType
from typing import Any, AsyncIterator, Callable, Coroutine, List, Mapping, Optional, Set, Tuple, Type, TypeVar, Union

from . import resource_coordinator_pb2 as pb
from .aio_channel import AsyncChannel
from .asking import Ask, PriorityLike, amounts_of, checked_quantity
from .base import RELEASED_TEXT, UNKNOWN_LOCALLY_TEXT, ClientBase, final_answer, queue_timeout
from .errors import (
    CoordinatorError, DeadlineExceeded, Denied, FailedPrecondition, LeaseLostWarning, NotFound, Unavailable,
)
from .framing import DEFAULT_HOST, DEFAULT_PORT, FRAME_BYTES_MAX
from .lease import LEAVE_SECONDS, LeaseView, ends_lease, logger
from .ledger import Orphan
from .reading import (
    Outcome, event_of, explanation_of, health_of, history_of, mode_of, outcome_of, pool_status_of, queued_of,
    renewal_of,
)
from .retrying import RetryPolicy
from .term import LeaseTerm, clock
from .unreachable import is_unreachable
from .values import (
    Allocation, Event, Explanation, Granted, Health, HistoryPage, Mode, ModeStatus, PoolStatus, Queued, Renewal,
)

CLOSE_SECONDS = 2.0
AF = TypeVar("AF", bound=Callable[..., Coroutine[Any, Any, Any]])
_T = TypeVar("_T")


class AsyncLease(LeaseView):
    """A lease inside its scope; `lost` is an `asyncio.Event`."""

    def __init__(self, client: "AsyncClient", grant: Granted, term: LeaseTerm) -> None:
        super().__init__(grant, term)
        self.lost = asyncio.Event()
        self._client = client
        self._keeper: Optional["asyncio.Task[None]"] = None

    def check(self) -> None:
        """Raises `LeaseLost` if the lease is no longer ours."""
        if not self.local and self._term.is_over(clock()):
            self._lose("it was not renewed in time")
        if self.lost.is_set():
            raise self._loss()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._term.pause(clock()))
            sent_at = clock()
            if self._term.is_over(sent_at):
                self._lose("it was not renewed in time")
                return
            if sent_at < self._term.next_renewal:
                continue
            try:
                renewal = await self._client._renew(
                    self.request_id, self.component, self.grant.token, None, self._term.ends - sent_at, once=True)
            except CoordinatorError as error:
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


class AsyncLeaseScope:
    def __init__(self, client: "AsyncClient", build: Callable[[], Ask], wait: float, strict: bool) -> None:
        self._client = client
        self._build = build
        self._wait = wait
        self._strict = strict
        self._lease: Optional[AsyncLease] = None

    async def __aenter__(self) -> AsyncLease:
        if self._lease is not None:
            raise RuntimeError("this lease scope is already entered; call client.lease() for another one")
        request = self._build()
        asked_at = clock()
        waited = False
        try:
            outcome = await self._client._decide(request)
            if isinstance(outcome, Queued) and self._wait > 0:
                waited = True
                outcome = await self._client._follow(request, self._wait + 1.0, None)
            if isinstance(outcome, Queued):
                raise Denied(f"not granted at once: {outcome.message}", explanation=outcome.explanation,
                             retryable=True, request_id=request.request_id)
            if isinstance(outcome, Denied):
                raise outcome
        except BaseException:  # asyncio.CancelledError above all
            self._client._abandon(request)
            raise
        lease = AsyncLease(self._client, outcome, LeaseTerm(outcome, asked_at, clock(), waited))
        if not lease.local:
            lease._keeper = asyncio.ensure_future(lease._keep())
        self._lease = lease
        return lease

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        lease, self._lease = self._lease, None
        if lease is None:
            return
        if lease._keeper is not None:
            lease._keeper.cancel()
        if not lease.lost.is_set() and not lease.local and lease._term.is_over(clock()):
            lease._lose("it was not renewed in time")
        seconds = min(LEAVE_SECONDS, self._client.call_timeout)
        await self._client._give_back_quietly(lease.request_id, lease.component, seconds)
        if lease.lost.is_set() and error is None:
            if self._strict:
                raise lease._loss()
            warnings.warn(str(lease._loss()), LeaseLostWarning, stacklevel=2)


class AsyncClient(ClientBase):
    """Asks a coordinator for resources from one event loop; the arguments are those of `ResourceCoordinatorClient`."""

    def __init__(
        self,
        host: str = DEFAULT_HOST,
        port: int = DEFAULT_PORT,
        *,
        call_timeout: float = 10.0,
        token: Optional[str] = None,
        tls: Optional[ssl.SSLContext] = None,
        when_unreachable: Optional[Mapping[str, str]] = None,
        retry: Optional[RetryPolicy] = None,
        frame_bytes_max: int = FRAME_BYTES_MAX,
        traceparent: Optional[str] = None,
    ) -> None:
        super().__init__(
            host, port, call_timeout=call_timeout, token=token, tls=tls, when_unreachable=when_unreachable,
            retry=retry, frame_bytes_max=frame_bytes_max, traceparent=traceparent)
        self._channel = AsyncChannel(self.address, tls, self._metadata, frame_bytes_max, self._policy)
        self._background: Set["asyncio.Task[None]"] = set()

    async def __aenter__(self) -> "AsyncClient":
        self._channel.check()
        return self

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        await self.close()

    @property
    def closed(self) -> bool:
        return self._channel.closed

    async def close(self) -> None:
        """Ends the connection; what may have been granted unseen is given back first, for at most 2 seconds."""
        tasks = list(self._background)
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._channel.close()

    def lease(
        self, component: str, *, gpu_mb: Optional[int] = None, claude_api: Optional[int] = None,
        memory_mb: Optional[int] = None, cpu: Optional[int] = None, pools: Optional[Mapping[str, int]] = None,
        priority: PriorityLike = "NORMAL", wait: Optional[float] = None, duration: Optional[float] = None,
        metadata: Optional[Mapping[str, Any]] = None, strict: bool = False, allow_partial: bool = False,
    ) -> AsyncLeaseScope:
        """`async with client.lease("eval", gpu_mb=3500, wait=60) as lease:`; see the threaded client's `lease`."""
        amounts = amounts_of(gpu_mb, claude_api, memory_mb, cpu, pools)

        def build() -> Ask:
            return self._ask(
                component, amounts, priority=priority, wait=wait, duration=duration, metadata=metadata,
                allow_partial=allow_partial)

        build()  # Mistakes in the arguments show here, not later at the `async with`.
        return AsyncLeaseScope(self, build, float(wait or 0.0), strict)

    def requires(
        self, *, component: Optional[str] = None, lease_as: Optional[str] = None, **options: Any
    ) -> Callable[[AF], AF]:
        """Decorates a coroutine function so that each call of it runs inside `lease(component, **options)`."""
        self.lease(component or "check", **options)

        def decorate(function: AF) -> AF:
            if not inspect.iscoroutinefunction(function):
                raise TypeError(f"{function.__qualname__} is no coroutine function; use the threaded client's requires")
            name = component or function.__qualname__

            @functools.wraps(function)
            async def wrapped(*arguments: Any, **keywords: Any) -> Any:
                async with self.lease(name, **options) as lease:
                    extra = {lease_as: lease} if lease_as else {}
                    return await function(*arguments, **keywords, **extra)

            return wrapped  # type: ignore[return-value]

        return decorate

    async def request(
        self, component: str, *, gpu_mb: Optional[int] = None, claude_api: Optional[int] = None,
        memory_mb: Optional[int] = None, cpu: Optional[int] = None, pools: Optional[Mapping[str, int]] = None,
        priority: PriorityLike = "NORMAL", wait: Optional[float] = None, duration: Optional[float] = None,
        metadata: Optional[Mapping[str, Any]] = None, request_id: Optional[str] = None, allow_partial: bool = False,
        cancel_on_disconnect: bool = False,
    ) -> Outcome:
        """Asks and returns what was decided: `Granted`, `Queued` (only with `wait`, seconds) or `Denied`."""
        amounts = amounts_of(gpu_mb, claude_api, memory_mb, cpu, pools)
        return await self._decide(
            self._ask(
                component, amounts, priority=priority, wait=wait, duration=duration, metadata=metadata,
                request_id=request_id, allow_partial=allow_partial, cancel_on_disconnect=cancel_on_disconnect),
            keep=request_id is not None)

    async def release(
        self, request_id: str, component: str, used: Optional[Mapping[str, int]] = None
    ) -> Tuple[bool, str]:
        """Gives a lease back: (success, message). Raises a `CoordinatorError` where there was no answer."""
        held = self._ledger.held(request_id)
        if held is None:
            return False, UNKNOWN_LOCALLY_TEXT
        if held.local:
            self._ledger.released(request_id)
            return True, RELEASED_TEXT
        try:
            success, message = await self._release(request_id, component, held.token, used, self.call_timeout)
        except BaseException as error:
            if component == held.component and (not isinstance(error, CoordinatorError) or error.retryable):
                self._reclaim(self._orphan_of_held(request_id, held))
            raise
        if success:
            self._ledger.released(request_id)
        return success, message

    async def wait(
        self, request_id: str, timeout: Optional[float] = None,
        on_update: Optional[Callable[[Queued], None]] = None,
    ) -> Granted:
        """Waits for a queued request of this client and returns the grant; see the threaded client's `wait`."""
        held = self._ledger.held(request_id)
        if held is not None:
            return Granted(request_id, held.component, dict(held.amounts), token=held.token, local=held.local)
        request = self._asked(request_id)
        return await self._follow(request, timeout if timeout is not None else request.wait_seconds + 1.0, on_update)

    async def cancel(self, request_id: str, component: Optional[str] = None) -> bool:
        """Leaves the queue; false if the request was no longer waiting."""
        component = component or self._asked(request_id).component
        response = await self._call(
            pb.METHOD_CANCEL_REQUEST, self._cancel_message(request_id, component), pb.CancelResponse, request_id)
        if response.cancelled or response.status != pb.REQUEST_STATUS_GRANTED:
            self._ledger.no_longer_waiting(request_id)
        return bool(response.cancelled)

    async def renew(
        self, request_id: str, component: Optional[str] = None, duration: Optional[float] = None
    ) -> Renewal:
        """Renews a lease of this client for `duration` seconds from now, its own length if unset."""
        held = self._ledger.held(request_id)
        if held is None or held.local:
            raise NotFound(UNKNOWN_LOCALLY_TEXT, request_id=request_id)
        return await self._renew(
            request_id, component or held.component, held.token, duration, self.call_timeout)

    async def explain(self, request_id: str) -> Explanation:
        message = pb.ExplainRequest(request_id=request_id)
        return explanation_of(await self._call(pb.METHOD_EXPLAIN, message, pb.Explanation, request_id))

    async def explain_request(
        self, component: str, *, gpu_mb: Optional[int] = None, claude_api: Optional[int] = None,
        memory_mb: Optional[int] = None, cpu: Optional[int] = None, pools: Optional[Mapping[str, int]] = None,
        priority: PriorityLike = "NORMAL", wait: Optional[float] = None, duration: Optional[float] = None,
    ) -> Explanation:
        """What would happen to such a request now; nothing is reserved or recorded."""
        amounts = amounts_of(gpu_mb, claude_api, memory_mb, cpu, pools)
        message = self._explain_message(component, amounts, priority=priority, wait=wait, duration=duration)
        return explanation_of(await self._call(pb.METHOD_EXPLAIN, message, pb.Explanation))

    async def status(self, resource_type: Optional[str] = None, *, pool: Optional[str] = None) -> List[PoolStatus]:
        """All pools, or the one of a resource type or name, each with its first page of allocations."""
        return await self._statuses(self._status_message(resource_type, pool))

    async def health(self) -> Health:
        return health_of(await self._call(pb.METHOD_HEALTH_CHECK, pb.HealthCheckRequest(), pb.HealthCheckResponse))

    async def allocations(self, pool: str, page_size: int = 1000) -> AsyncIterator[Allocation]:
        """Every allocation of a pool, fetched page by page."""
        token: Optional[str] = None
        while token != "":
            statuses = await self._statuses(self._status_message(None, pool, page_size, token))
            for status in statuses:
                for allocation in status.allocations:
                    yield allocation
            token = statuses[0].next_page_token if statuses else ""

    def status_stream(
        self, resource_type: Optional[str] = None, *, pool: Optional[str] = None
    ) -> AsyncIterator[PoolStatus]:
        """Each pool's status at once and then whenever it changes; reconnects, and ends only by an error or `close`."""
        message = self._status_message(resource_type, pool)

        async def open_stream() -> AsyncIterator[PoolStatus]:
            async for status, _ in self._channel.stream(
                    pb.METHOD_STREAM_RESOURCE_STATUS, message, pb.ResourceStatus, None):
                yield pool_status_of(status)

        return self._lasting(open_stream)

    async def events(
        self, since: Optional[int] = None, *, component: str = "", request_id: str = "", pool: str = ""
    ) -> AsyncIterator[Event]:
        """Events after the revision `since`, without a gap over lost connections; see the threaded client's `events`."""
        revision = (await self.mode()).revision if since is None else since
        message = pb.WatchEventsRequest(component=component, request_id=request_id, pool=pool)

        async def open_stream() -> AsyncIterator[Event]:
            nonlocal revision
            message.after_revision = revision
            message.from_start = revision == 0
            async for part, _ in self._channel.stream(pb.METHOD_WATCH_EVENTS, message, pb.Event, None):
                if part.revision > revision:
                    revision = part.revision
                    yield event_of(part)

        async for event in self._lasting(open_stream):
            yield event

    async def history(
        self, *, component: str = "", request_id: str = "", pool: str = "", kind: Optional[str] = None,
        after: Optional[datetime] = None, before: Optional[datetime] = None, oldest_first: bool = False,
        page_size: int = 100, page_token: str = "",
    ) -> HistoryPage:
        """One page of recorded events, newest first if not told otherwise."""
        message = self._history_message(
            component=component, request_id=request_id, pool=pool, kind=kind, after=after, before=before,
            oldest_first=oldest_first, page_size=page_size, page_token=page_token)
        return history_of(await self._call(pb.METHOD_LIST_HISTORY, message, pb.HistoryResponse))

    # Administration

    async def mode(self) -> ModeStatus:
        return mode_of(await self._call(pb.METHOD_GET_MODE, pb.GetModeRequest(), pb.ModeStatus))

    async def set_mode(
        self, mode: Optional[Union[str, Mode]] = None, *, deny_probability: Optional[float] = None,
        queue_probability: Optional[float] = None, seed: int = 0,
    ) -> ModeStatus:
        """Changes what is given and leaves the rest. A seed other than 0 restarts the draws."""
        message = self._mode_message(mode)
        if deny_probability is not None or queue_probability is not None or seed:
            self._fill_contention(message, await self.mode(), deny_probability, queue_probability, seed)
        return mode_of(await self._call(pb.METHOD_SET_MODE, message, pb.ModeStatus))

    async def set_capacity(self, pool: str, capacity: int) -> PoolStatus:
        """Sets a pool's capacity, in its unit. What is held beyond it stays held."""
        message = self._capacity_message(pool, checked_quantity(capacity, pool))
        return pool_status_of(await self._call(pb.METHOD_SET_CAPACITY, message, pb.ResourceStatus))

    # Inside

    async def _call(self, method: int, message: Any, response_type: Any, request_id: Optional[str] = None) -> Any:
        return (await self._channel.unary(method, message, response_type, self.call_timeout, request_id))[0]

    async def _statuses(self, message: Any) -> List[PoolStatus]:
        response = await self._call(pb.METHOD_GET_RESOURCE_STATUS, message, pb.ResourceStatusResponse)
        statuses = [pool_status_of(status) for status in response.statuses]
        self._note_statuses(statuses)
        return statuses

    async def _lasting(self, open_stream: Callable[[], AsyncIterator[_T]]) -> AsyncIterator[_T]:
        """Opens the stream again whenever it breaks; gives up after `call_timeout` seconds without an answer."""
        failures = 0
        silent_since = time.monotonic()
        while True:
            self._channel.check()
            try:
                async for value in open_stream():
                    failures = 0
                    yield value
                    silent_since = time.monotonic()
            except (Unavailable, DeadlineExceeded):
                if self.closed:
                    return
                if failures == 0:
                    silent_since = time.monotonic()
                failures += 1
                if time.monotonic() - silent_since > self.call_timeout:
                    raise
            else:
                failures += 1
            await asyncio.sleep(self._policy.pause(failures))
            if self.closed:
                return

    async def _decide(self, request: Ask, keep: bool = False) -> Outcome:
        try:
            response, details = await self._channel.unary(
                request.method, request.message, pb.ResourceResponse, self.call_timeout, request.request_id)
        except CoordinatorError as error:
            if error.maybe_done and not keep:
                self._reclaim(self._orphan_of(request))
            local = self._local_grant(request, error)
            if local is not None:
                logger.warning("%s", local.message)
                return local
            raise
        except BaseException:
            if not keep:
                self._reclaim(self._orphan_of(request))
            raise
        return self._note(request, response, details)

    def _abandon(self, request: Ask) -> None:
        held = self._ledger.held(request.request_id)
        if held is not None or self._ledger.asked(request.request_id) is not None:
            self._ledger.released(request.request_id)
            self._reclaim(self._orphan_of(request))

    async def _follow(self, request: Ask, seconds: float, on_update: Optional[Callable[[Queued], None]]) -> Granted:
        deadline = time.monotonic() + seconds
        failures = 0
        # Said when the request was queued; the end of a wait does not repeat it.
        explanation = self._ledger.explanation(request.request_id)
        while deadline > time.monotonic():
            try:
                outcome = await self._await_once(request, deadline - time.monotonic(), on_update)
                if outcome is not None:
                    return final_answer(outcome, explanation)
                failures += 1
            except NotFound:
                # The coordinator was restarted without its state: queue again, for what is left of the wait.
                outcome = await self._decide(request.waiting(max(0.001, deadline - time.monotonic())))
                if not isinstance(outcome, Queued):
                    return final_answer(outcome, explanation)
                failures += 1
            except DeadlineExceeded:
                continue
            except Unavailable:
                failures += 1
            await asyncio.sleep(max(0.0, min(self._policy.pause(failures), deadline - time.monotonic())))
        raise queue_timeout(f"not granted within {seconds:.1f} s", request.request_id, explanation)

    async def _await_once(
        self, request: Ask, seconds: float, on_update: Optional[Callable[[Queued], None]]
    ) -> Optional[Outcome]:
        """Follows one AwaitGrant stream to its end; None if it ended without a decision."""
        stream = self._channel.stream(
            pb.METHOD_AWAIT_GRANT, self._await_message(request), pb.GrantUpdate, seconds, request.request_id)
        async for update, details in stream:
            if update.HasField("response"):
                outcome = self._note(request, update.response, details)
                if not isinstance(outcome, Queued):
                    return outcome
            elif on_update is not None:
                on_update(queued_of(update, request.request_id, request.component))
        return None

    async def _release(
        self, request_id: str, component: str, token: str, used: Optional[Mapping[str, int]], timeout: float
    ) -> Tuple[bool, str]:
        response, _ = await self._channel.unary(
            pb.METHOD_RELEASE_RESOURCE, self._release_message(request_id, component, token, used),
            pb.ReleaseResponse, timeout, request_id)
        return response.success, response.message

    async def _renew(
        self, request_id: str, component: str, token: str, duration: Optional[float], timeout: float,
        once: bool = False,
    ) -> Renewal:
        message = self._renew_message(request_id, component, token, duration)
        response, _ = await self._channel.unary(
            pb.METHOD_RENEW_LEASE, message, pb.RenewResponse, max(0.001, min(timeout, self.call_timeout)), request_id,
            once=once)
        return renewal_of(response)

    async def _give_back_quietly(self, request_id: str, component: str, timeout: float) -> None:
        """Releases at the end of a scope. A cancellation here leaves the release to the background."""
        held = self._ledger.held(request_id)
        if held is None:
            return
        self._ledger.released(request_id)
        if held.local:
            return
        try:
            success, message = await self._release(request_id, component, held.token, None, timeout)
        except FailedPrecondition as error:
            logger.info("lease %s was over before its release: %s", request_id, error.message)
        except CoordinatorError as error:
            logger.warning("lease %s is released in the background: %s", request_id, error.message)
            self._reclaim(self._orphan_of_held(request_id, held))
        except BaseException:
            self._reclaim(self._orphan_of_held(request_id, held))
            raise
        else:
            if not success:
                logger.info("lease %s was over before its release: %s", request_id, message)

    def _reclaim(self, orphan: Orphan) -> None:
        if self.closed:
            return
        self._ledger.orphaned(orphan)
        task = asyncio.ensure_future(self._reclaim_until_done(orphan))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _reclaim_until_done(self, orphan: Orphan) -> None:
        policy = RetryPolicy(pause_initial=0.1, pause_max=10.0)
        failures = 0
        while failures < 64:  # about ten minutes
            try:
                await self._give_back(orphan)
                break
            except CoordinatorError as error:
                if not (is_unreachable(error) or error.retryable):
                    break
                failures += 1
                await asyncio.sleep(policy.pause(failures))
        self._ledger.reclaimed(orphan.request_id)

    async def _give_back(self, orphan: Orphan) -> None:
        if orphan.token:
            await self._release(orphan.request_id, orphan.component, orphan.token, None, 5.0)
            return
        request = orphan.ask
        response, _ = await self._channel.unary(
            pb.METHOD_CANCEL_REQUEST, self._cancel_message(orphan.request_id, orphan.component), pb.CancelResponse,
            5.0, orphan.request_id)
        if request is None or response.status != pb.REQUEST_STATUS_GRANTED:
            return
        response, details = await self._channel.unary(
            request.method, request.message, pb.ResourceResponse, 5.0, orphan.request_id)
        outcome = outcome_of(response, request.component, request.amounts, details)
        if isinstance(outcome, Granted) and outcome.token:
            unused = {pool: 0 for pool in outcome.amounts} if outcome.rate is not None else None
            await self._release(orphan.request_id, orphan.component, outcome.token, unused, 5.0)

"""The threaded client."""

from __future__ import annotations

import os
import ssl
import time
from datetime import datetime
from types import TracebackType
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple, Type, TypeVar, Union

from . import resource_coordinator_pb2 as pb
from .asking import Ask, PriorityLike, amounts_of, checked_quantity
from .base import (
    RELEASED_TEXT, UNKNOWN_LOCALLY_TEXT, ClientBase, final_answer, queue_timeout, seed_status,
)
from .channel import Channel
from .errors import (
    ClientClosed, CoordinatorError, DeadlineExceeded, Denied, FailedPrecondition, ForkedClient, NotFound, QueueTimeout,
    Unavailable,
)
from .framing import DEFAULT_HOST, DEFAULT_PORT, FRAME_BYTES_MAX
from .lease import F, LeaseScope, logger, requires
from .ledger import Orphan
from .reading import (
    Outcome, event_of, explanation_of, health_of, history_of, mode_of, outcome_of, pool_status_of, queued_of,
    renewal_of, time_of,
)
from .reclaim import Reclaimer
from .retrying import RetryPolicy
from .values import (
    Allocation, Event, Explanation, Granted, Health, HistoryPage, Mode, ModeStatus, PoolStatus, Queued, Renewal,
)

Answer = Tuple[bool, str, Optional[str]]
"""(success, message, request_id)."""

CLOSE_SECONDS = 2.0
_WAIT_ENDS = (Denied, QueueTimeout)
_T = TypeVar("_T")


class ResourceCoordinatorClient(ClientBase):
    """Asks a coordinator for resources. Thread-safe; connects when first used, and again when needed.

    `host` and `port` default to the variable COORDINATOR_ADDRESS, then to localhost:50051. `call_timeout` bounds each
    call, all its attempts together, in seconds. `when_unreachable` maps a pool to "pessimistic", "optimistic" or
    "safe"; without a rule "gpu" and all others are pessimistic and "claude_api" is safe.

    `token` says who asks, where the coordinator wants to know; it defaults to the variable COORDINATOR_API_KEY. `tls` is
    made with `tls_context`; without it the connection is plain. `traceparent` is the W3C trace context of all calls;
    inside `with traceparent(...):` calls carry that one.
    """

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
        self._channel = Channel(self.address, tls, self._metadata, frame_bytes_max, self._policy)
        self._reclaimer = Reclaimer(self._channel, self._ledger, self._give_back)

    def __enter__(self) -> "ResourceCoordinatorClient":
        self._channel.check()
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    @property
    def closed(self) -> bool:
        return self._channel.closed

    def close(self) -> None:
        """Ends the connection. Leases that were not released stay held until they expire; what may have been granted
        unseen is given back first, for at most 2 seconds. In a forked child the parent's leases and connection stay."""
        if os.getpid() == self._channel.pid and not self.closed and self._ledger.orphans():
            self._reclaimer.try_once(CLOSE_SECONDS)
        self._channel.close()

    # The seed's calls

    def request_gpu(
        self, component: str, memory_mb: int, priority: PriorityLike = "NORMAL", timeout_seconds: float = 60,
        duration_seconds: float = 3600, metadata: Optional[Mapping[str, Any]] = None, wait: bool = False,
    ) -> Answer:
        """Asks for GPU memory. `timeout_seconds` is the longest wait in the queue, and counts only with `wait`."""
        return self.request_pool(
            component, "gpu", memory_mb, priority, timeout_seconds, duration_seconds, metadata, wait)

    def request_claude_api(
        self, component: str, requests_per_hour: int = 1, priority: PriorityLike = "NORMAL",
        timeout_seconds: float = 60, duration_seconds: float = 3600, metadata: Optional[Mapping[str, Any]] = None,
        wait: bool = False,
    ) -> Answer:
        """Asks for API requests per hour."""
        return self.request_pool(
            component, "claude_api", requests_per_hour, priority, timeout_seconds, duration_seconds, metadata, wait)

    def request_memory(
        self, component: str, memory_mb: int, priority: PriorityLike = "NORMAL", timeout_seconds: float = 60,
        duration_seconds: float = 3600, metadata: Optional[Mapping[str, Any]] = None, wait: bool = False,
    ) -> Answer:
        """Asks for system memory."""
        return self.request_pool(
            component, "memory", memory_mb, priority, timeout_seconds, duration_seconds, metadata, wait)

    def request_cpu(
        self, component: str, cores: int, priority: PriorityLike = "NORMAL", timeout_seconds: float = 60,
        duration_seconds: float = 3600, metadata: Optional[Mapping[str, Any]] = None, wait: bool = False,
    ) -> Answer:
        """Asks for CPU cores."""
        return self.request_pool(
            component, "cpu", cores, priority, timeout_seconds, duration_seconds, metadata, wait)

    def request_pool(
        self, component: str, pool: str, quantity: int, priority: PriorityLike = "NORMAL",
        timeout_seconds: float = 60, duration_seconds: float = 3600, metadata: Optional[Mapping[str, Any]] = None,
        wait: bool = False,
    ) -> Answer:
        """Asks for a quantity of any pool, the built-in ones "gpu", "claude_api", "memory" and "cpu" included.

        Returns (success, message, request_id). A denied or queued request keeps its id, for `explain` and `wait`;
        where the coordinator gave no answer it is (False, "RPC error: ...", None), and nothing stays held.
        """
        request = self._ask(
            component, amounts_of(None, None, None, None, {pool: quantity}), priority=priority,
            wait=timeout_seconds if wait else None, timeout=timeout_seconds, duration=duration_seconds,
            metadata=metadata)
        try:
            outcome = self._decide(request)
            if wait and isinstance(outcome, Queued):
                outcome = self._wait_or_abandon(request, timeout_seconds)
        except CoordinatorError as error:
            if isinstance(error, _WAIT_ENDS) and error.request_id is not None:
                return False, error.message, error.request_id
            return False, f"RPC error: {error}", None
        return outcome.granted, outcome.message, outcome.request_id

    def release_resource(
        self, request_id: str, component: str, used: Optional[Mapping[str, int]] = None
    ) -> Tuple[bool, str]:
        """Gives a lease back. `used` says what of a rate pool was really spent: the rest returns, more is charged."""
        held = self._ledger.held(request_id)
        if held is None:
            self._channel.check()
            return False, UNKNOWN_LOCALLY_TEXT
        if held.local:
            self._ledger.released(request_id)
            return True, RELEASED_TEXT
        try:
            success, message = self._release(request_id, component, held.token, used, self.call_timeout)
        except CoordinatorError as error:
            if not isinstance(error, (ClientClosed, ForkedClient)) and error.retryable and component == held.component:
                self._reclaimer.add(self._orphan_of_held(request_id, held))
            return False, f"RPC error: {error}"
        if success:
            self._ledger.released(request_id)
        return success, message

    def get_status(
        self, resource_type: Optional[str] = None, *, pool: Optional[str] = None, page_size: Optional[int] = None,
        page_token: Optional[str] = None,
    ) -> Dict[str, Any]:
        """The seed's status: {timestamp, resources: {NAME: {...}}}, or {error}. Each pool shows its first 100
        allocations; `allocations_total` tells how many there are, `next_page_token` leads on."""
        message = self._status_message(resource_type, pool, page_size, page_token)
        try:
            statuses, timestamp = self._statuses(message)
        except CoordinatorError as error:
            return {"error": f"RPC error: {error}"}
        return seed_status(statuses, timestamp)

    def health_check(self) -> Dict[str, Any]:
        """The seed's health: {healthy, version, uptime_seconds, metadata}, or {healthy: False, error}."""
        try:
            health = self.health()
        except CoordinatorError as error:
            return {"healthy": False, "error": f"RPC error: {error}"}
        return {
            "healthy": health.healthy, "version": health.version, "uptime_seconds": health.uptime_seconds,
            "metadata": dict(health.metadata),
        }

    # Leases

    def lease(
        self, component: str, *, gpu_mb: Optional[int] = None, claude_api: Optional[int] = None,
        memory_mb: Optional[int] = None, cpu: Optional[int] = None, pools: Optional[Mapping[str, int]] = None,
        priority: PriorityLike = "NORMAL", wait: Optional[float] = None, duration: Optional[float] = None,
        metadata: Optional[Mapping[str, Any]] = None, strict: bool = False, allow_partial: bool = False,
    ) -> LeaseScope:
        """A scope that holds all the amounts or none: `with client.lease("trainer", gpu_mb=8000, wait=300) as lease:`.

        `wait` is how many seconds to queue for; 0 or None do not queue. Raises `Denied`, `QueueTimeout` or another
        `CoordinatorError`, and then the body does not run. Inside, the lease is renewed at a third of its length
        (`duration`, the coordinator's default if unset); `lease.lost` is set if that fails for good, and then leaving
        raises `LeaseLost` if `strict`, or else warns. A failure to release never hides the body's own exception.
        """
        amounts = amounts_of(gpu_mb, claude_api, memory_mb, cpu, pools)

        def build() -> Ask:
            return self._ask(
                component, amounts, priority=priority, wait=wait, duration=duration, metadata=metadata,
                allow_partial=allow_partial)

        build()  # Mistakes in the arguments show here, not later at the `with`.
        return LeaseScope(self, build, float(wait or 0.0), strict)

    def requires(
        self, *, component: Optional[str] = None, lease_as: Optional[str] = None, **options: Any
    ) -> Callable[[F], F]:
        """Decorates a function so that each call of it runs inside `lease(component, **options)`.

        The component is the function's name if not given; `lease_as` names the argument that receives the lease.
        """
        self.lease(component or "check", **options)
        return requires(lambda name: self.lease(name, **options), lease_as, component)

    # Requests

    def request(
        self, component: str, *, gpu_mb: Optional[int] = None, claude_api: Optional[int] = None,
        memory_mb: Optional[int] = None, cpu: Optional[int] = None, pools: Optional[Mapping[str, int]] = None,
        priority: PriorityLike = "NORMAL", wait: Optional[float] = None, duration: Optional[float] = None,
        metadata: Optional[Mapping[str, Any]] = None, request_id: Optional[str] = None, allow_partial: bool = False,
        cancel_on_disconnect: bool = False,
    ) -> Outcome:
        """Asks and returns what was decided: `Granted`, `Queued` (only with `wait`, seconds) or `Denied`.

        With a `request_id` of your own, asking again is yours too: after an error nothing is given back behind your
        back, the same id and content bring the same answer.
        """
        amounts = amounts_of(gpu_mb, claude_api, memory_mb, cpu, pools)
        return self._decide(
            self._ask(
                component, amounts, priority=priority, wait=wait, duration=duration, metadata=metadata,
                request_id=request_id, allow_partial=allow_partial, cancel_on_disconnect=cancel_on_disconnect),
            keep=request_id is not None)

    def wait(
        self, request_id: str, timeout: Optional[float] = None,
        on_update: Optional[Callable[[Queued], None]] = None,
    ) -> Granted:
        """Waits for a queued request of this client, at most `timeout` seconds or its own wait, and returns the grant.

        Raises `QueueTimeout` or `Denied`. After a `timeout` shorter than the request's wait it is still queued: wait
        again or `cancel`. `on_update` is called with each new place in the queue.
        """
        held = self._ledger.held(request_id)
        if held is not None:
            return Granted(request_id, held.component, dict(held.amounts), token=held.token, local=held.local)
        request = self._asked(request_id)
        return self._follow(request, timeout if timeout is not None else request.wait_seconds + 1.0, on_update)

    def await_grant(self, request_id: str, timeout: Optional[float] = None) -> Iterator[Outcome]:
        """Yields the request's place in the queue whenever it changes, and at last `Granted` or `Denied`."""
        request = self._asked(request_id)
        seconds = timeout if timeout is not None else request.wait_seconds + 1.0
        return self._updates(request, time.monotonic() + seconds)

    def cancel(self, request_id: str, component: Optional[str] = None) -> bool:
        """Leaves the queue; false if the request was no longer waiting."""
        request = self._ledger.asked(request_id)
        if component is None:
            if request is None:
                raise KeyError(f"this client has no request {request_id!r} waiting; give its component")
            component = request.component
        response = self._call(
            pb.METHOD_CANCEL_REQUEST, self._cancel_message(request_id, component), pb.CancelResponse, request_id)
        if response.cancelled or response.status != pb.REQUEST_STATUS_GRANTED:
            self._ledger.no_longer_waiting(request_id)
        return bool(response.cancelled)

    def renew(
        self, request_id: str, component: Optional[str] = None, duration: Optional[float] = None
    ) -> Renewal:
        """Renews a lease of this client for `duration` seconds from now, its own length if unset."""
        held = self._ledger.held(request_id)
        if held is None or held.local:
            raise NotFound(UNKNOWN_LOCALLY_TEXT, request_id=request_id)
        message = self._renew_message(request_id, component or held.component, held.token, duration)
        return renewal_of(self._call(pb.METHOD_RENEW_LEASE, message, pb.RenewResponse, request_id))

    def explain(self, request_id: str) -> Explanation:
        """Why the request waits or was denied, until when, and what would change it."""
        message = pb.ExplainRequest(request_id=request_id)
        return explanation_of(self._call(pb.METHOD_EXPLAIN, message, pb.Explanation, request_id))

    def explain_request(
        self, component: str, *, gpu_mb: Optional[int] = None, claude_api: Optional[int] = None,
        memory_mb: Optional[int] = None, cpu: Optional[int] = None, pools: Optional[Mapping[str, int]] = None,
        priority: PriorityLike = "NORMAL", wait: Optional[float] = None, duration: Optional[float] = None,
    ) -> Explanation:
        """What would happen to such a request now; nothing is reserved or recorded."""
        amounts = amounts_of(gpu_mb, claude_api, memory_mb, cpu, pools)
        message = self._explain_message(component, amounts, priority=priority, wait=wait, duration=duration)
        return explanation_of(self._call(pb.METHOD_EXPLAIN, message, pb.Explanation))

    # State

    def status(self, resource_type: Optional[str] = None, *, pool: Optional[str] = None) -> List[PoolStatus]:
        """All pools, or the one of a resource type or name, each with its first page of allocations."""
        return self._statuses(self._status_message(resource_type, pool))[0]

    def allocations(self, pool: str, page_size: int = 1000) -> Iterator[Allocation]:
        """Every allocation of a pool, fetched page by page."""
        token: Optional[str] = None
        while token != "":
            statuses, _ = self._statuses(self._status_message(None, pool, page_size, token))
            for status in statuses:
                yield from status.allocations
            token = statuses[0].next_page_token if statuses else ""

    def health(self) -> Health:
        return health_of(self._call(pb.METHOD_HEALTH_CHECK, pb.HealthCheckRequest(), pb.HealthCheckResponse))

    def status_stream(
        self, resource_type: Optional[str] = None, *, pool: Optional[str] = None
    ) -> Iterator[PoolStatus]:
        """Each pool's status at once and then whenever it changes; reconnects, and ends only by an error or `close`."""
        message = self._status_message(resource_type, pool)

        def open_stream() -> Iterator[PoolStatus]:
            for status, _ in self._channel.stream(
                    pb.METHOD_STREAM_RESOURCE_STATUS, message, pb.ResourceStatus, None):
                yield pool_status_of(status)

        return self._lasting(open_stream)

    def events(
        self, since: Optional[int] = None, *, component: str = "", request_id: str = "", pool: str = ""
    ) -> Iterator[Event]:
        """Events after the revision `since`: 0 begins with the oldest that is kept, None with what comes now.

        After a lost connection it goes on where it was: no event is missed or comes twice. Raises `OutOfRange` if the
        events after `since` are no longer kept.
        """
        revision = self.mode().revision if since is None else since
        message = pb.WatchEventsRequest(component=component, request_id=request_id, pool=pool)

        def open_stream() -> Iterator[Event]:
            nonlocal revision
            message.after_revision = revision
            message.from_start = revision == 0
            for part, _ in self._channel.stream(pb.METHOD_WATCH_EVENTS, message, pb.Event, None):
                if part.revision > revision:
                    revision = part.revision
                    yield event_of(part)

        return self._lasting(open_stream)

    def history(
        self, *, component: str = "", request_id: str = "", pool: str = "", kind: Optional[str] = None,
        after: Optional[datetime] = None, before: Optional[datetime] = None, oldest_first: bool = False,
        page_size: int = 100, page_token: str = "",
    ) -> HistoryPage:
        """One page of recorded events, newest first if not told otherwise."""
        message = self._history_message(
            component=component, request_id=request_id, pool=pool, kind=kind, after=after, before=before,
            oldest_first=oldest_first, page_size=page_size, page_token=page_token)
        return history_of(self._call(pb.METHOD_LIST_HISTORY, message, pb.HistoryResponse))

    # Administration

    def mode(self) -> ModeStatus:
        return mode_of(self._call(pb.METHOD_GET_MODE, pb.GetModeRequest(), pb.ModeStatus))

    def set_mode(
        self, mode: Optional[Union[str, Mode]] = None, *, deny_probability: Optional[float] = None,
        queue_probability: Optional[float] = None, seed: int = 0,
    ) -> ModeStatus:
        """Changes what is given and leaves the rest. A seed other than 0 restarts the draws."""
        message = self._mode_message(mode)
        if deny_probability is not None or queue_probability is not None or seed:
            self._fill_contention(message, self.mode(), deny_probability, queue_probability, seed)
        return mode_of(self._call(pb.METHOD_SET_MODE, message, pb.ModeStatus))

    def set_capacity(self, pool: str, capacity: int) -> PoolStatus:
        """Sets a pool's capacity, in its unit. What is held beyond it stays held."""
        message = self._capacity_message(pool, checked_quantity(capacity, pool))
        return pool_status_of(self._call(pb.METHOD_SET_CAPACITY, message, pb.ResourceStatus))

    # Inside

    def _call(self, method: int, message: Any, response_type: Any, request_id: Optional[str] = None) -> Any:
        return self._channel.unary(method, message, response_type, self.call_timeout, request_id)[0]

    def _statuses(self, message: Any) -> Tuple[List[PoolStatus], Optional[datetime]]:
        response = self._call(pb.METHOD_GET_RESOURCE_STATUS, message, pb.ResourceStatusResponse)
        statuses = [pool_status_of(status) for status in response.statuses]
        self._note_statuses(statuses)
        return statuses, time_of(response, "timestamp")

    def _decide(self, request: Ask, keep: bool = False) -> Outcome:
        """Asks until there is an answer or the call's time is over; what may have been granted unseen is given back
        in the background unless the caller keeps the id."""
        try:
            response, details = self._channel.unary(
                request.method, request.message, pb.ResourceResponse, self.call_timeout, request.request_id)
        except CoordinatorError as error:
            if error.maybe_done and not keep:
                self._reclaimer.add(self._orphan_of(request))
            local = self._local_grant(request, error)
            if local is not None:
                logger.warning("%s", local.message)
                return local
            raise
        except BaseException:
            if not keep:
                self._reclaimer.add(self._orphan_of(request))
            raise
        return self._note(request, response, details)

    def _is_decided(self, request: Ask) -> bool:
        """Whether nothing of the request is left at the coordinator."""
        return self._ledger.asked(request.request_id) is None

    def _abandon(self, request: Ask) -> None:
        """Sees to it that nothing of the request stays held or queued."""
        if request.request_id not in self.pending_reclaims and not self.closed:
            held = self._ledger.held(request.request_id)
            if held is not None or self._ledger.asked(request.request_id) is not None:
                self._reclaimer.add(self._orphan_of(request))
                self._ledger.released(request.request_id)

    def _wait_or_abandon(self, request: Ask, seconds: float) -> Granted:
        try:
            return self._follow(request, seconds + 1.0, None)
        except BaseException:
            self._abandon(request)
            raise

    def _follow(self, request: Ask, seconds: float, on_update: Optional[Callable[[Queued], None]]) -> Granted:
        deadline = time.monotonic() + seconds
        # Said when the request was queued; the end of a wait does not repeat it.
        explanation = self._ledger.explanation(request.request_id)
        last: Optional[Outcome] = None
        for last in self._updates(request, deadline):
            if isinstance(last, Queued) and on_update is not None:
                on_update(last)
        if last is None or isinstance(last, Queued):
            raise queue_timeout(f"not granted within {seconds:.1f} s", request.request_id, explanation)
        return final_answer(last, explanation)

    def _updates(self, request: Ask, deadline: float) -> Iterator[Outcome]:
        """Follows a queued request over lost connections and restarts; ends early at the deadline."""
        failures = 0
        while True:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return
            try:
                for update, details in self._channel.stream(
                        pb.METHOD_AWAIT_GRANT, self._await_message(request), pb.GrantUpdate, remaining,
                        request.request_id):
                    failures = 0
                    if update.HasField("response"):
                        outcome = self._note(request, update.response, details)
                        yield outcome
                        if not isinstance(outcome, Queued):
                            return
                    elif update.status in (pb.REQUEST_STATUS_QUEUED, pb.REQUEST_STATUS_PENDING):
                        yield queued_of(update, request.request_id, request.component)
            except NotFound:
                # The coordinator was restarted without its state: queue again, for what is left of the wait.
                outcome = self._decide(request.waiting(max(0.001, deadline - time.monotonic())))
                yield outcome
                if not isinstance(outcome, Queued):
                    return
                failures += 1
            except DeadlineExceeded:
                continue
            except Unavailable:
                failures += 1
            if failures and self._channel.pause(min(self._policy.pause(failures), deadline - time.monotonic())):
                self._channel.check()

    def _lasting(self, open_stream: Callable[[], Iterator[_T]]) -> Iterator[_T]:
        """Opens the stream again whenever it breaks; gives up after `call_timeout` seconds without an answer."""
        failures = 0
        silent_since = time.monotonic()
        while True:
            self._channel.check()
            try:
                for value in open_stream():
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
            if self._channel.pause(self._policy.pause(failures)):
                return

    def _release(
        self, request_id: str, component: str, token: str, used: Optional[Mapping[str, int]], timeout: float
    ) -> Tuple[bool, str]:
        response, _ = self._channel.unary(
            pb.METHOD_RELEASE_RESOURCE, self._release_message(request_id, component, token, used),
            pb.ReleaseResponse, timeout, request_id)
        return response.success, response.message

    def _renew_once(self, request_id: str, component: str, token: str, timeout: float) -> Renewal:
        message = self._renew_message(request_id, component, token)
        response, _ = self._channel.unary(
            pb.METHOD_RENEW_LEASE, message, pb.RenewResponse, max(0.001, min(timeout, self.call_timeout)), request_id,
            once=True)
        return renewal_of(response)

    def _give_back_quietly(self, request_id: str, component: str, timeout: float) -> None:
        """Releases at the end of a scope. A failure goes to the log and the background, never to the caller."""
        held = self._ledger.held(request_id)
        if held is None:
            return
        self._ledger.released(request_id)
        if held.local:
            return
        try:
            success, message = self._release(request_id, component, held.token, None, timeout)
        except (ClientClosed, ForkedClient) as error:
            logger.warning("lease %s stays held until it expires: %s", request_id, error.message)
        except FailedPrecondition as error:
            logger.info("lease %s was over before its release: %s", request_id, error.message)
        except CoordinatorError as error:
            logger.warning("lease %s is released in the background: %s", request_id, error.message)
            self._reclaimer.add(self._orphan_of_held(request_id, held))
        except BaseException:
            self._reclaimer.add(self._orphan_of_held(request_id, held))
            raise
        else:
            if not success:
                logger.info("lease %s was over before its release: %s", request_id, message)

    def _give_back(self, orphan: Orphan, timeout: float) -> None:
        """Cancels or releases what the orphan stands for; returns when nothing of it is left."""
        if orphan.token:
            self._release(orphan.request_id, orphan.component, orphan.token, None, timeout)
            return
        request = orphan.ask
        response, _ = self._channel.unary(
            pb.METHOD_CANCEL_REQUEST, self._cancel_message(orphan.request_id, orphan.component), pb.CancelResponse,
            timeout, orphan.request_id)
        if request is None or response.status != pb.REQUEST_STATUS_GRANTED:
            return
        # It was granted: asking again with the same id shows the token, and that ends it.
        response, details = self._channel.unary(
            request.method, request.message, pb.ResourceResponse, timeout, orphan.request_id)
        outcome = outcome_of(response, request.component, request.amounts, details)
        if isinstance(outcome, Granted) and outcome.token:
            unused = {pool: 0 for pool in outcome.amounts} if outcome.rate is not None else None
            self._release(orphan.request_id, orphan.component, outcome.token, unused, timeout)

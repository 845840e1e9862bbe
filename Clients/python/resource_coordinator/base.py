"""What the threaded and the asyncio client have in common: arguments in, messages out, answers noted."""

from __future__ import annotations

import secrets
import ssl
from datetime import datetime, timedelta, timezone
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union
from uuid import uuid4

from . import resource_coordinator_pb2 as pb
from .asking import Ask, PriorityLike, announcement, ask, fill_duration, fill_pool, mode_number, resource_number
from .errors import CoordinatorError, Denied, QueueTimeout
from .framing import Address, call_metadata, resolve_address
from .ledger import Held, Ledger, Orphan
from .reading import Outcome, outcome_of
from .retrying import RetryPolicy
from .security import resolve_token
from .unreachable import UnreachableRules, is_unreachable
from .values import Detail, Explanation, Granted, Mode, ModeStatus, PoolStatus, Queued

RELEASED_TEXT = "Resource released successfully"
UNKNOWN_LOCALLY_TEXT = "Request ID not found in local allocations"
LOCAL_LEASE_SECONDS = 3600.0


class ClientBase:
    def __init__(
        self, host: str, port: int, *, call_timeout: float, token: Optional[str], tls: Optional[ssl.SSLContext],
        when_unreachable: Optional[Mapping[str, str]], retry: Optional[RetryPolicy], frame_bytes_max: int,
        traceparent: Optional[str],
    ) -> None:
        if not 0 < call_timeout <= 86_400:
            raise ValueError(f"call_timeout must be above 0 and at most 86400 seconds, not {call_timeout!r}")
        self.address: Address = resolve_address(host, port)
        self.call_timeout = call_timeout
        self._tls = tls
        self._metadata: List[Tuple[str, str]] = call_metadata(resolve_token(token), traceparent)
        self._policy = retry or RetryPolicy()
        self._frame_bytes_max = frame_bytes_max
        self._rules = UnreachableRules(when_unreachable)
        # Sent with every request: whoever repeats it with the request's id is shown the token again, on any
        # connection. So a lost reply loses no lease, and nobody else can ask for ours.
        self._secret = secrets.token_urlsafe(24)
        self._ledger = Ledger()

    @property
    def pending_reclaims(self) -> Tuple[str, ...]:
        """Ids of requests that may have been granted unseen and are being given back in the background."""
        return tuple(orphan.request_id for orphan in self._ledger.orphans())

    def _ask(
        self, component: str, amounts: Mapping[str, int], *, priority: PriorityLike = "NORMAL",
        wait: Optional[float] = None, duration: Optional[float] = None, metadata: Optional[Mapping[str, Any]] = None,
        request_id: Optional[str] = None, allow_partial: bool = False, cancel_on_disconnect: bool = False,
        timeout: Optional[float] = None,
    ) -> Ask:
        return ask(
            component, amounts, priority=priority, wait=wait, duration=duration, metadata=metadata,
            request_id=request_id, allow_partial=allow_partial, cancel_on_disconnect=cancel_on_disconnect,
            secret=self._secret, timeout=timeout)

    def _note(self, request: Ask, response: Any, details: Tuple[Detail, ...]) -> Outcome:
        outcome = outcome_of(response, request.component, request.amounts, details)
        if response.safe_capacity and response.pool:
            self._rules.learn(response.pool, response.safe_capacity)
        if isinstance(outcome, Granted):
            # Without a token it is somebody else's lease, asked for under a used id: not ours to release.
            if outcome.token:
                self._ledger.granted(outcome, announcement(request, outcome.amounts))
        elif isinstance(outcome, Queued):
            self._ledger.waiting(request, outcome.explanation)
        else:
            self._ledger.no_longer_waiting(request.request_id)
        return outcome

    def _local_grant(self, request: Ask, error: CoordinatorError) -> Optional[Granted]:
        """A grant by the rules for an unreachable coordinator, which says of itself that it is one."""
        if not is_unreachable(error):
            return None
        rules = self._rules.allow(request.amounts, self._ledger.held_amounts())
        if rules is None:
            return None
        now = datetime.now(timezone.utc)
        duration = request.message.duration
        seconds = duration.seconds + duration.nanos / 1e9
        grant = Granted(
            # An id of its own: the request's may be known to the coordinator by now, and is being given back.
            request_id=f"local-{uuid4()}", component=request.component, amounts=dict(request.amounts),
            message=f"LOCAL GRANT ({rules}): the coordinator cannot be reached: {error.message}", granted_at=now,
            expires_at=now + timedelta(seconds=seconds if seconds > 0 else LOCAL_LEASE_SECONDS), local=True)
        self._ledger.granted(grant)
        return grant

    def _asked(self, request_id: str) -> Ask:
        request = self._ledger.asked(request_id)
        if request is None:
            raise KeyError(f"this client has no request {request_id!r} waiting")
        return request

    def _orphan_of(self, request: Ask) -> Orphan:
        return Orphan(request.request_id, request.component, ask=request)

    def _orphan_of_held(self, request_id: str, held: Held) -> Orphan:
        return Orphan(request_id, held.component, token=held.token)

    def _note_statuses(self, statuses: List[PoolStatus]) -> None:
        for status in statuses:
            self._rules.learn(status.pool, status.safe_capacity)

    # Requests

    def _release_message(self, request_id: str, component: str, token: str, used: Optional[Mapping[str, int]]) -> Any:
        message = pb.ReleaseRequest(request_id=request_id, token=token, component=component)
        for pool, quantity in (used or {}).items():
            part = message.used.add()
            fill_pool(part, pool)
            part.quantity = quantity
        return message

    def _renew_message(
        self, request_id: str, component: str, token: str, duration: Optional[float] = None
    ) -> Any:
        held = self._ledger.held(request_id)
        message = pb.RenewRequest(
            request_id=request_id, token=token, component=component,
            held=held.announced if held is not None else None)
        if duration is not None:
            fill_duration(message.duration, duration, "duration")
        return message

    def _cancel_message(self, request_id: str, component: str) -> Any:
        return pb.CancelRequest(request_id=request_id, component=component, client_secret=self._secret)

    def _await_message(self, request: Ask) -> Any:
        return pb.AwaitGrantRequest(
            request_id=request.request_id, component=request.component, client_secret=self._secret)

    def _status_message(
        self, resource_type: Optional[str], pool: Optional[str], page_size: Optional[int] = None,
        page_token: Optional[str] = None,
    ) -> Any:
        message: Any = pb.ResourceStatusRequest(page_size=page_size or 0, page_token=page_token or "")
        if resource_type is not None:
            message.resource = resource_number(resource_type)
        if pool is not None:
            fill_pool(message, pool)
        return message

    def _explain_message(self, component: str, amounts: Mapping[str, int], **options: Any) -> Any:
        request = self._ask(component, amounts, **options)
        if request.method == pb.METHOD_REQUEST_RESOURCES:
            return pb.ExplainRequest(multi_request=request.message)
        return pb.ExplainRequest(request=request.message)

    def _history_message(
        self, *, component: str, request_id: str, pool: str, kind: Optional[str], after: Optional[datetime],
        before: Optional[datetime], oldest_first: bool, page_size: int, page_token: str,
    ) -> Any:
        message = pb.HistoryRequest(
            component=component, request_id=request_id, pool=pool, oldest_first=oldest_first, page_size=page_size,
            page_token=page_token)
        if kind is not None:
            message.kind = pb.EventKind.Value(f"EVENT_KIND_{kind.upper()}")
        for moment, field in ((after, message.after), (before, message.before)):
            if moment is not None:
                if moment.tzinfo is None:
                    raise ValueError("after and before need a time zone, such as datetime.timezone.utc")
                field.FromDatetime(moment)
        return message

    def _mode_message(self, mode: Optional[Union[str, Mode]]) -> Any:
        message: Any = pb.SetModeRequest()
        if mode is not None:
            message.mode = mode_number(mode)
        return message

    def _fill_contention(
        self, message: Any, now: ModeStatus, deny: Optional[float], queue: Optional[float], seed: int
    ) -> None:
        """What is not given stays as it is now."""
        message.contention.deny_probability = now.deny_probability if deny is None else deny
        message.contention.queue_probability = now.queue_probability if queue is None else queue
        message.contention.seed = seed

    def _capacity_message(self, pool: str, capacity: int) -> Any:
        message = pb.SetCapacityRequest(capacity=capacity)
        fill_pool(message, pool.lower() if pool in ("GPU", "CLAUDE_API", "MEMORY", "CPU") else pool)
        return message


def final_answer(outcome: Outcome, explanation: Optional[Explanation]) -> Granted:
    """The grant, or the error that the end of a wait stands for; `explanation` is what was in the way before."""
    if isinstance(outcome, Granted):
        return outcome
    if isinstance(outcome, Denied):
        if outcome.reason in ("QUEUE_TIMEOUT", ""):
            raise queue_timeout(outcome.message, outcome.request_id, outcome.explanation or explanation)
        raise outcome
    raise Denied(f"the request still waits: {outcome.message}", request_id=outcome.request_id)


def queue_timeout(message: str, request_id: Optional[str], explanation: Optional[Explanation]) -> QueueTimeout:
    return QueueTimeout(message, explanation=explanation, retryable=True, request_id=request_id)


def seed_status(statuses: List[PoolStatus], timestamp: Optional[datetime]) -> Dict[str, Any]:
    """The status as the seed's clients know it, with what has been added since beside it."""
    return {
        "timestamp": _text(timestamp),
        "resources": {
            status.name: {
                "total_capacity": status.total_capacity,
                "available": status.available,
                "allocated": status.allocated,
                "allocations": [
                    {
                        "request_id": allocation.request_id,
                        "component": allocation.component,
                        "quantity": allocation.quantity,
                        "allocated_at": _text(allocation.allocated_at),
                        "expires_at": _text(allocation.expires_at),
                    }
                    for allocation in status.allocations
                ],
                "allocations_total": status.allocations_total,
                "next_page_token": status.next_page_token,
                "over_committed": status.over_committed,
                "queued": status.queued,
                "unit": status.unit,
            }
            for status in statuses
        },
    }


def _text(moment: Optional[datetime]) -> Optional[str]:
    return moment.isoformat() if moment is not None else None

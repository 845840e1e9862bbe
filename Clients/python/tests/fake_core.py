"""The meaning of the calls, as far as a client can notice it: a small stand-in for the coordinator in these tests.

It keeps the rules that the client leans on (idempotency by request id and secret, tokens, queue, claims, expiry, fencing
numbers) and answers with the same messages; it is not the coordinator, and the same tests run against that one too.
"""

from __future__ import annotations

import random
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Tuple

from resource_coordinator import resource_coordinator_pb2 as pb

CLAIM_SECONDS = 10.0
NUMBERS = {1: "gpu", 2: "claude_api", 3: "memory", 4: "cpu"}
EVENT = {name[len("EVENT_KIND_"):].lower(): number for name, number in pb.EventKind.items()}


class Refused(Exception):
    """A call that is not decided: the code and the reason."""

    def __init__(self, code: int, reason: str, message: str, retry_after: Optional[float] = None) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.detail = pb.Detail(reason=reason, message=message)
        if retry_after is not None:
            self.detail.retry_after.FromNanoseconds(int(retry_after * 1e9))


@dataclass
class Pool:
    name: str
    number: int
    capacity: int
    unit: str
    kind: int = pb.POOL_KIND_CAPACITY
    period: float = 1.0
    burst: int = 0
    safe: int = 0
    held: int = 0
    full_at: float = 0.0


@dataclass
class Record:
    request_id: str
    component: str
    secret: str
    amounts: Dict[str, int]
    priority: int
    content: bytes
    seconds: float
    connection: int
    partial: bool = False
    status: int = pb.REQUEST_STATUS_PENDING
    message: str = ""
    reason: str = ""
    details: List[Any] = field(default_factory=list)
    token: str = ""
    counter: int = 0
    granted_at: float = 0.0
    expires_at: float = 0.0
    queued_at: float = 0.0
    deadline: float = 0.0
    claim_by: float = 0.0
    order: int = 0
    metadata: List[Any] = field(default_factory=list)


class Core:
    def __init__(self, mode: str, deny: float, queue: float, seed: int, capacities: Dict[str, int],
                 pools: List[Dict[str, Any]], hold_seconds_max: float, safe: Dict[str, int]) -> None:
        sizes = {"gpu": 24000, "claude_api": 100, "memory": 32768, "cpu": 16, **capacities}
        units = {"gpu": "MB", "claude_api": "requests/hour", "memory": "MB", "cpu": "cores"}
        self.pools: Dict[str, Pool] = {
            name: Pool(name, number, sizes[name], units[name],
                       pb.POOL_KIND_HOLD if name == "claude_api" else pb.POOL_KIND_CAPACITY)
            for number, name in NUMBERS.items()}
        for extra in pools:
            kind = pb.PoolKind.Value("POOL_KIND_" + extra.get("kind", "capacity").upper())
            self.pools[extra["name"]] = Pool(
                extra["name"], extra.get("number", 0), extra["limit"], extra.get("unit", ""), kind,
                extra.get("period_seconds", 1.0), extra.get("burst", 0))
        for name, quantity in safe.items():
            self.pools[name].safe = quantity
        self.mode, self.deny, self.queue = mode, deny, queue
        self.seed, self.draws, self.random = seed, 0, random.Random(seed)
        self.hold_seconds_max = hold_seconds_max
        self.records: Dict[str, Record] = {}
        self.events: List[Any] = []
        self.counter = 0
        self.epoch = time.time_ns() // 1_000_000
        self.learning = False
        self.started = time.time()
        self.draining = False
        self.changed: Callable[[], None] = lambda: None

    # Asking

    def request(self, message: Any, connection: int, trace: Optional[str] = None) -> Tuple[Any, List[Any]]:
        self.sweep()
        amounts = self._amounts(message)
        known = self.records.get(message.request_id)
        if known is not None:
            if known.content != _content(message):
                raise Refused(6, "REQUEST_ID_REUSED", "the request_id was used for a request with other content")
            return self.response(known, connection, message.client_secret)
        if self.draining:
            raise Refused(14, "DRAINING", "the server is draining and takes no new requests")
        if not message.request_id or not message.component:
            raise Refused(3, "INVALID_FIELD", "request_id and component must not be empty")
        record = Record(
            message.request_id, message.component, message.client_secret, amounts, message.priority or 2,
            _content(message), _seconds(message, "duration") or 3600.0, connection,
            partial=getattr(message, "allow_partial", False), metadata=list(message.metadata),
            order=len(self.records))
        if trace is not None:
            record.metadata.append(pb.MetadataEntry(key="traceparent", value=trace))
        self.records[record.request_id] = record
        wait = _seconds(message, "timeout") or 60.0
        self._decide(record, message.wait, wait)
        return self.response(record, connection, message.client_secret)

    def _amounts(self, message: Any) -> Dict[str, int]:
        parts = message.pools if isinstance(message, pb.MultiResourceRequest) else [message]
        amounts: Dict[str, int] = {}
        for part in parts:
            pool = self.pool(part)
            if part.quantity <= 0 and not (part.quantity == 0 and pool.kind == pb.POOL_KIND_RATE):
                raise Refused(3, "INVALID_FIELD", f"quantity must be above 0, not {part.quantity}")
            amounts[pool.name] = part.quantity
        return amounts

    def pool(self, part: Any) -> Pool:
        for pool in self.pools.values():
            if (part.pool and pool.name == part.pool) or (not part.pool and pool.number == part.resource != 0):
                return pool
        raise Refused(3, "UNKNOWN_POOL", f"there is no pool {part.pool or part.resource!r}")

    def _decide(self, record: Record, wait: bool, wait_seconds: float) -> None:
        now = time.time()
        if self.mode == "simulate_contention" and record.priority != pb.PRIORITY_CRITICAL:
            self.draws += 1
            draw = self.random.random()
            if draw < self.deny:
                return self._deny(record, "SIMULATED_CONTENTION", "Insufficient capacity (simulated contention)")
            if draw < self.deny + self.queue:
                return self._enqueue(record, now, wait_seconds, "SIMULATED_CONTENTION")
        if self.mode != "respect_limits":
            return self._grant(record, now)
        never = [name for name, quantity in record.amounts.items()
                 if self.pools[name].kind != pb.POOL_KIND_RATE and quantity > self.pools[name].capacity]
        if never and not record.partial:
            return self._deny(record, "CAN_NEVER_FIT", self._insufficient(never[0]), never[0], record.amounts[never[0]])
        short = self._short(record, now)
        if short is None and not any(self._before(other, record) for other in self._waiting(record)):
            return self._grant(record, now)
        if wait:
            return self._enqueue(record, now, wait_seconds, "INSUFFICIENT_CAPACITY")
        name = short or next(iter(record.amounts))
        reason = "RATE_LIMITED" if self.pools[name].kind == pb.POOL_KIND_RATE else "INSUFFICIENT_CAPACITY"
        self._deny(record, reason, self._insufficient(name), name, record.amounts[name])

    def _insufficient(self, name: str) -> str:
        pool = self.pools[name]
        return f"Insufficient {pb.ResourceType.Name(pool.number) if pool.number in NUMBERS else name} available"

    def _waiting(self, record: Record) -> List[Record]:
        return [other for other in self.records.values()
                if other.status == pb.REQUEST_STATUS_QUEUED and set(other.amounts) & set(record.amounts)]

    @staticmethod
    def _before(one: Record, other: Record) -> bool:
        return (-one.priority, one.order) < (-other.priority, other.order)

    def _short(self, record: Record, now: float) -> Optional[str]:
        """The first pool that lacks capacity for the record now."""
        for name, quantity in record.amounts.items():
            pool = self.pools[name]
            if pool.kind == pb.POOL_KIND_RATE:
                step = pool.period / pool.capacity
                if max(now, pool.full_at) + quantity * step - step * (pool.burst + 1) > now + 1e-9:
                    return name
            elif pool.capacity - pool.held < (1 if record.partial else quantity):
                return name
        return None

    def _grant(self, record: Record, now: float) -> None:
        for name in record.amounts:
            pool = self.pools[name]
            if pool.kind == pb.POOL_KIND_RATE:
                pool.full_at = max(now, pool.full_at) + record.amounts[name] * pool.period / pool.capacity
                continue
            if record.partial and self.mode == "respect_limits":
                record.amounts[name] = min(record.amounts[name], pool.capacity - pool.held)
            pool.held += record.amounts[name]
        self.counter += 1
        record.status, record.message = pb.REQUEST_STATUS_GRANTED, "Resource allocated successfully"
        record.token, record.counter = str(uuid.uuid4()), self.counter
        record.granted_at, record.expires_at = now, now + min(record.seconds, self.hold_seconds_max)
        self.event("granted", record)

    def _deny(self, record: Record, reason: str, message: str, pool: str = "", quantity: int = 0) -> None:
        record.status, record.message, record.reason = pb.REQUEST_STATUS_DENIED, message, reason
        detail = pb.Detail(reason=reason, message=message, pool=pool, requested=quantity)
        if pool:
            free = self.pools[pool].capacity - self.pools[pool].held
            detail.available, detail.missing = max(0, free), quantity - max(0, free)
            detail.limit, detail.unit = self.pools[pool].capacity, self.pools[pool].unit
            if reason == "RATE_LIMITED":
                wait = self.pools[pool].full_at - time.time()
                detail.retry_after.FromNanoseconds(int(max(0.001, wait) * 1e9))
        record.details = [detail]
        self.event("denied", record)

    def _enqueue(self, record: Record, now: float, wait_seconds: float, reason: str) -> None:
        record.status, record.queued_at, record.deadline = pb.REQUEST_STATUS_QUEUED, now, now + wait_seconds
        record.message = "Request queued, will be processed when resources are available"
        record.reason = reason
        record.details = [pb.Detail(reason=reason, message="it has to wait", pool=next(iter(record.amounts)))]
        self.event("queued", record)

    # Answers

    def response(self, record: Record, connection: int, secret: str) -> Tuple[Any, List[Any]]:
        owner = connection == record.connection or (record.secret != "" and secret == record.secret)
        first = next(iter(record.amounts))
        answer = pb.ResourceResponse(
            request_id=record.request_id, status=record.status, message=record.message, pool=first,
            safe_capacity=self.pools[first].safe)
        if record.status == pb.REQUEST_STATUS_GRANTED:
            if owner:
                answer.token = record.token
                if record.claim_by:
                    record.claim_by = 0.0
                    self.event("claimed", record)
            answer.granted_quantity = record.amounts[first]
            for name, quantity in record.amounts.items():
                answer.granted.add(pool=name, resource=self.pools[name].number, quantity=quantity)
            answer.granted_at.FromNanoseconds(int(record.granted_at * 1e9))
            answer.expires_at.FromNanoseconds(int(record.expires_at * 1e9))
            answer.fencing.epoch, answer.fencing.counter = self.epoch, record.counter
            if self.pools[first].kind == pb.POOL_KIND_RATE:
                answer.rate.limit = self.pools[first].capacity
        elif record.status == pb.REQUEST_STATUS_QUEUED:
            answer.queue.CopyFrom(self.place(record))
        if record.status in (pb.REQUEST_STATUS_QUEUED, pb.REQUEST_STATUS_DENIED):
            answer.explanation.CopyFrom(self.explanation(record))
        return answer, record.details if record.status != pb.REQUEST_STATUS_GRANTED else []

    def place(self, record: Record) -> Any:
        line = sorted(self._waiting(record), key=lambda one: (-one.priority, one.order))
        place = pb.QueuePlace(position=line.index(record) + 1, length=len(line))
        place.deadline.FromNanoseconds(int(record.deadline * 1e9))
        place.queued_at.FromNanoseconds(int(record.queued_at * 1e9))
        return place

    def explanation(self, record: Record) -> Any:
        message = pb.Explanation(
            request_id=record.request_id, status=record.status, summary=record.message or "it would be granted",
            blockers=record.details, revision=self.revision)
        for detail in record.details:
            if detail.available > 0:
                message.changes.add(
                    kind="REDUCE_QUANTITY", message=f"quantity at most {detail.available}", pool=detail.pool,
                    quantity=detail.available)
        return message

    # Ends

    def find(self, request_id: str) -> Record:
        self.sweep()
        record = self.records.get(request_id)
        if record is None:
            raise Refused(5, "REQUEST_NOT_FOUND", "Request ID not found")
        return record

    def release(self, message: Any) -> Any:
        self.sweep()
        record = self.records.get(message.request_id)
        if record is None or not record.token:
            return pb.ReleaseResponse(success=False, message="Request ID not found")
        if message.token != record.token or message.component != record.component:
            return pb.ReleaseResponse(success=False, message="Invalid token")
        if record.status == pb.REQUEST_STATUS_EXPIRED:
            return pb.ReleaseResponse(success=False, message="Request ID not found: the lease has expired")
        if record.status == pb.REQUEST_STATUS_GRANTED:
            self._end(record, pb.REQUEST_STATUS_RELEASED, "released")
        return pb.ReleaseResponse(success=True, message="Resource released successfully")

    def _end(self, record: Record, status: int, kind: str) -> None:
        for name, quantity in record.amounts.items():
            if self.pools[name].kind != pb.POOL_KIND_RATE:
                self.pools[name].held -= quantity
        record.status, record.reason = status, kind.upper()
        record.message = f"the lease has ended: {kind}"
        record.details = [pb.Detail(reason=f"LEASE_{kind.upper()}", message=record.message)]
        self.event(kind, record)
        self._grant_waiting()

    def end_lease(self, request_id: str) -> None:
        """As an administrator would."""
        self._end(self.records[request_id], pb.REQUEST_STATUS_EXPIRED, "expired")

    def _adopt(self, message: Any) -> Any:
        """Takes over a lease that a lost state knew."""
        held = message.held
        record = Record(
            message.request_id, message.component, held.client_secret,
            {self.pool(part).name: part.quantity for part in held.pools}, held.priority or 2, b"",
            _seconds(held, "duration") or 3600.0, 0, order=len(self.records))
        if self._short(record, time.time()) is not None:
            raise Refused(9, "LEASE_NOT_ADOPTED", "the lease does not fit beside what is known to be held")
        self.records[record.request_id] = record
        self._grant(record, time.time())
        record.token = message.token
        answer = self.renew(message)
        answer.adopted = True
        return answer

    def renew(self, message: Any) -> Any:
        if self.learning and message.HasField("held") and message.request_id not in self.records:
            return self._adopt(message)
        record = self.find(message.request_id)
        if record.status != pb.REQUEST_STATUS_GRANTED:
            raise Refused(9, "LEASE_ENDED", "the lease has ended; nothing was changed")
        if message.token != record.token or message.component != record.component:
            raise Refused(7, "INVALID_TOKEN", "Invalid token")
        wanted = time.time() + (_seconds(message, "duration") or record.seconds)
        record.expires_at = min(wanted, record.granted_at + self.hold_seconds_max)
        answer = pb.RenewResponse(at_maximum=record.expires_at < wanted)
        answer.expires_at.FromNanoseconds(int(record.expires_at * 1e9))
        answer.fencing.epoch, answer.fencing.counter = self.epoch, record.counter
        self.event("renewed", record)
        return answer

    def cancel(self, message: Any) -> Any:
        record = self.find(message.request_id)
        if record.component != message.component or record.secret != message.client_secret:
            raise Refused(7, "NOT_THE_OWNER", "the request belongs to another component or secret")
        waiting = record.status == pb.REQUEST_STATUS_QUEUED
        if waiting:
            record.status, record.message, record.reason = pb.REQUEST_STATUS_EXPIRED, "cancelled", "REQUEST_CANCELLED"
            record.details = [pb.Detail(reason="REQUEST_CANCELLED", message="the waiting request was cancelled")]
            self.event("cancelled", record)
        return pb.CancelResponse(cancelled=waiting, status=record.status)

    def sweep(self) -> None:
        """What time has done: leases and waits that are over, grants that nobody fetched."""
        now = time.time()
        for record in list(self.records.values()):
            if record.status == pb.REQUEST_STATUS_GRANTED and record.claim_by and record.claim_by <= now:
                self._end(record, pb.REQUEST_STATUS_EXPIRED, "claim_lapsed")
            elif record.status == pb.REQUEST_STATUS_GRANTED and record.expires_at <= now:
                self._end(record, pb.REQUEST_STATUS_EXPIRED, "expired")
            elif record.status == pb.REQUEST_STATUS_QUEUED and record.deadline <= now:
                record.status, record.message = pb.REQUEST_STATUS_EXPIRED, "the wait came to its deadline"
                record.details = [pb.Detail(reason="QUEUE_TIMEOUT", message=record.message), *record.details]
                self.event("queue_timeout", record)
        self._grant_waiting()

    def _grant_waiting(self) -> None:
        now = time.time()
        line = [one for one in self.records.values() if one.status == pb.REQUEST_STATUS_QUEUED]
        for record in sorted(line, key=lambda one: (-one.priority, one.order)):
            simulated = record.reason == "SIMULATED_CONTENTION"
            if simulated and now < record.queued_at + 0.1:
                continue
            if not simulated and self._short(record, now) is not None:
                continue
            self._grant(record, now)
            record.claim_by = now + CLAIM_SECONDS

    def next_due(self) -> float:
        """Seconds until time does something by itself."""
        now = time.time()
        times = [0.05 + now for one in self.records.values()
                 if one.status == pb.REQUEST_STATUS_QUEUED and one.reason == "SIMULATED_CONTENTION"]
        times += [one.deadline for one in self.records.values() if one.status == pb.REQUEST_STATUS_QUEUED]
        times += [min(one.expires_at, one.claim_by or one.expires_at) for one in self.records.values()
                  if one.status == pb.REQUEST_STATUS_GRANTED]
        return max(0.001, min(times, default=now + 3600) - now)

    # Views

    @property
    def revision(self) -> int:
        return len(self.events)

    def event(self, kind: str, record: Optional[Record] = None) -> None:
        event = pb.Event(revision=len(self.events) + 1, kind=EVENT[kind])
        event.at.FromNanoseconds(time.time_ns())
        if record is not None:
            event.request_id, event.component = record.request_id, record.component
            event.priority, event.status = record.priority, record.status
            event.metadata.extend(record.metadata)
            for name, quantity in record.amounts.items():
                event.pools.add(pool=name, resource=self.pools[name].number, quantity=quantity)
        self.events.append(event)
        self.changed()

    def statuses(self, message: Any) -> List[Any]:
        self.sweep()
        chosen = [self.pool(message)] if message.pool or message.resource else list(self.pools.values())
        size = message.page_size or 100
        start = int(message.page_token or 0)
        return [self.status(pool, start, min(size, 1000)) for pool in chosen]

    def status(self, pool: Pool, start: int = 0, size: int = 100) -> Any:
        holders = [one for one in self.records.values()
                   if one.status == pb.REQUEST_STATUS_GRANTED and pool.name in one.amounts]
        status = pb.ResourceStatus(
            resource=pool.number, pool=pool.name, total_capacity=pool.capacity, allocated=pool.held, unit=pool.unit,
            available=max(0, pool.capacity - pool.held), over_committed=max(0, pool.held - pool.capacity),
            kind=pool.kind, allocations_total=len(holders), safe_capacity=pool.safe,
            queued=len([one for one in self.records.values()
                        if one.status == pb.REQUEST_STATUS_QUEUED and pool.name in one.amounts]))
        for one in holders[start:start + size]:
            entry = status.allocations.add(
                request_id=one.request_id, component=one.component, quantity=one.amounts[pool.name],
                priority=one.priority, metadata=one.metadata)
            entry.allocated_at.FromNanoseconds(int(one.granted_at * 1e9))
            entry.expires_at.FromNanoseconds(int(one.expires_at * 1e9))
        if start + size < len(holders):
            status.next_page_token = str(start + size)
        return status

    def history(self, message: Any) -> Any:
        chosen = [event for event in self.events
                  if (not message.component or event.component == message.component)
                  and (not message.request_id or event.request_id == message.request_id)
                  and (not message.kind or event.kind == message.kind)
                  and (not message.HasField("after") or event.at.ToNanoseconds() >= message.after.ToNanoseconds())
                  and (not message.HasField("before") or event.at.ToNanoseconds() < message.before.ToNanoseconds())]
        if not message.oldest_first:
            chosen.reverse()
        start, size = int(message.page_token or 0), message.page_size or 100
        answer = pb.HistoryResponse(
            events=chosen[start:start + size], events_total=len(self.events), events_kept=len(self.events),
            next_page_token=str(start + size) if start + size < len(chosen) else "")
        for kind in sorted({event.kind for event in self.events}):
            answer.counts.add(kind=kind, count=len([event for event in self.events if event.kind == kind]))
        return answer

    def explain(self, message: Any) -> Any:
        if message.request_id:
            return self.explanation(self.find(message.request_id))
        asked = message.multi_request if message.HasField("multi_request") else message.request
        probe = Record("", asked.component, "", self._amounts(asked), asked.priority or 2, b"", 1.0, 0)
        short = self._short(probe, time.time()) if self.mode == "respect_limits" else None
        if short is not None:
            quantity, free = probe.amounts[short], self.pools[short].capacity - self.pools[short].held
            probe.status, probe.message = pb.REQUEST_STATUS_DENIED, self._insufficient(short)
            probe.details = [pb.Detail(
                reason="INSUFFICIENT_CAPACITY", message=probe.message, pool=short, requested=quantity, available=free,
                missing=quantity - free, unit=self.pools[short].unit)]
        else:
            probe.status = pb.REQUEST_STATUS_GRANTED
        return self.explanation(probe)

    def mode_status(self) -> Any:
        answer = pb.ModeStatus(
            mode=pb.ResponseMode.Value(f"RESPONSE_MODE_{self.mode.upper()}"), draws=self.draws,
            revision=self.revision, draining=self.draining)
        answer.contention.deny_probability, answer.contention.queue_probability = self.deny, self.queue
        answer.contention.seed = self.seed
        return answer

    def set_mode(self, message: Any) -> Any:
        if message.mode:
            self.mode = pb.ResponseMode.Name(message.mode)[len("RESPONSE_MODE_"):].lower()
        if message.HasField("contention"):
            if message.contention.deny_probability + message.contention.queue_probability > 1:
                raise Refused(3, "INVALID_FIELD", "the probabilities' sum is above 1")
            self.deny, self.queue = message.contention.deny_probability, message.contention.queue_probability
            if message.contention.seed:
                self.seed, self.draws = message.contention.seed, 0
                self.random = random.Random(self.seed)
        self.event("mode_changed")
        return self.mode_status()

    def set_capacity(self, message: Any) -> Any:
        pool = self.pool(message)
        if message.capacity < 0:
            raise Refused(3, "INVALID_FIELD", "capacity must not be negative")
        pool.capacity = message.capacity
        self.event("capacity_changed")
        self._grant_waiting()
        return self.status(pool)

    def health(self) -> Any:
        answer = pb.HealthCheckResponse(
            healthy=not self.draining, version="fake", uptime_seconds=int(time.time() - self.started))
        held = len([one for one in self.records.values() if one.status == pb.REQUEST_STATUS_GRANTED])
        for key, value in (("mode", self.mode), ("allocations", str(held))):
            answer.metadata.add(key=key, value=value)
        return answer


def _content(message: Any) -> bytes:
    """All that makes two requests the same one; the secret only says who asks."""
    copy = type(message)()
    copy.CopyFrom(message)
    copy.client_secret = ""
    return copy.SerializeToString()


def _seconds(message: Any, name: str) -> float:
    return getattr(message, name).ToNanoseconds() / 1e9 if message.HasField(name) else 0.0

"""`connection` and `channel` for asyncio: the same rules, without threads."""

from __future__ import annotations

import asyncio
import copy
import itertools
import os
import ssl
import time
from collections import deque
from typing import Any, AsyncIterator, Coroutine, Deque, Dict, List, Optional, Tuple, TypeVar

from .channel import CONNECT_SECONDS_MAX, STREAM_SECONDS, Answer, parse_payload
from .connection import SEND_SECONDS_MAX, STREAM_REPLIES_MAX, is_distrust, tune_keepalive
from .errors import (
    CannotConnect, ClientClosed, ConnectionLost, CoordinatorError, DeadlineExceeded, ForkedClient, ResourceExhausted,
    error_for_reply,
)
from .framing import Address, FrameReader, after_hello, call_frame, cancel_frame, has_token, hello_frame
from .reading import details_of
from .retrying import Attempts, RetryBudget, RetryPolicy


_T = TypeVar("_T")


async def within(seconds: float, coroutine: Coroutine[Any, Any, _T]) -> _T:
    """`asyncio.wait_for`, which before Python 3.12 may lose a cancellation that comes together with the result."""
    task = asyncio.ensure_future(coroutine)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except BaseException:
        task.cancel()
        raise
    if not done:
        task.cancel()
        raise asyncio.TimeoutError
    return task.result()


def _wake(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)


class _Call:
    """A call whose replies have not all come. One task at a time waits for them."""

    def __init__(self, call_id: int) -> None:
        self.call_id = call_id
        self.started = time.monotonic()
        self.replies: Deque[Any] = deque()
        self._waiter: Optional["asyncio.Future[None]"] = None

    def put(self, item: Any) -> None:
        self.replies.append(item)
        if self._waiter is not None:
            _wake(self._waiter)

    async def next(self, timeout: Optional[float]) -> Any:
        if not self.replies:
            loop = asyncio.get_running_loop()
            waiter = self._waiter = loop.create_future()
            alarm = loop.call_later(max(0.0, timeout), _wake, waiter) if timeout is not None else None
            try:
                await waiter
            finally:
                self._waiter = None
                if alarm is not None:
                    alarm.cancel()
        if not self.replies:
            raise DeadlineExceeded("no answer came within the call's deadline", retryable=True)
        item = self.replies.popleft()
        if isinstance(item, CoordinatorError):
            raise copy.copy(item)
        return item


_UNSENT_BYTES_MAX = 1 << 16
"""Above so many unsent bytes a call waits for the coordinator to read."""


class AsyncConnection:
    def __init__(
        self, address: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
        metadata: List[Tuple[str, str]], frame_bytes_max: int,
    ) -> None:
        self._address = address
        self._reader = reader
        self._writer = writer
        greets = has_token(metadata)
        self._metadata: List[Tuple[str, str]] = after_hello(metadata) if greets else metadata
        self._frame_bytes_max = frame_bytes_max
        self._ids = itertools.count(1)
        self._calls: Dict[int, _Call] = {}
        self._error: Optional[CoordinatorError] = None
        self._goodbye = ""
        self.last_heard = time.monotonic()
        self._hello = next(self._ids) if greets else 0
        if greets:
            # Answered before every other call: nobody waits for it.
            writer.write(hello_frame(self._hello, metadata, frame_bytes_max))
        self._task = asyncio.ensure_future(self._read())

    @property
    def alive(self) -> bool:
        return self._error is None

    async def start(self, method: int, payload: bytes, timeout: float) -> _Call:
        call = _Call(next(self._ids))
        frame = call_frame(call.call_id, method, payload, timeout, self._metadata, self._frame_bytes_max)
        if self._error is not None:
            raise copy.copy(self._error)
        self._calls[call.call_id] = call
        self._writer.write(frame)  # Whole frames only: nothing can come between their bytes.
        try:
            if self._writer.transport.get_write_buffer_size() > _UNSENT_BYTES_MAX:
                await within(min(timeout, SEND_SECONDS_MAX), self._writer.drain())
        except (OSError, asyncio.TimeoutError) as error:
            lost = ConnectionLost(f"the connection to {self._address} broke: {error!r}", retryable=True)
            self._fail(lost)
            raise copy.copy(lost) from None
        except BaseException:
            self.cancel(call)
            raise
        return call

    def cancel(self, call: _Call) -> None:
        if self._calls.pop(call.call_id, None) is not None and self.alive:
            self._writer.write(cancel_frame(call.call_id))

    async def _read(self) -> None:
        frames = FrameReader(self._frame_bytes_max)
        error: CoordinatorError = ConnectionLost("the connection was closed", retryable=True)
        try:
            while True:
                data = await self._reader.read(1 << 16)
                if not data:
                    error = ConnectionLost(
                        f"the coordinator at {self._address} closed the connection"
                        + (f": {self._goodbye}" if self._goodbye else ""), retryable=True)
                    return
                self.last_heard = time.monotonic()
                for reply in frames.feed(data):
                    self._dispatch(reply)
        except CoordinatorError as protocol_error:
            error = protocol_error
        except OSError as os_error:
            error = ConnectionLost(f"the connection to {self._address} broke: {os_error}", retryable=True)
        finally:
            self._fail(error)

    def _dispatch(self, reply: Any) -> None:
        if self._hello and reply.call_id == self._hello and reply.code:
            # Whoever the coordinator does not know has no use for the connection.
            raise error_for_reply(reply.code, reply.message, details_of(reply.details), None)
        call = self._calls.get(reply.call_id)
        if call is None:
            if reply.call_id == 0 and reply.code:
                self._goodbye = reply.message
            return
        if reply.end:
            del self._calls[reply.call_id]
        elif len(call.replies) >= STREAM_REPLIES_MAX:
            call.put(ResourceExhausted(
                f"the stream was read too slowly: {STREAM_REPLIES_MAX} replies lie unread"))
            self.cancel(call)
            return
        call.put(reply)

    def _fail(self, error: CoordinatorError) -> None:
        if self._error is None:
            self._error = error
            calls, self._calls = self._calls, {}
            for call in calls.values():
                call.put(error)
            self._writer.close()
            self._task.cancel()

    async def close(self, error: Optional[CoordinatorError] = None) -> None:
        self._fail(error or ConnectionLost("the connection was closed", retryable=True))
        await asyncio.gather(self._task, return_exceptions=True)
        try:
            await within(1.0, self._writer.wait_closed())
        except (OSError, asyncio.TimeoutError):
            pass


class AsyncChannel:
    def __init__(
        self, address: Address, tls: Optional[ssl.SSLContext], metadata: List[Tuple[str, str]], frame_bytes_max: int,
        policy: RetryPolicy,
    ) -> None:
        self.address = address
        self._tls = tls
        self._metadata = metadata
        self._frame_bytes_max = frame_bytes_max
        self._policy = policy
        self._budget = RetryBudget(policy)
        self._pid = os.getpid()
        self._connection: Optional[AsyncConnection] = None
        self._connecting: Optional[asyncio.Lock] = None
        self.closed = False

    def check(self) -> None:
        if os.getpid() != self._pid:
            raise ForkedClient(
                f"this client was made in process {self._pid} and used in process {os.getpid()}, after a fork; "
                "make a new client in the child")
        if self.closed:
            raise ClientClosed("the client is closed")

    async def unary(
        self, method: int, request: Any, response_type: Any, timeout: float, request_id: Optional[str] = None,
        once: bool = False,
    ) -> Answer:
        self.check()
        deadline = time.monotonic() + timeout
        payload = request.SerializeToString()
        attempts = Attempts(method, self._policy, self._budget)
        while True:
            remaining = max(0.0, deadline - time.monotonic())
            try:
                share = remaining if once else attempts.attempt_seconds(remaining)
                reply = await self._attempt(method, payload, share, request_id)
                attempts.succeeded()
                return parse_payload(response_type, reply), details_of(reply.details)
            except CoordinatorError as error:
                pause = attempts.pause_after(error, deadline - time.monotonic())
                error.maybe_done = attempts.maybe_sent
                if pause is None or once:
                    error.request_id = error.request_id or request_id
                    raise
            await asyncio.sleep(pause)
            self.check()

    async def _attempt(self, method: int, payload: bytes, timeout: float, request_id: Optional[str]) -> Any:
        deadline = time.monotonic() + timeout
        connection = await self._connect(deadline)
        call = await connection.start(method, payload, max(0.001, deadline - time.monotonic()))
        try:
            reply = await call.next(deadline - time.monotonic())
        except DeadlineExceeded:
            if connection.last_heard < call.started:
                await connection.close(ConnectionLost("the coordinator did not answer", retryable=True))
            raise
        finally:
            connection.cancel(call)
        if reply.code:
            raise error_for_reply(reply.code, reply.message, details_of(reply.details), request_id)
        return reply

    async def stream(
        self, method: int, request: Any, response_type: Any, timeout: Optional[float],
        request_id: Optional[str] = None,
    ) -> AsyncIterator[Answer]:
        self.check()
        deadline = None if timeout is None else time.monotonic() + timeout
        connection = await self._connect(time.monotonic() + CONNECT_SECONDS_MAX if deadline is None else deadline)
        call = await connection.start(
            method, request.SerializeToString(), STREAM_SECONDS if timeout is None else max(0.001, timeout))
        try:
            while True:
                reply = await call.next(None if deadline is None else deadline - time.monotonic())
                if reply.code:
                    raise error_for_reply(reply.code, reply.message, details_of(reply.details), request_id)
                if reply.payload or not reply.end:
                    yield parse_payload(response_type, reply), details_of(reply.details)
                if reply.end:
                    return
        finally:
            connection.cancel(call)

    async def _connect(self, deadline: float) -> AsyncConnection:
        if self._connecting is None:
            self._connecting = asyncio.Lock()  # Made here, inside the loop, for Python 3.9.
        async with self._connecting:
            self.check()
            if self._connection is None or not self._connection.alive:
                self._connection = await self._open(min(CONNECT_SECONDS_MAX, max(0.001, deadline - time.monotonic())))
            return self._connection

    async def _open(self, timeout: float) -> AsyncConnection:
        try:
            reader, writer = await within(
                timeout, asyncio.open_connection(self.address.host, self.address.port, ssl=self._tls))
        except (OSError, asyncio.TimeoutError) as error:
            raise CannotConnect(
                f"cannot connect to the coordinator at {self.address}: {error or 'no answer'}; check that it runs, "
                "and the host and port", retryable=not is_distrust(error)) from error
        tune_keepalive(writer.get_extra_info("socket"))
        return AsyncConnection(self.address, reader, writer, self._metadata, self._frame_bytes_max)

    async def close(self) -> None:
        self.closed = True
        if self._connection is not None:
            await self._connection.close()

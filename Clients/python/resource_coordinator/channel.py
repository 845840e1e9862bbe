"""Calls with deadlines, reconnects and retries, over at most one connection at a time."""

from __future__ import annotations

import os
import ssl
import threading
import time
import weakref
from typing import Any, Iterator, List, Optional, Tuple

from .connection import Connection
from .errors import (
    ClientClosed, ConnectionLost, CoordinatorError, DeadlineExceeded, ForkedClient, ProtocolError, error_for_reply,
)
from .framing import Address
from .reading import details_of
from .retrying import Attempts, RetryBudget, RetryPolicy
from .values import Detail

CONNECT_SECONDS_MAX = 5.0
STREAM_SECONDS = 86_400.0
"""The deadline of a stream without one of its own; unset would mean the server's default for short calls."""

Answer = Tuple[Any, Tuple[Detail, ...]]


class _Slot:
    """Holds the connection apart from the channel, so that the finalizer of a forgotten client can close it."""

    connection: Optional[Connection] = None

    def close(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()


def parse_payload(kind: Any, reply: Any) -> Any:
    try:
        return kind.FromString(reply.payload)
    except Exception as error:  # protobuf's DecodeError has no common base over its versions
        raise ProtocolError(f"the answer is no {kind.DESCRIPTOR.name}: {error}") from error


class Channel:
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
        self._lock = threading.Lock()
        self._slot = _Slot()
        self._closed = threading.Event()
        self._finalizer = weakref.finalize(self, self._slot.close)
        self._finalizer.atexit = False

    def check(self) -> None:
        """Raises where no call may be made any more. Takes no lock: a fork may have happened while one was held."""
        if os.getpid() != self._pid:
            raise ForkedClient(
                f"this client was made in process {self._pid} and used in process {os.getpid()}, after a fork; "
                "its leases belong to the parent: make a new client in the child")
        if self._closed.is_set():
            raise ClientClosed("the client is closed")

    def unary(
        self, method: int, request: Any, response_type: Any, timeout: float, request_id: Optional[str] = None,
        once: bool = False,
    ) -> Answer:
        """Makes a call; `timeout` seconds cover all attempts. `once` leaves trying again to the caller."""
        self.check()
        deadline = time.monotonic() + timeout
        payload = request.SerializeToString()
        attempts = Attempts(method, self._policy, self._budget)
        while True:
            remaining = max(0.0, deadline - time.monotonic())
            try:
                share = remaining if once else attempts.attempt_seconds(remaining)
                reply = self._attempt(method, payload, share, request_id)
                attempts.succeeded()
                return parse_payload(response_type, reply), details_of(reply.details)
            except CoordinatorError as error:
                pause = attempts.pause_after(error, deadline - time.monotonic())
                error.maybe_done = attempts.maybe_sent
                if pause is None or once:
                    error.request_id = error.request_id or request_id
                    raise
            self._closed.wait(pause)
            self.check()

    def _attempt(self, method: int, payload: bytes, timeout: float, request_id: Optional[str]) -> Any:
        deadline = time.monotonic() + timeout
        connection = self._connect(deadline)
        call = connection.start(method, payload, max(0.001, deadline - time.monotonic()))
        try:
            reply = call.next(deadline - time.monotonic())
        except DeadlineExceeded:
            if connection.last_heard < call.started:
                # Not a sign of life since the call was sent: a half-open connection would swallow the next one too.
                connection.close(ConnectionLost("the coordinator did not answer", retryable=True))
            raise
        finally:
            connection.cancel(call)
        if reply.code:
            raise error_for_reply(reply.code, reply.message, details_of(reply.details), request_id)
        return reply

    def stream(
        self, method: int, request: Any, response_type: Any, timeout: Optional[float],
        request_id: Optional[str] = None,
    ) -> Iterator[Answer]:
        """Opens a stream once and yields its messages, each with its reasons; leaving the loop cancels it.

        `timeout` seconds bound the whole stream; None: it lives until either side ends it.
        """
        self.check()
        deadline = None if timeout is None else time.monotonic() + timeout
        connection = self._connect(time.monotonic() + CONNECT_SECONDS_MAX if deadline is None else deadline)
        call = connection.start(method, request.SerializeToString(), STREAM_SECONDS if timeout is None else timeout)
        try:
            while True:
                reply = call.next(None if deadline is None else deadline - time.monotonic())
                if reply.code:
                    raise error_for_reply(reply.code, reply.message, details_of(reply.details), request_id)
                if reply.payload or not reply.end:
                    yield parse_payload(response_type, reply), details_of(reply.details)
                if reply.end:
                    return
        finally:
            connection.cancel(call)

    def _connect(self, deadline: float) -> Connection:
        connection = self._slot.connection
        if connection is not None and connection.alive:
            return connection
        if not self._lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise DeadlineExceeded("no connection within the call's deadline", retryable=True)
        try:
            self.check()
            connection = self._slot.connection
            if connection is None or not connection.alive:
                seconds = min(CONNECT_SECONDS_MAX, max(0.001, deadline - time.monotonic()))
                connection = Connection(
                    self.address, seconds, self._tls, self._metadata, self._frame_bytes_max)
                self._slot.connection = connection
            return connection
        finally:
            self._lock.release()

    def pause(self, seconds: float) -> bool:
        """Waits; true if the channel was closed meanwhile."""
        return self._closed.wait(max(0.0, seconds))

    @property
    def pid(self) -> int:
        """The process that the channel was made in."""
        return self._pid

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    def close(self) -> None:
        if os.getpid() == self._pid:
            self._closed.set()
        self._slot.close()

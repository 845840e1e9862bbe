"""One connection: a socket, a thread that reads it, and the calls that wait for replies on it."""

from __future__ import annotations

import copy
import itertools
import os
import queue
import select
import socket
import ssl
import threading
import time
from typing import Any, Dict, List, Optional, Tuple, Union

from .errors import (
    CannotConnect, ConnectionLost, CoordinatorError, DeadlineExceeded, ResourceExhausted, error_for_reply,
)
from .framing import Address, FrameReader, after_hello, call_frame, cancel_frame, has_token, hello_frame
from .reading import details_of

STREAM_REPLIES_MAX = 1024
"""Replies of one stream that may lie unread; a slower reader loses the stream, not the process's memory."""

SEND_SECONDS_MAX = 30.0
"""How long the coordinator may refuse to read before the connection counts as broken."""

_READ_BYTES = 1 << 16

_Item = Union[Any, CoordinatorError]


def dial(address: Address, timeout: float, tls: Optional[ssl.SSLContext]) -> socket.socket:
    """Connects to the first of the host's addresses that answers."""
    try:
        sock = socket.create_connection((address.host, address.port), timeout=timeout)
    except OSError as error:
        raise CannotConnect(
            f"cannot connect to the coordinator at {address}: {error.strerror or error}; check that it runs, and the "
            "host and port", retryable=True) from error
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tune_keepalive(sock)
        if tls is not None:
            sock = tls.wrap_socket(sock, server_hostname=address.host)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise CannotConnect(
            f"cannot set up the connection to {address}: {error}", retryable=not is_distrust(error)) from error
    return sock


def is_distrust(error: BaseException) -> bool:
    """Whether the coordinator's certificate was not believed, which another try does not change."""
    return isinstance(error, ssl.SSLCertVerificationError)


def tune_keepalive(sock: socket.socket) -> None:
    """A peer that vanished without a word is noticed after about half a minute."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 4), ("TCP_USER_TIMEOUT", 30_000)):
        option = getattr(socket, name, None)
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def _ready(sock: socket.socket, write: bool, timeout: Optional[float]) -> bool:
    """Waits until the socket can be read or written; `poll` because `select` fails on descriptors above 1023."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLOUT if write else select.POLLIN)
        return bool(poll.poll(None if timeout is None else max(0, int(timeout * 1000))))
    readable, writable, _ = select.select([] if write else [sock], [sock] if write else [], [], timeout)
    return bool(readable or writable)


class PendingCall:
    """A call whose replies have not all come."""

    def __init__(self, call_id: int) -> None:
        self.call_id = call_id
        self.started = time.monotonic()
        self.replies: "queue.SimpleQueue[_Item]" = queue.SimpleQueue()

    def next(self, timeout: Optional[float]) -> Any:
        """The next reply. Raises the connection's error, or `DeadlineExceeded` after `timeout` seconds."""
        try:
            item = self.replies.get(timeout=None if timeout is None else max(0.0, timeout))
        except queue.Empty:
            raise DeadlineExceeded("no answer came within the call's deadline", retryable=True) from None
        if isinstance(item, CoordinatorError):
            # One error goes to every call of a broken connection; each raises its own copy, with its own traceback.
            raise copy.copy(item)
        return item


class Connection:
    """Multiplexes calls. Safe to use from any thread; of no more use once `alive` is false."""

    def __init__(
        self, address: Address, timeout: float, tls: Optional[ssl.SSLContext], metadata: List[Tuple[str, str]],
        frame_bytes_max: int,
    ) -> None:
        self._sock = dial(address, timeout, tls)
        self._address = address
        greets = has_token(metadata)
        self._metadata: List[Tuple[str, str]] = after_hello(metadata) if greets else metadata
        self._frame_bytes_max = frame_bytes_max
        self._pid = os.getpid()
        self._ids = itertools.count(1)
        self._calls: Dict[int, PendingCall] = {}
        self._calls_lock = threading.Lock()
        # TLS state is one for both directions, so every single recv and send is made under this lock.
        self._io_lock = threading.Lock()
        self._send_lock = threading.Lock()
        self._error: Optional[CoordinatorError] = None
        self._goodbye = ""
        self.last_heard = time.monotonic()
        self._hello = next(self._ids) if greets else 0
        if greets:
            # Answered before every other call: nobody waits for it.
            self._send(hello_frame(self._hello, metadata, frame_bytes_max), self.last_heard + max(0.001, timeout))
        threading.Thread(target=self._read, name="resource-coordinator-reader", daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._error is None

    def start(self, method: int, payload: bytes, timeout: Optional[float]) -> PendingCall:
        """Sends a call. Raises `ConnectionLost` if the connection breaks before all of it is written."""
        call = PendingCall(next(self._ids))
        frame = call_frame(call.call_id, method, payload, timeout, self._metadata, self._frame_bytes_max)
        with self._calls_lock:
            if self._error is not None:
                raise copy.copy(self._error)
            self._calls[call.call_id] = call
        try:
            seconds = SEND_SECONDS_MAX if timeout is None else min(timeout, SEND_SECONDS_MAX)
            self._send(frame, call.started + seconds)
        except BaseException:
            self.forget(call)
            raise
        return call

    def cancel(self, call: PendingCall) -> None:
        """Tells the server that nobody waits any more; never raises."""
        if self.forget(call) and self.alive:
            try:
                self._send(cancel_frame(call.call_id), time.monotonic() + 1.0)
            except CoordinatorError:
                pass

    def forget(self, call: PendingCall) -> bool:
        with self._calls_lock:
            return self._calls.pop(call.call_id, None) is not None

    def close(self, error: Optional[CoordinatorError] = None) -> None:
        """Ends the connection and every call on it. In a forked child only the child's copy of the socket closes."""
        if os.getpid() != self._pid:
            os.close(self._sock.detach())
            return
        self._fail(error or ConnectionLost("the connection was closed", retryable=True))

    def _send(self, frame: bytes, deadline: float) -> None:
        view = memoryview(frame)
        if not self._send_lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise DeadlineExceeded("the connection was busy until the call's deadline", retryable=True)
        try:
            while view:
                view = view[self._send_some(view):]
                if view and not self._wait_writable(deadline):
                    # Half a frame is on its way: nothing sensible can follow it.
                    error = ConnectionLost("the coordinator stopped reading", retryable=True)
                    self._fail(error)
                    raise error
        finally:
            self._send_lock.release()

    def _send_some(self, view: memoryview) -> int:
        with self._io_lock:
            if self._error is not None:
                raise copy.copy(self._error)
            try:
                return self._sock.send(view)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return 0
            except OSError as error:
                lost = ConnectionLost(f"the connection to {self._address} broke: {error}", retryable=True)
        self._fail(lost)
        raise lost

    def _wait_writable(self, deadline: float) -> bool:
        # Short turns, so that a connection that is closed meanwhile is noticed.
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            return False
        try:
            _ready(self._sock, True, min(1.0, remaining))
        except (OSError, ValueError):
            pass
        return True

    def _receive(self) -> bytes:
        while True:
            with self._io_lock:
                try:
                    return self._sock.recv(_READ_BYTES)
                except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    pass
            _ready(self._sock, False, None)

    def _read(self) -> None:
        reader = FrameReader(self._frame_bytes_max)
        error: CoordinatorError
        try:
            while True:
                data = self._receive()
                if not data:
                    error = ConnectionLost(
                        f"the coordinator at {self._address} closed the connection"
                        + (f": {self._goodbye}" if self._goodbye else ""), retryable=True)
                    break
                self.last_heard = time.monotonic()
                for reply in reader.feed(data):
                    self._dispatch(reply)
        except CoordinatorError as protocol_error:
            error = protocol_error
        except (OSError, ValueError) as os_error:
            error = ConnectionLost(f"the connection to {self._address} broke: {os_error}", retryable=True)
        self._fail(error)
        with self._io_lock:
            self._sock.close()

    def _dispatch(self, reply: Any) -> None:
        if self._hello and reply.call_id == self._hello and reply.code:
            # Whoever the coordinator does not know has no use for the connection.
            raise error_for_reply(reply.code, reply.message, details_of(reply.details), None)
        with self._calls_lock:
            call = self._calls.get(reply.call_id)
            if call is not None and reply.end:
                del self._calls[reply.call_id]
        if call is None:
            if reply.call_id == 0 and reply.code:
                self._goodbye = reply.message
            return
        if not reply.end and call.replies.qsize() >= STREAM_REPLIES_MAX:
            call.replies.put(ResourceExhausted(
                f"the stream was read too slowly: {STREAM_REPLIES_MAX} replies lie unread"))
            self.cancel(call)
            return
        call.replies.put(reply)

    def _fail(self, error: CoordinatorError) -> None:
        with self._calls_lock:
            if self._error is not None:
                return
            self._error = error
            calls, self._calls = self._calls, {}
        for call in calls.values():
            call.replies.put(error)
        # Wakes the reading thread, which closes the descriptor: nobody else does, so it cannot be another's by then.
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

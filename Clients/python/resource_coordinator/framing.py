"""Frames and addresses: what the threaded and the asyncio client share below the messages."""

from __future__ import annotations

import os
import struct
from typing import Any, Iterator, List, NamedTuple, Optional, Tuple

from . import resource_coordinator_pb2 as pb, tracing
from .errors import ProtocolError

FRAME_BYTES_MAX = 1 << 20
"""The largest frame, its four length bytes not counted."""

VERSION = "0.1.0"

_LENGTH = struct.Struct(">I")


class _DefaultHost(str):
    """Tells "not given" from an explicit "localhost", so that only the former gives way to COORDINATOR_ADDRESS."""


class _DefaultPort(int):
    """As `_DefaultHost`, for the port."""


DEFAULT_HOST = _DefaultHost("localhost")
DEFAULT_PORT = _DefaultPort(50051)


class Address(NamedTuple):
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def resolve_address(host: str, port: int) -> Address:
    """COORDINATOR_ADDRESS counts only where neither host nor port was given."""
    given = not isinstance(host, _DefaultHost) or not isinstance(port, _DefaultPort)
    text = "" if given else os.environ.get("COORDINATOR_ADDRESS", "")
    if text:
        return parse_address(text)
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65_535:
        raise ValueError(f"port must be a number from 1 to 65535, not {port!r}")
    return Address(str(host), int(port))


def parse_address(text: str) -> Address:
    """Reads `HOST`, `HOST:PORT`, `[IPv6]:PORT`, each with or without `tcp://` before it."""
    rest = text.strip()
    rest = rest[len("tcp://"):] if rest.startswith("tcp://") else rest
    host, port = rest, str(int(DEFAULT_PORT))
    if rest.startswith("["):
        host, bracket, tail = rest[1:].partition("]")
        if not bracket or (tail and not tail.startswith(":")):
            host = ""
        port = tail[1:] or port
    elif rest.count(":") == 1:
        host, _, port = rest.partition(":")
    if not host or not (port.isascii() and port.isdigit()) or not 1 <= int(port) <= 65_535:
        raise ValueError(f"COORDINATOR_ADDRESS must be HOST:PORT, [IPv6]:PORT or HOST, not {text!r}")
    return Address(host, int(port))


def call_metadata(token: Optional[str], traceparent: Optional[str] = None) -> List[Tuple[str, str]]:
    entries = [("client", f"python/{VERSION}")]
    if traceparent is not None:
        entries.append((tracing.KEY, tracing.checked_traceparent(traceparent)))
    if token:
        entries.append(("authorization", f"Bearer {token}"))
    return entries


def call_frame(
    call_id: int, method: int, payload: bytes, timeout: Optional[float], metadata: List[Tuple[str, str]],
    frame_bytes_max: int,
) -> bytes:
    """One Call. `timeout` in seconds is rounded up to a millisecond; None leaves it to the server."""
    call: Any = pb.Call(call_id=call_id, payload=payload)
    call.method = method
    if timeout is not None:
        call.timeout_ms = max(1, int(timeout * 1000 + 0.999))
    for key, value in metadata + tracing.trace_metadata():
        call.metadata.add(key=key, value=value)
    body: bytes = call.SerializeToString()
    if len(body) > frame_bytes_max:
        raise ValueError(f"the request takes {len(body)} bytes; a frame holds at most {frame_bytes_max}")
    return _LENGTH.pack(len(body)) + body


def hello_frame(call_id: int, metadata: List[Tuple[str, str]], frame_bytes_max: int) -> bytes:
    """The first call of a connection: the token that comes with it holds for all others, which then carry none."""
    payload: bytes = pb.HelloRequest(protocol_version=1, client=f"python/{VERSION}").SerializeToString()
    return call_frame(call_id, pb.METHOD_HELLO, payload, None, metadata, frame_bytes_max)


def has_token(metadata: List[Tuple[str, str]]) -> bool:
    return any(key == "authorization" for key, _ in metadata)


def after_hello(metadata: List[Tuple[str, str]]) -> List[Tuple[str, str]]:
    """What every call still carries once the connection's first one has shown who asks."""
    return [entry for entry in metadata if entry[0] == tracing.KEY]


def cancel_frame(call_id: int) -> bytes:
    body: bytes = pb.Call(call_id=call_id, cancel=True).SerializeToString()
    return _LENGTH.pack(len(body)) + body


class FrameReader:
    """Cuts received bytes into replies. At most one frame and one read's bytes are kept."""

    def __init__(self, frame_bytes_max: int = FRAME_BYTES_MAX) -> None:
        self._frame_bytes_max = frame_bytes_max
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        """Yields every reply that is now whole; a `ProtocolError` says that the connection is of no more use."""
        self._buffer += data
        start = 0
        try:
            while len(self._buffer) - start >= _LENGTH.size:
                (length,) = _LENGTH.unpack_from(self._buffer, start)
                if not 1 <= length <= self._frame_bytes_max:
                    raise ProtocolError(self._complaint(start, length))
                end = start + _LENGTH.size + length
                if len(self._buffer) < end:
                    break
                body = bytes(self._buffer[start + _LENGTH.size:end])
                start = end
                try:
                    reply = pb.Reply.FromString(body)
                except Exception as error:  # protobuf's DecodeError has no common base over its versions
                    raise ProtocolError(f"the server sent a frame that is no Reply: {error}") from error
                yield reply
        finally:
            del self._buffer[:start]

    def _complaint(self, start: int, length: int) -> str:
        head = bytes(self._buffer[start:start + 5])
        if head.startswith(b"HTTP"):
            return "the server speaks HTTP here; the coordinator's own port is 50051 by default"
        if head[:2] in (b"\x15\x03", b"\x16\x03"):
            return "the server speaks TLS here; pass `tls=`"
        return f"the server sent a frame of {length} bytes; 1 to {self._frame_bytes_max} are allowed"

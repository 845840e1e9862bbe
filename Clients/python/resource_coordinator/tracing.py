"""The W3C trace context that calls carry, so that the coordinator's events and logs can be found by a trace."""

from __future__ import annotations

import re
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Iterator, List, Optional, Tuple

KEY = "traceparent"
_FORM = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
_current: ContextVar[Optional[str]] = ContextVar("traceparent", default=None)


def checked_traceparent(value: str) -> str:
    """The value, if it is one. The coordinator would silently ignore another one, and a mistake would hide for ever."""
    if not isinstance(value, str) or _FORM.fullmatch(value) is None:
        raise ValueError(f"a traceparent is VERSION-TRACE-PARENT-FLAGS in lower-case hexadecimal digits, not {value!r}")
    return value


@contextmanager
def traceparent(value: str) -> Iterator[None]:
    """All calls made inside, of every client in this thread or task, carry the trace; it wins over the client's own.

    A lease that is kept alive beyond the block is renewed with the client's own trace, or none.
    """
    token = _current.set(checked_traceparent(value))
    try:
        yield
    finally:
        _current.reset(token)


def trace_metadata() -> List[Tuple[str, str]]:
    """What a call made here and now carries beside its connection's metadata. Of two values the last one counts."""
    value = _current.get()
    return [] if value is None else [(KEY, value)]

"""Every error that the client raises.

A `CoordinatorError` says what failed (`code`, one of gRPC's canonical names), why (`explanation`, `details`), and what
to do: whether asking again can help (`retryable`), when (`retry_after`, seconds), and about which request.
"""

from __future__ import annotations

from typing import Dict, Optional, Sequence, Tuple, Type

from .values import Detail, Explanation

CODE_NAMES = (
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
)


class CoordinatorError(Exception):
    """A call that did not end as asked. `message` is for people; programs look at the class, `code` and `reason`."""

    code = "UNKNOWN"

    def __init__(
        self,
        message: str,
        *,
        code: Optional[str] = None,
        explanation: Optional[Explanation] = None,
        details: Sequence[Detail] = (),
        retryable: bool = False,
        retry_after: Optional[float] = None,
        request_id: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        self.explanation = explanation
        self.details: Tuple[Detail, ...] = tuple(details)
        if not self.details and explanation is not None:
            self.details = explanation.blockers
        self.retryable = retryable
        self.retry_after = retry_after
        self.request_id = request_id
        self.maybe_done = False
        """Whether the call may have been carried out although no answer came."""

    @property
    def reason(self) -> str:
        """The first reason's stable code, such as "INSUFFICIENT_CAPACITY"; empty where there is none."""
        return self.details[0].reason if self.details else ""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Denied(CoordinatorError):
    """The coordinator decided: no. `request()` returns it as an outcome, `lease()` and `wait()` raise it."""

    code = "RESOURCE_EXHAUSTED"
    granted = False

    def __bool__(self) -> bool:
        return False


class QueueTimeout(CoordinatorError):
    """The request waited as long as it was allowed to. `explanation` says what was in the way at last."""

    code = "DEADLINE_EXCEEDED"


class LeaseLost(CoordinatorError):
    """The lease ended while it was in use: work done since may overlap another holder's."""

    code = "ABORTED"


class LeaseLostWarning(RuntimeWarning):
    """A lease was lost before its scope was left, and the scope was not strict."""


class InvalidArgument(CoordinatorError):
    code = "INVALID_ARGUMENT"


class DeadlineExceeded(CoordinatorError):
    code = "DEADLINE_EXCEEDED"


class NotFound(CoordinatorError):
    code = "NOT_FOUND"


class AlreadyExists(CoordinatorError):
    code = "ALREADY_EXISTS"


class PermissionDenied(CoordinatorError):
    code = "PERMISSION_DENIED"


class Unauthenticated(CoordinatorError):
    code = "UNAUTHENTICATED"


class ResourceExhausted(CoordinatorError):
    """A limit of the server (calls, streams, records) was met; a pool without capacity is `Denied` instead."""

    code = "RESOURCE_EXHAUSTED"


class FailedPrecondition(CoordinatorError):
    code = "FAILED_PRECONDITION"


class OutOfRange(CoordinatorError):
    code = "OUT_OF_RANGE"


class Unimplemented(CoordinatorError):
    code = "UNIMPLEMENTED"


class Cancelled(CoordinatorError):
    code = "CANCELLED"


class Unavailable(CoordinatorError):
    """The coordinator takes no calls now (it drains), or cannot be reached."""

    code = "UNAVAILABLE"


class CannotConnect(Unavailable):
    """No connection could be made, so nothing of the call was sent."""


class ConnectionLost(Unavailable):
    """The connection broke before the answer came: the call may have been carried out."""


class ClientClosed(CoordinatorError):
    """The client was used after `close()`."""

    code = "CANCELLED"


class ForkedClient(CoordinatorError):
    """The client was made before a fork and used in the child, where its thread and its leases are not."""

    code = "FAILED_PRECONDITION"


class ProtocolError(CoordinatorError):
    """The other end does not speak the coordinator's protocol."""

    code = "INTERNAL"


_BY_CODE: Dict[str, Type[CoordinatorError]] = {
    kind.code: kind
    for kind in (
        InvalidArgument, DeadlineExceeded, NotFound, AlreadyExists, PermissionDenied, Unauthenticated,
        ResourceExhausted, FailedPrecondition, OutOfRange, Unimplemented, Cancelled, Unavailable,
    )
}


def error_for_reply(
    code: int, message: str, details: Sequence[Detail], request_id: Optional[str] = None
) -> CoordinatorError:
    """The error that a reply with a code other than OK stands for."""
    name = CODE_NAMES[code] if 0 < code < len(CODE_NAMES) else "UNKNOWN"
    kind = _BY_CODE.get(name, CoordinatorError)
    retry_after = next((detail.retry_after for detail in details if detail.retry_after is not None), None)
    retryable = name == "UNAVAILABLE" or (name == "RESOURCE_EXHAUSTED" and retry_after is not None)
    return kind(
        message or name, code=name, details=details, retryable=retryable, retry_after=retry_after,
        request_id=request_id,
    )

"""What a call of the service may end with instead of an answer."""

from collections.abc import Mapping

from recsys.errors import RecsysError


class ServiceError(RecsysError):
    """The service gave no answer that can be read: it is down, out of reach, or something else answers."""


class ProblemError(ServiceError):
    """The service refused, and its problem document (RFC 9457) says why.

    `kind` is the last part of the problem's type, such as `not-found`, or empty where it has none;
    `errors` says what is wrong by parameter; `retry_after_s` when to come again, where it is said.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str,
        errors: Mapping[str, str],
        retry_after_s: float | None,
    ) -> None:
        super().__init__(f"{title} ({status}): {detail}")
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.errors = errors
        self.retry_after_s = retry_after_s

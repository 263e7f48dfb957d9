"""Errors a user can cause or mend; each carries the exit code of the command line."""

from typing import ClassVar


class RecsysError(Exception):
    """Something the caller can mend; the message says what, where and how."""

    exit_code: ClassVar[int] = 1


class UsageError(RecsysError):
    """A command or function was asked for something that makes no sense."""

    exit_code: ClassVar[int] = 2


class DataError(RecsysError):
    """Input data breaks its contract."""

    exit_code: ClassVar[int] = 3


class GateRefusedError(RecsysError):
    """The new model did not earn its place; the champion stays."""

    exit_code: ClassVar[int] = 4


class ReleaseError(RecsysError):
    """A release is missing, damaged or of another format; it is never served."""

    exit_code: ClassVar[int] = 3


class UnknownIdError(RecsysError):
    """An id is in no table of the release."""

    exit_code: ClassVar[int] = 2

    def __init__(self, kind: str, identifier: str, hint: str = "") -> None:
        """State which `kind` (creator, product, brand) has no such `identifier`, and what may be meant."""
        message = f"no {kind} with the id {identifier!r} in this release"
        super().__init__(f"{message}; {hint}" if hint else message)
        self.kind = kind
        self.identifier = identifier

import pytest

from recsys.errors import (
    DataError,
    GateRefusedError,
    RecsysError,
    ReleaseError,
    UnknownIdError,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2),
        (UnknownIdError("brand", "x"), 2),
        (DataError("x"), 3),
        (ReleaseError("x"), 3),
        (GateRefusedError("x"), 4),
    ],
)
def test_each_error_carries_the_exit_code_of_the_design(error: RecsysError, code: int) -> None:
    assert error.exit_code == code

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.rounding import known_step, rounded


@pytest.mark.parametrize(
    ("amount", "low", "high", "shown"),
    [
        (39.27, 0.0, 110.0, ("40", "0", "110")),
        (1_436.0, 0.0, 1_733.0, ("1,400", "0", "1,700")),
        (3.14, 0.0, 8.2, ("3", "0", "8")),
        (0.137, 0.052, 0.311, ("0.14", "0.05", "0.31")),
        (2.6, 0.0, 733.0, ("under 100", "0", "700")),
        # Without a width the first digit of the amount is known, if that.
        (0.37, 0.0, 0.0, ("0.4", "0.0", "0.0")),
        (0.0, 0.0, 0.0, ("0", "0", "0")),
    ],
)
def test_amounts_have_the_digits_that_their_interval_leaves_them(
    amount: float, low: float, high: float, shown: tuple[str, str, str]
) -> None:
    step = known_step(amount, low, high)
    assert tuple(rounded(number, step) for number in (amount, low, high)) == shown


@given(st.floats(1e-9, 1e15), st.floats(0, 1e15))
def test_an_interval_has_5_to_50_steps(width: float, low: float) -> None:
    if low + width > low:
        steps = (low + width - low) / known_step(low, low, low + width)
        assert 4.999 <= steps <= 50.001


@given(st.floats(1e-6, 1e15), st.floats(1e-6, 1e15))
def test_what_is_something_is_never_shown_as_nothing(amount: float, high: float) -> None:
    shown = rounded(amount, known_step(amount, 0.0, high)).replace(",", "")
    assert shown.startswith("under ") or float(shown) > 0

"""Numbers for people: with no more digits than are known."""

from math import ceil, floor, log10

# So many steps an interval has at most: more digits would tell apart what is not known apart.
STEPS = 50


def known_step(amount: float, low: float, high: float) -> float:
    """The power of ten to round an estimate to, so that its interval has 5 to 50 steps.

    Where the interval has no width, it is the first digit of the amount.
    """
    width = high - low
    if width > 0:
        return float(10.0 ** ceil(log10(width / STEPS)))
    return float(10.0 ** floor(log10(amount))) if amount > 0 else 1.0


def rounded(amount: float, step: float) -> str:
    """An amount to the nearest `step`, a power of ten; "under 10" where that would be nothing."""
    if 0 < amount < step / 2:
        return f"under {_digits(step, step)}"
    return _digits(round(amount / step) * step, step)


def _digits(amount: float, step: float) -> str:
    return f"{amount:,.{max(0, -round(log10(step)))}f}"

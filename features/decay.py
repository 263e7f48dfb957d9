"""Time decay: what happened a half-life ago counts half.

Weights are whole millionths and sums are exact decimals, so a total does not depend on the order in which
an engine adds its rows: the same data gives the same bytes, on any number of threads.
"""

from recsys.split import DAY_US

# Of which weights are whole parts.
UNIT = 1_000_000


def microseconds(days: float) -> int:
    """Some days in microseconds."""
    return round(days * DAY_US)


def decay_sql(instant: str, as_of: int, half_life: float) -> str:
    """SQL of the weight in millionths of something that happened at `instant` (microseconds of UTC)."""
    age = f"CAST({as_of} - {instant} AS DOUBLE)"
    return f"CAST(ROUND({UNIT} * POWER(0.5, {age} / {float(half_life)})) AS BIGINT)"


def squared_decay_sql(instant: str, as_of: int, half_life: float) -> str:
    """SQL of the squared weight, in millionths: it halves twice as fast."""
    return decay_sql(instant, as_of, half_life / 2)


def decayed_sum(quantity: str, weight: str = "decay") -> str:
    """SQL of the exact sum of a whole-numbered column times a column of weights: in millionths."""
    product = f"CAST({quantity} AS DECIMAL(18,0)) * CAST({weight} AS DECIMAL(9,0))"
    return f"CAST(SUM({product}) AS DECIMAL(38,0))"


def in_units(millionths: str) -> str:
    """SQL that turns a sum of millionths into units, as DOUBLE."""
    return f"CAST({millionths} AS DOUBLE) / {float(UNIT)}"

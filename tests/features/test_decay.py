import pytest

from features.decay import decay_sql, decayed_sum, in_units, microseconds, squared_decay_sql
from features.engine import Engine
from tests.exports import DAY

NOW = 1_000 * DAY


def _weight(engine: Engine, age: int, half_life_days: float) -> int:
    return engine.count(f"SELECT {decay_sql(str(NOW - age), NOW, microseconds(half_life_days))}")


@pytest.mark.parametrize(
    ("age_days", "millionths"),
    [(0, 1_000_000), (30, 500_000), (60, 250_000), (90, 125_000), (15, 707_107), (30 * 30, 0)],
)
def test_weight_halves_with_every_half_life(engine: Engine, age_days: int, millionths: int) -> None:
    assert _weight(engine, age_days * DAY, 30) == millionths


@pytest.mark.parametrize(("age_days", "millionths"), [(0, 1_000_000), (30, 250_000), (60, 62_500)])
def test_squared_weights_are_the_squares(engine: Engine, age_days: int, millionths: int) -> None:
    sql = squared_decay_sql(str(NOW - age_days * DAY), NOW, microseconds(30))
    assert engine.count(f"SELECT {sql}") == millionths


def test_a_half_life_may_be_part_of_a_day(engine: Engine) -> None:
    assert microseconds(0.5) == DAY // 2
    assert _weight(engine, DAY, 0.5) == 250_000


def test_a_sum_is_exact_where_doubles_would_round(engine: Engine) -> None:
    # 9_007_199_254_740_993 is 2⁵³ + 1: no double holds it.
    rows = ", ".join(f"({quantity}, 1)" for quantity in (2**53, 1))
    total = engine.count(f"SELECT {decayed_sum('quantity')} FROM (VALUES {rows}) AS t(quantity, decay)")
    assert total == 2**53 + 1


def test_millionths_are_turned_into_units(engine: Engine) -> None:
    assert engine.rows(f"SELECT {in_units('CAST(2500000 AS DECIMAL(38,0))')}") == [(2.5,)]

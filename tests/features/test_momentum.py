from pathlib import Path

from features.decay import microseconds
from features.engine import Engine
from features.momentum import PAST_UNITS, product_momentum_sql
from tests.exports import DAY, START, Row
from tests.features.reading import facts_of

NOW = START + 30 * DAY


def _momentum(
    tmp_path: Path, engine: Engine, *sales: Row, window_days: float = 7
) -> dict[object, list[object]]:
    snapshot = facts_of(tmp_path, engine, sales=list(sales)).at(NOW)
    momentum = product_momentum_sql(snapshot.sales, NOW, microseconds(window_days))
    rows = engine.rows(
        "SELECT product_id, trend, recent_units, earlier_units "
        f"FROM ({momentum}) AS momentum JOIN {snapshot.products} USING (product_index)"
    )
    return {product: values for product, *values in rows}


def _sale(days_ago: float, **given: object) -> Row:
    return {"ordered_at": NOW - round(days_ago * DAY), **given}


def test_momentum_by_hand(tmp_path: Path, engine: Engine) -> None:
    found = _momentum(
        tmp_path,
        engine,
        _sale(0, quantity=2),
        _sale(7, quantity=4, creator_id="c2"),
        _sale(14, quantity=8, creator_id="c2"),
        _sale(21, quantity=16, creator_id="c3"),
        _sale(0, quantity=5, refunded_quantity=5, creator_id="c4"),
        _sale(0, quantity=3, status="CANCELLED", product_id="p2"),
    )
    # A window's edge belongs to the window before it: 7 days ago is earlier, 14 days ago older still.
    assert found["p1"] == [2 + 4 / 2 + 8 / 4 + 16 / 8, 2, 4]
    assert found["p2"] == [0.0, 0, 0]


def test_eight_windows_are_told_from_the_last_one_back(tmp_path: Path, engine: Engine) -> None:
    sales = [_sale(days_ago, quantity=quantity) for days_ago, quantity in ((20, 2), (15, 3), (1, 5), (29, 7))]
    facts = facts_of(tmp_path, engine, sales=sales).at(NOW)
    momentum = product_momentum_sql(facts.sales, NOW, microseconds(7))
    ((*units,),) = engine.rows(f"SELECT {', '.join(PAST_UNITS)} FROM ({momentum}) AS momentum")
    assert units == [5, 0, 5, 0, 7, 0, 0, 0]


def test_a_window_of_a_day_ends_after_a_day(tmp_path: Path, engine: Engine) -> None:
    sales = (_sale(0.9, quantity=2), _sale(1.1, quantity=3))
    found = _momentum(tmp_path, engine, *sales, window_days=1.0)
    assert found["p1"][1:] == [2, 3]

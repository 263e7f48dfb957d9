from pathlib import Path

import pytest

from features.build import build_features
from features.engine import Engine
from features.outcomes import Outcomes, read_outcomes
from features.settings import MarketplaceSettings
from features.validation import validate
from tests.exports import DAY, START, Row, write_export

BEGIN, HORIZON = START + 30 * DAY, 14 * DAY
END = BEGIN + 7 * DAY
NOW = BEGIN + 60 * DAY
SECOND = 1_000_000


def _outcomes(
    tmp_path: Path,
    engine: Engine,
    sales: list[Row],
    engagement: list[Row] | None = None,
    *,
    until: int | None = None,
    as_of: int = NOW,
) -> Outcomes:
    engagement = engagement or []
    validate(engine, write_export(tmp_path / "export", sales=sales, engagement=engagement)).require(0.0)
    build_features(engine, MarketplaceSettings(), as_of)
    return read_outcomes(engine, BEGIN, END, HORIZON, until)


def _sale(instant: int, **given: object) -> Row:
    return {"ordered_at": instant, **given}


def test_promotions_are_those_that_began_in_the_period(tmp_path: Path, engine: Engine) -> None:
    found = _outcomes(
        tmp_path,
        engine,
        sales=[
            _sale(BEGIN, product_id="p2"),
            _sale(BEGIN - SECOND, product_id="p1"),
            _sale(BEGIN + DAY, product_id="p1"),
            _sale(END - SECOND, product_id="p3"),
            _sale(END, product_id="p4"),
            _sale(BEGIN + DAY, creator_id="c0", product_id="p3"),
        ],
        engagement=[{"period_start": BEGIN + 2 * DAY, "product_id": "p5"}],
    )
    # Creators and products ascend: c0 and c1, p1 … p5; p1 had begun before, p4 began later.
    assert len(found) == 4
    assert found.creators.tolist() == [0, 1, 1, 1]
    assert found.products.tolist() == [2, 1, 2, 4]
    assert found.started_at.tolist() == [BEGIN + DAY, BEGIN, END - SECOND, BEGIN + 2 * DAY]
    assert found.units.tolist() == [1, 1, 1, 0]


def test_sales_count_from_the_start_up_to_the_end_of_the_horizon(tmp_path: Path, engine: Engine) -> None:
    start = BEGIN + 3 * DAY
    found = _outcomes(
        tmp_path,
        engine,
        sales=[
            _sale(start, quantity=1),
            _sale(start + HORIZON - SECOND, quantity=2),
            _sale(start + HORIZON, quantity=4),
        ],
    )
    assert found.units.tolist() == [3.0]


def test_a_promotion_that_shows_before_it_sells_starts_when_it_shows(tmp_path: Path, engine: Engine) -> None:
    found = _outcomes(
        tmp_path,
        engine,
        sales=[_sale(BEGIN + HORIZON - SECOND, quantity=2), _sale(BEGIN + HORIZON, quantity=4)],
        engagement=[{"period_start": BEGIN}, {"period_start": BEGIN, "product_id": "p2"}],
    )
    assert found.started_at.tolist() == [BEGIN, BEGIN]
    assert found.units.tolist() == [2.0, 0.0]
    assert found.commission.tolist() == [1.0, 0.0]


def test_with_until_later_sales_do_not_count_however_young_the_promotion(
    tmp_path: Path, engine: Engine
) -> None:
    until = BEGIN + HORIZON
    sales = [
        _sale(BEGIN + 6 * DAY, quantity=1),
        _sale(until - SECOND, quantity=2),
        _sale(until, quantity=4),
        _sale(until + 6 * DAY, quantity=8),
    ]
    assert _outcomes(tmp_path, engine, sales, until=until).units.tolist() == [3.0]
    assert read_outcomes(engine, BEGIN, END, HORIZON).units.tolist() == [7.0]
    # A later bound than the horizon's end lengthens nothing.
    assert read_outcomes(engine, BEGIN, END, HORIZON, NOW).units.tolist() == [7.0]


@pytest.mark.parametrize(
    ("state", "net_units", "amount", "commission"),
    [
        ({}, 4.0, 10.0, 2.5),
        ({"refunded_quantity": 1}, 3.0, 7.5, 1.875),
        ({"refunded_quantity": 4}, 0.0, 0.0, 0.0),
        ({"status": "CANCELLED"}, 0.0, 0.0, 0.0),
    ],
)
def test_what_came_back_was_ordered_and_is_not_earned(
    tmp_path: Path, engine: Engine, state: Row, net_units: float, amount: float, commission: float
) -> None:
    sale = _sale(BEGIN, quantity=4, amount=10.0, commission_rate=0.25)
    found = _outcomes(tmp_path, engine, [{**sale, **state}])
    assert found.units.tolist() == [4.0]
    assert found.net_units.tolist() == [net_units]
    assert found.amount.tolist() == [amount]
    assert found.commission.tolist() == [commission]


def test_a_refund_counts_once_it_is_known(tmp_path: Path, engine: Engine) -> None:
    sale = _sale(BEGIN, sale_id="s", quantity=4)
    refund: Row = {**sale, "refunded_quantity": 3, "updated_at": BEGIN + 20 * DAY}
    found = _outcomes(tmp_path, engine, [sale, refund], as_of=BEGIN + 20 * DAY)
    assert (found.units.tolist(), found.net_units.tolist()) == ([4.0], [1.0])
    build_features(engine, MarketplaceSettings(), BEGIN + 20 * DAY - 1)
    before = read_outcomes(engine, BEGIN, END, HORIZON)
    assert (before.units.tolist(), before.net_units.tolist()) == ([4.0], [4.0])


def test_each_order_line_earns_at_its_own_rate(tmp_path: Path, engine: Engine) -> None:
    found = _outcomes(
        tmp_path,
        engine,
        [
            _sale(BEGIN, amount=30.0, commission_rate=0.1),
            _sale(BEGIN + DAY, amount=10.0, commission_rate=0.25, content_id="another"),
        ],
    )
    assert found.amount.tolist() == [40.0]
    assert found.commission.tolist() == [3.0 + 2.5]


def test_a_period_in_which_nothing_began_has_no_promotions(tmp_path: Path, engine: Engine) -> None:
    found = _outcomes(tmp_path, engine, [_sale(BEGIN - DAY)])
    assert len(found) == 0
    assert found.units.tolist() == []

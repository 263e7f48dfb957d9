from pathlib import Path

import pytest

from features.build import build_features
from features.engine import Engine
from features.facts import Facts
from features.labels import (
    Outcomes,
    first_commission,
    first_sales,
    promoting_creators,
    read_outcomes,
    sold_by_age,
)
from features.settings import MarketplaceSettings
from tests.exports import DAY, START, Row
from tests.features.reading import facts_of

BEGIN, HORIZON = START + 30 * DAY, 14 * DAY
END = BEGIN + 7 * DAY
NOW = BEGIN + 60 * DAY
SECOND = 1_000_000


def _facts(tmp_path: Path, engine: Engine, sales: list[Row], engagement: list[Row] | None = None) -> Facts:
    return facts_of(tmp_path, engine, sales=sales, engagement=engagement or [])


def _outcomes(
    tmp_path: Path, engine: Engine, sales: list[Row], engagement: list[Row] | None = None
) -> Outcomes:
    return read_outcomes(_facts(tmp_path, engine, sales, engagement).at(NOW), BEGIN, END, HORIZON)


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
    now = _facts(tmp_path, engine, sales).at(NOW)
    assert read_outcomes(now, BEGIN, END, HORIZON, until).units.tolist() == [3.0]
    assert read_outcomes(now, BEGIN, END, HORIZON).units.tolist() == [7.0]
    # A later bound than the horizon's end lengthens nothing.
    assert read_outcomes(now, BEGIN, END, HORIZON, NOW).units.tolist() == [7.0]


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
    facts = _facts(tmp_path, engine, [sale, refund])
    found, before = (
        read_outcomes(facts.at(BEGIN + 20 * DAY - early), BEGIN, END, HORIZON) for early in (0, 1)
    )
    assert (found.units.tolist(), found.net_units.tolist()) == ([4.0], [1.0])
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


def _before_now(days: float) -> int:
    return NOW - round(days * DAY)


def _pair(creator: str, product: str, days_ago: float, **given: object) -> Row:
    return {"creator_id": creator, "product_id": product, "ordered_at": _before_now(days_ago), **given}


def test_first_sales_by_hand(tmp_path: Path, engine: Engine) -> None:
    tables: dict[str, list[Row]] = {
        "sales": [
            # Old before the cutoff 14 days ago: what sells again is no news.
            _pair("ann", "soap", 20),
            _pair("ann", "soap", 3, quantity=5),
            # New, in two orders of which one was partly refunded.
            _pair("ann", "pan", 5, quantity=2),
            _pair("ann", "pan", 4, quantity=3, refunded_quantity=1),
            # Sold before but all of it refunded before the cutoff: it counts as new.
            _pair("bob", "soap", 30, quantity=2, refunded_quantity=2),
            _pair("bob", "soap", 1, quantity=1),
            # Sold and given back within the horizon, and cancelled.
            _pair("bob", "pan", 2, quantity=4, refunded_quantity=4),
            _pair("bob", "tea", 2, status="CANCELLED"),
            # Just at the cutoff, and just after it.
            _pair("zoe", "soap", 14),
            {**_pair("zoe", "pan", 14), "ordered_at": _before_now(14) + 1, "updated_at": _before_now(13)},
        ],
    }
    facts = facts_of(tmp_path, engine, **tables)
    # Columns are pan, soap, tea.
    assert first_sales(facts.at(_before_now(14)), facts.at(NOW)).toarray().tolist() == [
        [4, 0, 0],
        [0, 1, 0],
        [1, 0, 0],
    ]


def test_first_sales_earn_at_the_rate_of_each_order_line(tmp_path: Path, engine: Engine) -> None:
    sales = [
        _pair("ann", "soap", 20, amount=100.0),
        _pair("ann", "soap", 3, amount=100.0),
        _pair("ann", "pan", 5, amount=30.0, commission_rate=0.1),
        _pair("ann", "pan", 4, quantity=2, refunded_quantity=1, amount=40.0, commission_rate=0.25),
        _pair("bob", "pan", 2, amount=50.0, refunded_quantity=1),
    ]
    facts = facts_of(tmp_path, engine, sales=sales)
    found = first_commission(facts.at(_before_now(14)), facts.at(NOW)).toarray()
    # Columns are pan, soap; of 40.00 half was given back.
    assert found.tolist() == [[3.0 + 5.0, 0], [0, 0]]


@pytest.mark.parametrize("built_last", ["cutoff", "end"])
def test_labels_do_not_depend_on_what_was_built_last(tmp_path: Path, engine: Engine, built_last: str) -> None:
    sales = [_sale(BEGIN - DAY), _sale(BEGIN + DAY, product_id="p2", quantity=3)]
    facts = _facts(tmp_path, engine, sales)
    at_cutoff, at_end = facts.at(BEGIN), facts.at(NOW)
    for snapshot in (at_end, at_cutoff) if built_last == "cutoff" else (at_cutoff, at_end):
        build_features(snapshot, MarketplaceSettings())
    assert first_sales(at_cutoff, at_end).toarray().tolist() == [[0, 3]]
    assert read_outcomes(at_end, BEGIN, END, HORIZON).units.tolist() == [3.0]
    assert len(read_outcomes(at_cutoff, BEGIN, END, HORIZON)) == 0


def test_who_began_a_content_promotes(tmp_path: Path, engine: Engine) -> None:
    sales: list[Row] = [
        # A content from before that still sells, one that begins in time, one that is too late.
        {"creator_id": "a", "ordered_at": BEGIN - DAY, "content_id": "old"},
        {"creator_id": "a", "ordered_at": BEGIN + DAY, "content_id": "old"},
        {"creator_id": "b", "ordered_at": BEGIN, "content_id": "new"},
        {"creator_id": "c", "ordered_at": END, "content_id": "late"},
    ]
    at_end = _facts(tmp_path, engine, sales).at(NOW)
    assert promoting_creators(at_end, BEGIN, END).tolist() == [False, True, False]


def test_what_promotions_have_sold_by_each_part_of_their_horizon(tmp_path: Path, engine: Engine) -> None:
    start = BEGIN + 3 * DAY
    facts = _facts(
        tmp_path,
        engine,
        sales=[
            # Two days after the first view; at once; a moment before the horizon ends, and when it has.
            _sale(start, quantity=1),
            _sale(start, product_id="p2", quantity=2),
            _sale(start + HORIZON - SECOND, product_id="p2", quantity=4),
            _sale(start + HORIZON, product_id="p2", quantity=8),
            # Of a promotion that began before, and of one that began later.
            _sale(start, product_id="p3", quantity=16),
            _sale(END, product_id="p4", quantity=32),
        ],
        engagement=[
            {"period_start": start - 2 * DAY},
            {"period_start": BEGIN - SECOND, "product_id": "p3"},
        ],
    )
    # Parts of two days each: the sale on the second day lies in the second part.
    assert sold_by_age(facts.at(NOW), BEGIN, END, HORIZON, 7).tolist() == [0, 2, 3, 3, 3, 3, 3, 7]
    assert sold_by_age(facts.at(NOW), NOW - DAY, NOW, HORIZON, 7).tolist() == [0] * 8

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.attribution import SalesTotals, create_attribution
from features.engine import Engine, open_engine
from features.state import create_state
from features.validation import validate
from recsys.errors import DataError
from tests.exports import DAY, START, Row, write_export

NOW = START + 10 * DAY
HALF_LIFE = 5 * DAY


def _attribute(tmp_path: Path, engine: Engine, *sales: Row) -> SalesTotals:
    validate(engine, write_export(tmp_path / "export", sales=sales)).require(0.0)
    create_state(engine, NOW)
    return create_attribution(engine, NOW, HALF_LIFE)


def _pair(engine: Engine) -> tuple[object, ...]:
    ((orders, units, amount, net_units, net_amount, decayed),) = engine.rows(
        "SELECT orders, units, amount, net_units, net_amount, decayed_units FROM pair_sales"
    )
    return orders, units, amount, net_units, net_amount, decayed


@pytest.mark.parametrize(
    ("state", "net_units", "net_amount"),
    [
        ({}, 4, "10.0000"),
        ({"status": "SETTLED"}, 4, "10.0000"),
        ({"refunded_quantity": 1}, 3, "7.5000"),
        ({"refunded_quantity": 4}, 0, "0.0000"),
        ({"status": "CANCELLED"}, 0, "0.0000"),
        ({"status": "CANCELLED", "refunded_quantity": 1}, 0, "0.0000"),
    ],
)
def test_what_is_left_of_a_sale_by_hand(
    tmp_path: Path, engine: Engine, state: Row, net_units: int, net_amount: str
) -> None:
    totals = _attribute(tmp_path, engine, {"ordered_at": NOW, "quantity": 4, "amount": 10.0, **state})
    assert _pair(engine) == (
        1, 4, Decimal("10.0000"), net_units, Decimal(net_amount), Decimal(net_units * 1_000_000),
    )  # fmt: skip
    assert totals == SalesTotals(1, 4, Decimal("10.0000"), net_units, Decimal(net_amount))


def test_a_partial_refund_of_an_odd_amount_is_rounded_to_a_hundredth_of_a_cent(
    tmp_path: Path, engine: Engine
) -> None:
    _attribute(tmp_path, engine, {"quantity": 3, "amount": 10.0, "refunded_quantity": 1})
    assert _pair(engine)[4] == Decimal("6.6667")


def test_a_refund_leaves_exactly_what_was_there_without_the_sale(tmp_path: Path) -> None:
    kept: Row = {"sale_id": "kept", "quantity": 2, "amount": 0.1}
    refunded: Row = {"sale_id": "gone", "quantity": 7, "amount": 0.7, "refunded_quantity": 7}
    left = []
    for place, sales in enumerate(([kept], [kept, refunded])):
        with open_engine(tmp_path / "work") as engine:
            _attribute(tmp_path / str(place), engine, *sales)
            left.append(engine.rows("SELECT net_units, net_amount, decayed_units FROM pair_sales"))
    assert left[0] == left[1]


def test_units_count_half_after_each_half_life(tmp_path: Path, engine: Engine) -> None:
    _attribute(
        tmp_path,
        engine,
        {"ordered_at": NOW, "quantity": 1},
        {"ordered_at": NOW - HALF_LIFE, "quantity": 3},
        {"ordered_at": NOW - 2 * HALF_LIFE, "quantity": 4},
    )
    assert _pair(engine)[5] == Decimal(1_000_000 + 3 * 500_000 + 4 * 250_000)


def test_sales_are_kept_by_content_and_added_up_by_pair(tmp_path: Path, engine: Engine) -> None:
    rows = [("v1", "p1", 1, 0), ("v1", "p1", 2, 3), ("v2", "p1", 4, 1), ("v1", "p2", 8, 2)]
    totals = _attribute(
        tmp_path,
        engine,
        *(
            {"content_id": content, "product_id": product, "quantity": units, "ordered_at": START + day * DAY}
            for content, product, units, day in rows
        ),
    )
    assert engine.rows(
        "SELECT content_id, product_id, orders, units, first_ordered_at, last_ordered_at "
        "FROM content_sales ORDER BY ALL"
    ) == [
        ("v1", "p1", 2, 3, START, START + 3 * DAY),
        ("v1", "p2", 1, 8, START + 2 * DAY, START + 2 * DAY),
        ("v2", "p1", 1, 4, START + DAY, START + DAY),
    ]
    assert engine.rows(
        "SELECT product_id, selling_contents, orders, units, first_ordered_at, last_ordered_at "
        "FROM pair_sales ORDER BY ALL"
    ) == [
        ("p1", 2, 3, 7, START, START + 3 * DAY),
        ("p2", 1, 1, 8, START + 2 * DAY, START + 2 * DAY),
    ]
    assert (totals.orders, totals.units) == (4, 15)


def test_no_sales_have_totals_of_nothing(tmp_path: Path, engine: Engine) -> None:
    assert _attribute(tmp_path, engine) == SalesTotals(0, 0, Decimal(0), 0, Decimal(0))


def test_a_level_that_lost_a_sale_stops_the_night(tmp_path: Path, engine: Engine) -> None:
    _attribute(tmp_path, engine, {"sale_id": "a"}, {"sale_id": "b", "product_id": "p2"})
    # Orders that read otherwise each time stand in for an attribution gone wrong.
    engine.run("ALTER TABLE state_sales RENAME TO all_sales")
    engine.run("CREATE SEQUENCE more")
    engine.run(
        "CREATE VIEW state_sales AS SELECT * REPLACE (quantity + nextval('more') AS quantity) FROM all_sales"
    )
    with pytest.raises(DataError, match="content_sales does not reconcile with the orders"):
        create_attribution(engine, NOW, HALF_LIFE)


LINES = st.lists(
    st.tuples(st.integers(1, 9), st.integers(0, 10**7), st.integers(0, 9), st.sampled_from(["c1", "c2"])),
    min_size=1,
    max_size=12,
)


@settings(max_examples=6, deadline=None)
@given(LINES)
def test_lines_contents_and_pairs_agree_to_the_last_cent(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[int, int, int, str]]
) -> None:
    folder = tmp_path_factory.mktemp("case")
    sales: list[Row] = [
        {
            "quantity": quantity,
            "amount": Decimal(cents) / 100,
            "refunded_quantity": min(refunded, quantity),
            "creator_id": creator,
            "product_id": f"p{quantity % 2}",
        }
        for quantity, cents, refunded, creator in lines
    ]
    with open_engine(folder / "work") as engine:
        totals = _attribute(folder, engine, *sales)
    assert totals.orders == len(lines)
    assert totals.units == sum(quantity for quantity, *_ in lines)
    assert totals.amount == sum((Decimal(cents) / 100 for _, cents, *_ in lines), Decimal(0))
    assert totals.net_units == sum(max(quantity - refunded, 0) for quantity, _, refunded, _ in lines)
    kept = sum(
        (
            Decimal(cents) / 100 * max(quantity - refunded, 0) / quantity
            for quantity, cents, refunded, _ in lines
        ),
        Decimal(0),
    )
    assert abs(totals.net_amount - kept) <= Decimal("0.0001") * len(lines)

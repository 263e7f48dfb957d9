from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.attribution import pair_sales_sql
from features.engine import Engine, open_engine
from features.pairs import read_pairs
from features.snapshot import Snapshot
from recsys.errors import DataError
from tests.exports import DAY, START, Row
from tests.features.reading import facts_of

NOW = START + 10 * DAY
HALF_LIFE = 5 * DAY


def _now(tmp_path: Path, engine: Engine, *sales: Row) -> Snapshot:
    return facts_of(tmp_path, engine, sales=list(sales)).at(NOW)


def _pairs(now: Snapshot) -> list[tuple[object, ...]]:
    sql = pair_sales_sql(now.sales, NOW, HALF_LIFE)
    return now.engine.rows(
        "SELECT creator_index, product_index, net_units, decayed_units, started_at "
        f"FROM ({sql}) AS pairs ORDER BY ALL"
    )


def _lines(now: Snapshot) -> list[tuple[object, ...]]:
    return now.engine.rows(f"SELECT quantity, amount, net_quantity, net_amount FROM {now.sales} ORDER BY ALL")


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
    now = _now(tmp_path, engine, {"ordered_at": NOW, "quantity": 4, "amount": 10.0, **state})
    assert _lines(now) == [(4, Decimal("10.0000"), net_units, Decimal(net_amount))]
    assert _pairs(now) == [(0, 0, net_units, Decimal(net_units * 1_000_000), NOW)]


@pytest.mark.parametrize(
    ("amount", "quantity", "refunded", "left"),
    [
        ("10.0000", 3, 1, "6.6667"),
        ("10.0000", 3, 2, "3.3333"),
        # Half a ten-thousandth is rounded up, from odd and from even.
        ("0.0001", 2, 1, "0.0001"),
        ("0.0003", 2, 1, "0.0002"),
        ("0.0005", 2, 1, "0.0003"),
        ("0.0007", 14, 13, "0.0001"),
        ("99999999999.9999", 3, 2, "33333333333.3333"),
    ],
)
def test_what_a_partial_refund_leaves_is_rounded_half_up_to_a_ten_thousandth(
    tmp_path: Path, engine: Engine, amount: str, quantity: int, refunded: int, left: str
) -> None:
    line: Row = {"quantity": quantity, "amount": Decimal(amount), "refunded_quantity": refunded}
    assert _lines(_now(tmp_path, engine, line))[0][3] == Decimal(left)


def test_a_refund_leaves_exactly_what_was_there_without_the_sale(tmp_path: Path) -> None:
    kept: Row = {"sale_id": "kept", "quantity": 2, "amount": 0.1}
    refunded: Row = {"sale_id": "gone", "quantity": 7, "amount": 0.7, "refunded_quantity": 7}
    left = []
    for place, sales in enumerate(([kept], [kept, refunded])):
        with open_engine(tmp_path / "work") as engine:
            now = _now(tmp_path / str(place), engine, *sales)
            sums = engine.rows(f"SELECT SUM(net_quantity), SUM(net_amount) FROM {now.sales}")
            left.append((sums, _pairs(now)))
    assert left[0] == left[1]


def test_units_count_half_after_each_half_life(tmp_path: Path, engine: Engine) -> None:
    now = _now(
        tmp_path,
        engine,
        {"ordered_at": NOW, "quantity": 1},
        {"ordered_at": NOW - HALF_LIFE, "quantity": 3},
        {"ordered_at": NOW - 2 * HALF_LIFE, "quantity": 4},
    )
    assert _pairs(now)[0][3] == Decimal(1_000_000 + 3 * 500_000 + 4 * 250_000)


def test_sales_of_all_contents_are_added_up_by_pair(tmp_path: Path, engine: Engine) -> None:
    rows = [("v1", "p1", 1, 1), ("v1", "p1", 2, 3), ("v2", "p1", 4, 0), ("v1", "p2", 8, 2)]
    now = _now(
        tmp_path,
        engine,
        *(
            {"content_id": content, "product_id": product, "quantity": units, "ordered_at": START + day * DAY}
            for content, product, units, day in rows
        ),
    )
    found = [(*pair, units, start) for *pair, units, _, start in _pairs(now)]
    assert found == [(0, 0, 7, START), (0, 1, 8, START + 2 * DAY)]


def test_no_sales_make_no_pairs(tmp_path: Path, engine: Engine) -> None:
    assert _pairs(_now(tmp_path, engine)) == []


def test_pairs_that_lost_a_sale_stop_the_night(tmp_path: Path, engine: Engine) -> None:
    now = _now(tmp_path, engine, {"sale_id": "a", "quantity": 2}, {"sale_id": "b", "product_id": "p2"})
    # Orders that read otherwise each time stand in for an attribution gone wrong.
    engine.run("ALTER TABLE facts_sales RENAME TO all_sales")
    engine.run("CREATE SEQUENCE more")
    engine.run(
        "CREATE VIEW facts_sales AS "
        "SELECT * REPLACE (net_quantity + nextval('more') AS net_quantity) FROM all_sales"
    )
    with pytest.raises(DataError, match="net units, their order lines"):
        read_pairs(now, HALF_LIFE)


LINES = st.lists(
    st.tuples(st.integers(1, 9), st.integers(0, 10**7), st.integers(0, 9), st.sampled_from(["c1", "c2"])),
    min_size=1,
    max_size=12,
)


@settings(max_examples=6, deadline=None)
@given(LINES)
def test_pairs_hold_the_units_of_all_lines_and_money_is_exact(
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
        now = _now(folder, engine, *sales)
        pairs = read_pairs(now, HALF_LIFE)
        ((money,),) = engine.rows(f"SELECT SUM(net_amount) FROM {now.sales}")
    assert pairs.net_units.sum() == sum(max(quantity - refunded, 0) for quantity, _, refunded, _ in lines)
    kept = [
        (2 * cents * 100 * max(quantity - refunded, 0) + quantity) // (2 * quantity)
        for quantity, cents, refunded, _ in lines
    ]
    assert money == Decimal(sum(kept)) / 10_000

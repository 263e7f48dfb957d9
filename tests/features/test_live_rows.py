from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.decay import microseconds
from features.engine import open_engine
from features.event_log import Event, Value
from features.facts import collapse
from features.intake import read_export
from features.live_rows import Since
from features.open_log import open_log
from features.pairs import read_pairs, read_stored_totals
from features.weighting import AffinityFunction
from recsys.pair_totals import StoredTotals
from tests.exports import at, write_tables

HALF_LIFE = microseconds(30.0)
AS_OF = at("2026-01-10")
PRODUCTS = ["cream", "lamp", "vase"]
CREATORS = ["ada", "bob"]


def order(name: str, creator: str, product: str, day: float, updated: float, **row: Value) -> Event:
    state: dict[str, Value] = {
        "sale_id": name,
        "ordered_at": instant(day),
        "creator_id": creator,
        "product_id": product,
        "content_id": f"content of {creator}",
        "quantity": 5,
        "amount": 30.0,
        "commission_rate": 0.1,
        "refunded_quantity": 0,
        "status": "PLACED",
        "updated_at": instant(updated),
    }
    return Event("sales", state | row)


def seen(creator: str, product: str, day: int, updated: float, **row: Value) -> Event:
    state: dict[str, Value] = {
        "content_id": f"content of {creator}",
        "product_id": product,
        "period_start": instant(day),
        "creator_id": creator,
        "content_type": "VIDEO",
        "views": 1_000,
        "product_clicks": 30,
        "updated_at": instant(updated),
    }
    return Event("engagement", state | row)


def instant(day: float) -> str:
    whole, hours = int(day), round(24 * (day % 1))
    return f"2026-01-{whole:02d}T{hours:02d}:00:00.000000Z"


BEFORE = [
    order("s1", "ada", "cream", 2, 2),
    order("s2", "ada", "lamp", 5, 6, refunded_quantity=2),
    order("s3", "bob", "vase", 3, 3),
    seen("ada", "cream", 2, 3, likes=7),
]
SINCE = [
    order("t1", "ada", "cream", 10.5, 10.5),
    order("t1", "ada", "cream", 10.5, 11, refunded_quantity=4),
    order("t1", "ada", "cream", 10.5, 11, refunded_quantity=5),
    order("t2", "ada", "vase", 11, 11),
    order("t2", "ada", "vase", 11, 14.25, status="CANCELLED"),
    order("t3", "ada", "vase", 12, 12.5, buyer_id="x"),
    order("t3", "ada", "vase", 12, 12.5),
    seen("ada", "lamp", 10, 11, views=5_000, add_to_carts=3),
    seen("ada", "lamp", 10, 12, views=9_000, add_to_carts=4),
    seen("ada", "vase", 12, 13),
]


def night(home: Path, rows: list[Event], as_of: int) -> tuple[StoredTotals, StoredTotals, AffinityFunction]:
    """Totals of a night, those decayed from `AS_OF`, and its function."""
    tables: dict[str, list[Mapping[str, Value]]] = {"sales": [], "engagement": []}
    for event in rows:
        tables[event.table].append(event.row)
    creators, products = (
        [{key: name} for name in names] for key, names in (("creator_id", CREATORS), ("product_id", PRODUCTS))
    )
    data = write_tables(home / "export", {"creators": creators, "products": products, **tables})
    with open_engine(home / "work") as engine:
        read_export(engine, data, home, as_of)
        snapshot = collapse(engine).at(as_of)
        function = AffinityFunction.fitted(read_pairs(snapshot, HALF_LIFE).channels)
        return (
            read_stored_totals(snapshot, HALF_LIFE),
            read_stored_totals(snapshot, HALF_LIFE, AS_OF),
            function,
        )


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> tuple[StoredTotals, Since]:
    totals, same, function = night(tmp_path_factory.mktemp("before"), BEFORE, AS_OF)
    np.testing.assert_array_equal(totals.totals, same.totals)
    return totals, Since(AS_OF, HALF_LIFE, function)


def row_of(before: tuple[StoredTotals, Since], events: list[Event]) -> dict[int, float]:
    totals, since = before
    row = since.row(
        *totals.of_creator(0), events, lambda name: PRODUCTS.index(name) if name in PRODUCTS else -1
    )
    return dict(zip(row.products.tolist(), row.affinity.tolist(), strict=True))


def test_without_events_the_row_is_the_nights(before: tuple[StoredTotals, Since]) -> None:
    totals, since = before
    products, stored = totals.of_creator(0)
    assert products.tolist() == [0, 1]
    channels = {
        "units": (stored[:, -1] / 1e6).astype(np.float32),
        "views": (stored[:, 0] / 1e6).astype(np.float32),
    }
    assert row_of(before, []).keys() == {0, 1}
    assert set(channels) <= set(since.function.scales)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(range(len(SINCE))), min_size=1, max_size=14))
def test_row_night_and_replay_in_any_order_agree_exactly(
    before: tuple[StoredTotals, Since], tmp_path_factory: pytest.TempPathFactory, drawn: list[int]
) -> None:
    events = [SINCE[place] for place in drawn]
    live = row_of(before, events)
    assert live == row_of(before, sorted(events, key=lambda event: event.text))

    home = tmp_path_factory.mktemp("after")
    open_log(home).append(events)
    _, after, _ = night(home, BEFORE, at("2026-01-20"))
    products, totals = after.of_creator(0)
    whole = before[1].row(products, totals, [], PRODUCTS.index)
    assert live == dict(zip(whole.products.tolist(), whole.affinity.tolist(), strict=True))


def test_a_sale_raises_a_product_and_its_refund_takes_that_back(before: tuple[StoredTotals, Since]) -> None:
    totals, since = before
    sold = order("t9", "ada", "cream", 12, 12)
    back = order("t9", "ada", "cream", 12, 13, refunded_quantity=5)
    assert row_of(before, [sold])[0] > row_of(before, [])[0]
    assert row_of(before, [back, sold]) == row_of(before, [])
    found = since.row(*totals.of_creator(0), [sold], PRODUCTS.index)
    assert (found.sold_products.tolist(), found.sold_units.tolist()) == ([0], [5])


def test_what_began_before_the_night_or_is_of_a_new_product_waits_for_the_next(
    before: tuple[StoredTotals, Since],
) -> None:
    late = [order("s9", "ada", "vase", 9, 12), seen("ada", "vase", 9, 12), order("t8", "ada", "rug", 12, 12)]
    assert row_of(before, late) == row_of(before, [])

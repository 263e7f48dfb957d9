from pathlib import Path

import numpy as np
import pytest

from features.engine import Engine
from features.pairs import PairTotals, read_pairs
from features.promotions import (
    creator_contents_sql,
    newcomer_yields,
    product_promoters,
    product_returns_sql,
)
from features.snapshot import Snapshot
from tests.exports import DAY, START, Row
from tests.features.reading import facts_of

NOW = START + 60 * DAY
WINDOW, REFUND_WINDOW = 14 * DAY, 21 * DAY


def _now(tmp_path: Path, engine: Engine, **tables: list[Row]) -> Snapshot:
    return facts_of(tmp_path, engine, **tables).at(NOW)


def _contents(now: Snapshot) -> list[tuple[object, ...]]:
    sql = creator_contents_sql(now.engagement, now.sales, NOW, WINDOW)
    return now.engine.rows(
        "SELECT creator_index, recent_contents, watched, views, squared_views "
        f"FROM ({sql}) AS contents ORDER BY 1"
    )


def _sale(days_ago: float, **given: object) -> Row:
    return {"ordered_at": NOW - round(days_ago * DAY), **given}


def _views(days_ago: float, views: int = 100, **given: object) -> Row:
    return {"period_start": NOW - round(days_ago * DAY), "views": views, **given}


def test_a_pair_starts_with_its_first_trace_of_either_kind(tmp_path: Path, engine: Engine) -> None:
    now = _now(
        tmp_path,
        engine,
        sales=[
            _sale(20, product_id="seen first"),
            _sale(40, product_id="sold first"),
            _sale(10, product_id="sold alone"),
            _sale(5, product_id="sold alone"),
            # All of it came back, yet it was promoted.
            _sale(9, product_id="returned", status="CANCELLED"),
        ],
        engagement=[
            _views(30, product_id="seen first"),
            _views(25, product_id="seen first"),
            _views(30, product_id="sold first"),
            _views(3, product_id="seen alone"),
        ],
    )
    pairs, ids = read_pairs(now, 30 * DAY), now.product_ids.ids()
    assert [(ids[p], at) for p, at in zip(pairs.product_index, pairs.started_at, strict=True)] == [
        ("returned", NOW - 9 * DAY),
        ("seen alone", NOW - 3 * DAY),
        ("seen first", NOW - 30 * DAY),
        ("sold alone", NOW - 10 * DAY),
        ("sold first", NOW - 40 * DAY),
    ]


def test_contents_are_counted_by_creator_and_views_of_the_young_left_out(
    tmp_path: Path, engine: Engine
) -> None:
    now = _now(
        tmp_path,
        engine,
        sales=[_sale(1, creator_id="c2", content_id="sold alone")],
        engagement=[
            # Two days and two products of one content, posted before the window.
            _views(30, 100, content_id="old"),
            _views(2, 50, content_id="old", product_id="p2"),
            # Exactly a window ago is old enough.
            _views(14, 7, content_id="edge"),
            _views(13.9, 1_000, content_id="young"),
            _views(20, 0, content_id="seen by nobody"),
        ],
    )
    assert _contents(now) == [
        (0, 1, 3, 150 + 7, 150.0**2 + 7.0**2),
        (1, 1, 0, 0, 0.0),
    ]


def test_squares_of_the_most_views_that_a_column_allows_are_summed_up(tmp_path: Path, engine: Engine) -> None:
    most = 10**12
    now = _now(
        tmp_path,
        engine,
        engagement=[_views(30, most, content_id="a"), _views(30, most, content_id="b")],
    )
    assert _contents(now) == [(0, 0, 2, 2 * most, 2.0 * most**2)]


def test_promoters_by_hand(tmp_path: Path, engine: Engine) -> None:
    now = _now(
        tmp_path,
        engine,
        sales=[
            _sale(40, creator_id="old", quantity=9),
            _sale(3, creator_id="old", quantity=9),
            _sale(13.9, creator_id="new", quantity=5, refunded_quantity=2),
            # A window's edge belongs to the time before it.
            _sale(14, creator_id="edge", quantity=7),
        ],
        engagement=[
            _views(2, creator_id="new without a sale"),
            _views(50, creator_id="old", product_id="p2"),
        ],
    )
    found = product_promoters(read_pairs(now, 30 * DAY), NOW - WINDOW, n_products=2)
    assert {name: values.tolist() for name, values in found.items()} == {
        "promoters": [4, 1],
        "new_promoters": [2, 0],
    }


def test_newcomers_are_compared_with_promoters_of_all_time() -> None:
    # Of ten products with 30 promoters of old and ten new ones each; on the first newcomers sell a tenth.
    rng = np.random.default_rng(0)
    products = np.repeat(np.arange(10, dtype=np.int32), 40)
    new = np.tile(np.arange(40) >= 30, 10)
    mean = 20 * rng.gamma(2.0, 0.5, len(products)) * np.where(new & (products == 0), 0.1, 1.0)
    units = rng.poisson(mean)
    decayed = {"units": (0.01 * units).astype(np.float32)}
    pairs = PairTotals(
        np.arange(len(products), dtype=np.int32), products, decayed, decayed, units, new.astype(np.int64)
    )
    saturated, *others = newcomer_yields(pairs, 0, np.zeros(10, dtype=np.int32)).tolist()
    assert saturated < 0.5
    # However much totals have decayed since.
    assert others == pytest.approx([1.0] * 9, abs=0.5)


def test_only_what_can_come_back_no_more_says_what_comes_back(tmp_path: Path, engine: Engine) -> None:
    now = _now(
        tmp_path,
        engine,
        sales=[
            _sale(21, quantity=4, refunded_quantity=1),
            _sale(30, quantity=5, status="CANCELLED"),
            _sale(20.9, quantity=100),
            _sale(20.9, quantity=3, product_id="young"),
        ],
    )
    returns = product_returns_sql(now.sales, NOW, REFUND_WINDOW)
    assert engine.rows(f"SELECT product_index, settled_units, kept_units FROM ({returns}) AS returns") == [
        (0, 9, 3)
    ]

from collections.abc import Sequence
from dataclasses import replace
from math import log, log1p
from pathlib import Path

import numpy as np
import pytest

from recsys.arrays import Float64
from recsys.value.context import CREATOR_FEATURES, FEATURES, PRODUCT_FEATURES, PaidShares, PairContext
from tests.exports import DAY, START, Row
from tests.features.promoted import NOW, PAST, SETTINGS, context_of, sale, views


def _of_creators(context: PairContext, feature: str) -> list[float]:
    column: list[float] = context.creators[:, CREATOR_FEATURES.index(feature)].tolist()
    return column


def _of_products(context: PairContext, feature: str) -> list[float]:
    column: list[float] = context.products[:, PRODUCT_FEATURES.index(feature)].tolist()
    return column


# Each is known only after NOW: new rows, new versions of old ones, and reports that came late.
LATER: dict[str, list[Row]] = {
    "creators": [{"creator_id": "a", "follower_count": 9_000_000, "updated_at": NOW + 1}],
    "products": [{"product_id": "p1", "category": "Home", "price": 99.0, "updated_at": NOW + 1}],
    "sales": [
        # Each is good at one category.
        sale(-1, "a", "p1", 500),
        sale(-1, "c", "p2", 500),
        sale(50, "b", "p1", 1, status="CANCELLED", updated_at=NOW + DAY),
        sale(40, "b", "p2", 5, refunded_quantity=4, updated_at=NOW + 1),
        sale(2, "c", "p2", 9, updated_at=NOW + 1),
    ],
    "engagement": [
        views(-2, "a", "p2", 90_000, 9_000),
        views(-1, "c", "p1", 9_000, 900),
        views(-1, "c", "p2", 9_000, 900, content_id="more of p2"),
        views(61, "a", "p1", 50_000, 4_000, updated_at=NOW + 1),
        # A day that is not over at NOW is not reported yet.
        views(0.5, "b", "p3", 5_000, 400),
    ],
    "collaborations": [
        {"creator_id": "a", "product_id": "p1", "commission_rate": 0.5, "since": NOW + 1},
        {"creator_id": "b", "product_id": "p3", "commission_rate": 0.9, "since": NOW + 1},
    ],
    "demand_events": [
        {"name": "coming", "starts_at": NOW + 3 * DAY, "ends_at": NOW + 9 * DAY, "category": "Home",
         "updated_at": NOW + 1},
        {"name": "flash", "starts_at": NOW + DAY, "ends_at": NOW + 2 * DAY, "updated_at": NOW + 1},
    ],
}  # fmt: skip


def test_nothing_after_the_instant_plays_a_part(tmp_path: Path) -> None:
    together = {name: [*rows, *LATER.get(name, [])] for name, rows in PAST.items()}
    known = context_of(tmp_path / "past", PAST).state()
    with_later = context_of(tmp_path / "both", together).state()
    afterwards = context_of(tmp_path / "afterwards", together, NOW + 3 * DAY).state()
    assert known.keys() == with_later.keys()
    for name, values in known.items():
        np.testing.assert_array_equal(with_later[name], values, err_msg=name)
    # The later rows are such that they would show.
    changed = {name for name in known if not np.array_equal(afterwards[name], known[name])}
    shown = {"creators", "products", "price", "categories", "rate_bonus.data", "category_skill.data"}
    assert shown | {"demand.lift", "demand.ends"} <= changed


def test_how_rows_are_ordered_plays_no_part(tmp_path: Path) -> None:
    turned = {name: list(reversed(rows)) for name, rows in PAST.items()}
    first, second = (
        context_of(tmp_path / "a", PAST).state(),
        context_of(tmp_path / "b", turned).state(),
    )
    for name, values in first.items():
        np.testing.assert_array_equal(second[name], values, err_msg=name)


def test_what_needs_no_statistics_by_hand(tmp_path: Path) -> None:
    context = context_of(tmp_path, PAST)
    assert context.as_of == NOW
    assert context.horizon == 14 * DAY
    assert context.price.tolist() == [10.0, 20.0, 40.0]
    assert context.categories[0] == context.categories[1] != context.categories[2]
    assert _of_creators(context, "log_followers") == pytest.approx([log1p(10**at) for at in (3, 4, 5)])
    # Contents of the last 14 days: two of c that were watched, and one that sold unseen.
    assert _of_creators(context, "log_recent_contents") == pytest.approx([log1p(0), log1p(0), log1p(3)])
    # a promotes p1 and p3, b p1 and p2, c p2 and p3: all alike.
    assert _of_creators(context, "log_promotions") == pytest.approx([0, 0, 0], abs=1e-6)
    mean = (log1p(10) + log1p(20) + log1p(40)) / 3
    assert _of_creators(context, "usual_log_price") == pytest.approx(
        [
            (log1p(10) + log1p(40) + mean) / 3,
            (log1p(10) + log1p(20) + mean) / 3,
            (log1p(20) + log1p(40) + mean) / 3,
        ]
    )
    assert _of_products(context, "log_price") == pytest.approx([log1p(10), log1p(20), log1p(40)])
    # Two promoters each; in the last 14 days c began with p2 (4 days ago) and p3, a with p3.
    assert _of_products(context, "new_promoter_share") == pytest.approx([0, 1 / 3, 2 / 3])


def test_a_creator_without_history_is_like_the_market(tmp_path: Path) -> None:
    creators = [*PAST["creators"], {"creator_id": "new", "follower_count": 50}]
    context = context_of(tmp_path, {**PAST, "creators": creators})
    assert _of_creators(context, "log_skill")[3] == 0.0
    assert _of_creators(context, "log_recent_contents")[3] == 0.0
    mean = (log1p(10) + log1p(20) + log1p(40)) / 3
    assert _of_creators(context, "usual_log_price")[3] == pytest.approx(mean)
    # Of those who promote at all each has two; none is below them.
    assert _of_creators(context, "log_promotions")[3] == pytest.approx(-log1p(2))


def test_reach_is_the_own_mean_of_views_or_what_the_followers_suggest(tmp_path: Path) -> None:
    watched = {"a": (100, 110, 90), "b": (1_000, 1_100, 900), "c": (40, 50, 45)}
    creators = [
        {"creator_id": name, "follower_count": followers}
        for name, followers in [("a", 1_000), ("b", 10_000), ("c", 1_000), ("none", 10_000), ("few", 1_000)]
    ]
    context = context_of(
        tmp_path,
        {
            "creators": creators,
            "engagement": [
                views(30, name, "p1", seen, content_id=f"{name}{at}")
                for name, contents in watched.items()
                for at, seen in enumerate(contents)
            ]
            # Still being watched: says nothing of reach yet.
            + [views(5, "c", "p1", 90_000, content_id="young")],
        },
    )
    reach = np.exp(_of_creators(context, "log_reach"))
    assert reach[:3] == pytest.approx([100, 1_000, 45], rel=0.05)
    # ids ascend: a, b, c, few, none; each is like those with as many followers.
    assert reach[2] < reach[3] < reach[0]
    assert reach[4] == pytest.approx(1_000, rel=0.1)


def test_a_market_without_views_has_a_reach_of_one(tmp_path: Path) -> None:
    context = context_of(tmp_path, {**PAST, "engagement": []})
    assert _of_creators(context, "log_reach") == [0.0, 0.0, 0.0]
    assert np.isfinite(context.creators).all()
    assert np.isfinite(context.products).all()


def test_an_empty_history_gives_numbers_for_everyone(tmp_path: Path) -> None:
    context = context_of(tmp_path, PAST, START)
    assert np.isfinite(context.creators).all()
    assert np.isfinite(context.products).all()
    assert context.paid == PaidShares(1.0, 1.0, 1.0)
    assert context.category_skill.nnz == 0
    assert context.demand.lift == 1.0


# Six products of one category, each with the same promoters of old, who sold a unit in 100 views.
def _market(**more: Sequence[Row]) -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = {
        "products": [{"product_id": f"p{at}", "category": "Beauty"} for at in range(6)],
        "sales": [sale(60, f"old{at}", f"p{at}", 100) for at in range(6)],
        "engagement": [views(70, f"old{at}", f"p{at}", 10_000, 1_000) for at in range(6)],
    }
    return {name: [*rows, *more.get(name, [])] for name, rows in tables.items()}


def test_a_product_whose_newcomers_sell_little_is_saturated(tmp_path: Path) -> None:
    newcomers = [f"new{at}" for at in range(8)]
    # As many come to p0 and to p1, to no avail on p0.
    engagement = [views(5, name, product, 1_000, 100) for name in newcomers for product in ("p0", "p1")]
    sales = [sale(3, name, "p1", 200) for name in newcomers]
    before = context_of(tmp_path / "before", _market())
    context = context_of(tmp_path / "after", _market(engagement=engagement, sales=sales))
    saturated, open_to_all, untouched, *_ = _of_products(context, "log_new_promoter_yield")
    assert _of_products(before, "log_new_promoter_yield") == [0.0] * 6
    assert saturated < -0.4 < untouched == 0.0 < open_to_all
    assert _of_products(context, "new_promoter_share") == pytest.approx([8 / 10, 8 / 10, 0, 0, 0, 0])
    promoters = _of_products(context, "log_promoters")
    assert promoters[0] == promoters[1] > 0 > promoters[2]


def test_a_product_that_began_to_sell_has_a_trend(tmp_path: Path) -> None:
    # Of late all are watched and clicked alike; p0 sells many times what it did, p1 nothing any more.
    engagement = [views(4, f"old{at}", f"p{at}", 10_000, 1_000, content_id=f"late {at}") for at in range(6)]
    sales = [sale(3, "old0", "p0", 2_000)]
    sales += [sale(3, f"old{at}", f"p{at}", 100) for at in range(2, 6)]
    context = context_of(tmp_path, _market(engagement=engagement, sales=sales))
    rising, falling, *steady = _of_products(context, "log_trend")
    assert falling < min(steady) <= max(steady) < rising
    assert falling < -0.5
    assert rising > 0.2
    assert len(set(_of_products(context, "log_click_trend"))) == 1


def test_a_product_of_which_much_comes_back_keeps_less(tmp_path: Path) -> None:
    returned = [sale(30, "old0", "p0", 1_000, refunded_quantity=900)]
    kept = _of_products(context_of(tmp_path, _market(sales=returned)), "log_kept")
    assert kept[0] == pytest.approx(log(200 / 1_100), abs=0.1)
    assert kept[1:] == pytest.approx([0.0] * 5, abs=0.05)
    assert max(kept) <= 0


def test_where_no_sale_is_settled_yet_all_are_taken_as_kept(tmp_path: Path) -> None:
    context = context_of(tmp_path, PAST, settings=replace(SETTINGS, refund_days=90))
    assert _of_products(context, "log_kept") == [0.0, 0.0, 0.0]


def test_who_sells_better_than_its_products_yield_has_skill_and_where_more_so(tmp_path: Path) -> None:
    # Units of 10,000 views of p1 and of p2, by who is good, poor or fond of one of them.
    kinds = {"beauty": (300, 200), "good": (200, 400), "home": (100, 600), "poor": (50, 100)}
    sold = {
        (f"{kind}{at}", product): units
        for kind, of_products in kinds.items()
        for at in range(10)
        for product, units in zip(("p1", "p2"), of_products, strict=True)
    }
    tables: dict[str, list[Row]] = {
        "products": [
            {"product_id": "p1", "category": "Beauty"},
            {"product_id": "p2", "category": "Home"},
        ],
        "sales": [sale(40, *pair, units) for pair, units in sold.items()],
        "engagement": [views(50, *pair, 10_000, 500) for pair in sold],
    }
    context = context_of(tmp_path, tables)
    mean = [sum(units) / len(kinds) / 10_000 for units in zip(*kinds.values(), strict=True)]
    assert np.exp(_of_products(context, "log_yield")) == pytest.approx(mean, rel=0.1)
    skill = dict(
        zip(kinds, np.array(_of_creators(context, "log_skill")).reshape(4, 10).mean(axis=1), strict=True)
    )
    # 600 and 150 units, where 490 were to be expected.
    assert skill["good"] == pytest.approx(log(600 / 490), abs=0.1)
    assert skill["poor"] == pytest.approx(log(150 / 490), abs=0.3)
    beyond = context.category_skill.toarray()[:, context.categories].reshape(4, 10, 2).mean(axis=1)
    fond_of_beauty, good, fond_of_home, poor = beyond
    assert fond_of_beauty[0] > 0.1 > -0.1 > fond_of_beauty[1]
    assert fond_of_home[1] > 0.1 > -0.1 > fond_of_home[0]
    np.testing.assert_allclose([good, poor], 0.0, atol=0.25)


def _sold_unseen(tmp_path: Path, seen: int) -> Float64:
    products: list[Row] = [{"product_id": f"p{at:02}", "category": "Beauty"} for at in range(40)]
    rates = np.random.default_rng(3).gamma(4.0, 0.002 / 4.0, len(products) - 1)
    sold = np.random.default_rng(4).poisson(rates * 5_000)
    tables: dict[str, list[Row]] = {
        "products": products,
        "sales": [
            sale(40, "unseen", "p39", 40),
            *(sale(40, "a", f"p{at:02}", int(units)) for at, units in enumerate(sold) if units),
        ],
        "engagement": [views(50, "a", f"p{at:02}", 5_000) for at in range(39)]
        + ([views(50, "unseen", "p39", seen)] if seen else []),
    }
    context = context_of(tmp_path, tables)
    yields = np.exp(_of_products(context, "log_yield"))
    assert yields.std() > 0.3 * yields.mean()
    ratio: Float64 = yields[-1] / np.median(yields)
    return ratio


@pytest.mark.parametrize("views", [0, 1])
def test_units_that_no_view_led_to_say_nothing_of_what_a_view_yields(tmp_path: Path, views: int) -> None:
    assert _sold_unseen(tmp_path, views) == pytest.approx(1.0, abs=0.5)


def test_a_pair_promoted_before_is_valued_by_its_own_record(tmp_path: Path) -> None:
    # Each creator promotes all products and sells one unit in 100 views, but b sells p0 five times as well.
    names, products = [f"c{at}" for at in range(8)], [f"p{at}" for at in range(6)]
    seen = [views(70, name, product, 10_000, 1_000) for name in names for product in products]
    sold = [sale(60, name, product, 100) for name in names for product in products]
    sold += [sale(60, "c1", "p0", 400)]
    tables: dict[str, list[Row]] = {
        "creators": [{"creator_id": name} for name in [*names, "new"]],
        "products": [{"product_id": product, "category": "Beauty"} for product in products],
        "sales": sold,
        "engagement": seen,
    }
    context = context_of(tmp_path, tables)
    record = context.record.toarray()
    assert record[1, 0] > 0.5 > abs(record[0, 0])
    # Where it is stored the pair was promoted, whatever the record says.
    assert context.record.nnz == 48
    assert not record[8].any()
    assert _of_creators(context, "without_history") == [0.0] * 8 + [1.0]
    pairs = np.array([1, 1, 8], dtype=np.int32), np.array([0, 1, 0], dtype=np.int32)
    rows = context.features(*pairs, np.zeros(3, dtype=np.float32))
    assert rows[:, FEATURES.index("tried")].tolist() == [1.0, 1.0, 0.0]
    expected = rows[:, FEATURES.index("log_expected")]
    assert expected[0] - expected[1] > 0.5

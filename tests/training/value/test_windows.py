import gc
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from features.build import build_features
from features.engine import Engine, open_engine
from features.facts import Facts, collapse
from features.settings import MarketplaceSettings
from features.validation import validate
from recsys.value.context import CREATOR_FEATURES
from tests.exports import DAY, START, Row, write_tables
from tests.training.nights import set_aside
from training.value.windows import WINDOWS, Window, promotions_are_seen, read_windows, window_begins

SETTINGS = MarketplaceSettings(horizon_days=14.0)
WIDTH, HORIZON = 7 * DAY, 14 * DAY
NOW = START + 90 * DAY


def _views(days_ago: float, creator: str = "c1", product: str = "p1", views: int = 100) -> Row:
    return {
        "period_start": NOW - round(days_ago * DAY),
        "creator_id": creator,
        "product_id": product,
        "content_id": f"{creator} on {product}",
        "views": views,
    }


def _sale(days_ago: float, creator: str = "c1", product: str = "p1", quantity: int = 1) -> Row:
    return {
        "ordered_at": NOW - round(days_ago * DAY),
        "creator_id": creator,
        "product_id": product,
        "quantity": quantity,
    }


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with open_engine(tmp_path / "work") as opened:
        yield opened


def _open(tmp_path: Path, engine: Engine, tables: Mapping[str, Sequence[Row]]) -> Facts:
    validate(engine, write_tables(tmp_path / "export", tables)).require(0.0)
    return collapse(engine)


def _windows(tmp_path: Path, engine: Engine, **tables: Sequence[Row]) -> list[Window]:
    facts = _open(tmp_path, engine, tables)
    return list(read_windows(facts, SETTINGS, window_begins(facts, SETTINGS, NOW), NOW))


@pytest.mark.parametrize(
    ("engagement", "seen"),
    [
        ([_views(30)], True),
        # No views are reported: the row says that the content was out.
        ([_views(30, product="p2", views=0)], True),
        # Only what sold shows.
        ([_views(30, views=0)], False),
        ([], False),
    ],
)
def test_promotions_are_seen_where_they_show_before_they_sell(
    tmp_path: Path, engine: Engine, engagement: list[Row], seen: bool
) -> None:
    products = [{"product_id": product} for product in ("p1", "p2")]
    facts = _open(tmp_path, engine, {"products": products, "sales": [_sale(40)], "engagement": engagement})
    assert promotions_are_seen(facts.at(NOW)) is seen
    assert not promotions_are_seen(facts.at(NOW - 30 * DAY))


def test_windows_of_seen_promotions_are_weeks_whose_horizons_are_over(tmp_path: Path, engine: Engine) -> None:
    facts = _open(tmp_path, engine, {"engagement": [_views(60)]})
    begins = window_begins(facts, SETTINGS, NOW)
    assert begins == [NOW - HORIZON - WIDTH - WIDTH * place for place in range(WINDOWS + 1)]
    assert all(begin + WIDTH + HORIZON <= NOW for begin in begins)


@pytest.mark.parametrize(
    ("horizon_days", "weeks"),
    [(2, [0, 1, 2, 3]), (7, [0, 1, 2, 3]), (14, [0, 1, 2, 3, 4]), (30, [0, 1, 2, 3, 6, 7])],
)
def test_two_windows_were_over_when_the_latest_began(
    tmp_path: Path, engine: Engine, horizon_days: int, weeks: list[int]
) -> None:
    facts = _open(tmp_path, engine, {"engagement": [_views(200)]})
    settings = MarketplaceSettings(horizon_days=horizon_days)
    begins = window_begins(facts, settings, NOW)
    latest = NOW - horizon_days * DAY - WIDTH
    assert begins == [latest - WIDTH * week for week in weeks]
    windows = list(read_windows(facts, settings, begins, NOW))
    assert [window.begin for window in windows] == begins
    assert [window.over_by for window in windows] == [begin + WIDTH + horizon_days * DAY for begin in begins]
    assert sum(window.over_by <= latest for window in windows) >= 2


def test_windows_of_unseen_promotions_are_horizons_that_are_over(tmp_path: Path, engine: Engine) -> None:
    facts = _open(tmp_path, engine, {"sales": [_sale(60)]})
    begins = window_begins(facts, SETTINGS, NOW)
    assert begins == [NOW - HORIZON * (1 + place) for place in range(WINDOWS)]


def test_a_promotion_belongs_to_the_one_window_in_which_it_began(tmp_path: Path, engine: Engine) -> None:
    # The last begins of an old enough promotion lie 14 days ago, the windows' edges 21, 28, 35, 42, 49.
    begun = {"p1": 13.9, "p2": 14.5, "p3": 20.9, "p4": 21, "p5": 21.1, "p6": 34, "p7": 36, "p8": 43, "p9": 50}
    found = _windows(
        tmp_path,
        engine,
        products=[{"product_id": name} for name in begun],
        engagement=[_views(70, "c0", "p1"), *(_views(days, "c1", name) for name, days in begun.items())],
        sales=[],
    )
    assert [window.promotions_are_seen for window in found] == [True] * 5
    assert [window.features.context.as_of for window in found] == [
        NOW - 21 * DAY, NOW - 28 * DAY, NOW - 35 * DAY, NOW - 42 * DAY, NOW - 49 * DAY,
    ]  # fmt: skip
    # Creators and products are numbered in order: c1 is 1, p1 is 0.
    assert [window.outcomes.products.tolist() for window in found] == [[1, 2, 3], [4], [5], [6], [7]]
    assert all(window.outcomes.creators.tolist() == [1] * len(window.outcomes) for window in found)


def test_a_past_promotion_is_not_valued_by_the_followers_that_its_success_brought(
    tmp_path: Path, engine: Engine
) -> None:
    begin = NOW - 21 * DAY
    found = _windows(
        tmp_path,
        engine,
        creators=[
            {"creator_id": "c1", "follower_count": 300, "updated_at": begin - DAY},
            {"creator_id": "c1", "follower_count": 500_000, "updated_at": begin + DAY},
        ],
        engagement=[_views(60), _views(20, product="p2")],
        sales=[_sale(18, product="p2", quantity=900)],
    )
    latest = found[0]
    assert latest.outcomes.units.tolist() == [900]
    followers = latest.features.context.creators[:, CREATOR_FEATURES.index("log_followers")]
    assert np.expm1(followers).tolist() == pytest.approx([300])


def test_features_are_of_before_and_outcomes_of_after(tmp_path: Path, engine: Engine) -> None:
    begin = 21
    found = _windows(
        tmp_path,
        engine,
        engagement=[_views(60, "c0"), _views(begin - 1, "c1")],
        sales=[
            _sale(50, "c0", quantity=3),
            _sale(begin - 2, "c1", quantity=2),
            # After the horizon of its promotion.
            _sale(begin - 1 - 14, "c1", quantity=5),
        ],
    )
    latest = found[0]
    assert latest.features.sold_units.toarray().tolist() == [[3.0], [0.0]]
    assert latest.outcomes.started_at.tolist() == [NOW - (begin - 1) * DAY]
    assert latest.outcomes.units.tolist() == [2.0]


def test_what_is_served_from_is_as_of_the_night(tmp_path: Path, engine: Engine) -> None:
    facts = _open(tmp_path, engine, {"engagement": [_views(60), _views(1, "c2")]})
    now = build_features(facts.at(NOW), SETTINGS)
    latest = next(read_windows(facts, SETTINGS, window_begins(facts, SETTINGS, NOW), NOW))
    assert now.context.as_of == NOW
    assert now.affinity.values.nnz == 2
    assert latest.features.affinity.values.nnz == 1


def test_unseen_promotions_are_judged_as_if_all_began_with_the_window(tmp_path: Path, engine: Engine) -> None:
    found = _windows(
        tmp_path,
        engine,
        sales=[
            _sale(80, "c0", quantity=9),
            # Within the latest window: 10 days of it are left when this begins, and they are over now.
            _sale(10, "c1", quantity=2),
            _sale(1, "c1", quantity=4),
            # Of the window before, which ends 14 days ago.
            _sale(15, "c2", quantity=8),
            _sale(13, "c2", quantity=16),
        ],
    )
    assert not any(window.promotions_are_seen for window in found)
    latest, before, *_ = found
    assert latest.outcomes.creators.tolist() == [1]
    assert latest.outcomes.units.tolist() == [6.0]
    assert before.outcomes.creators.tolist() == [2]
    assert before.outcomes.units.tolist() == [8.0]


def test_windows_before_all_history_are_left_out(tmp_path: Path, engine: Engine) -> None:
    found = _windows(tmp_path, engine, sales=[_sale(50), _sale(20, "c2")], engagement=[])
    assert [window.features.context.as_of for window in found] == [
        NOW - 14 * DAY,
        NOW - 28 * DAY,
        NOW - 42 * DAY,
    ]


def test_windows_by_whose_begin_no_content_had_been_out_for_a_horizon_are_left_out(
    tmp_path: Path, engine: Engine
) -> None:
    found = _windows(tmp_path, engine, engagement=[_views(43), _views(20, "c2")], sales=[])
    assert [window.features.context.as_of for window in found] == [NOW - 21 * DAY, NOW - 28 * DAY]
    assert [len(window.outcomes) for window in found] == [1, 0]


def test_other_weights_change_affinity_and_no_outcome(tmp_path: Path, engine: Engine) -> None:
    (window, *_) = _windows(tmp_path, engine, engagement=[_views(60), _views(20, "c2")], sales=[_sale(70)])
    weighed = window.with_weights({"units": 1.0, "views": 7.0})
    assert weighed.outcomes is window.outcomes
    assert weighed.promotions_are_seen is window.promotions_are_seen
    expected = window.features.with_weights({"units": 1.0, "views": 7.0}).affinity.values
    np.testing.assert_array_equal(weighed.features.affinity.values.toarray(), expected.toarray())
    assert (expected.toarray() != window.features.affinity.values.toarray()).any()


def test_outcomes_number_creators_and_products_as_the_features_do(tmp_path: Path, engine: Engine) -> None:
    found = _windows(
        tmp_path, engine, engagement=[_views(60, "zoe", "tea"), _views(20, "bob", "soap")], sales=[]
    )
    outcomes, affinity = found[0].outcomes, found[0].features.affinity
    assert affinity.creators.id_of(int(outcomes.creators[0])) == "bob"
    assert affinity.products.id_of(int(outcomes.products[0])) == "soap"


def test_one_window_is_held_at_a_time(tmp_path: Path, engine: Engine) -> None:
    facts = _open(tmp_path, engine, {"engagement": [_views(80), _views(20, "c2")]})
    windows = read_windows(facts, SETTINGS, window_begins(facts, SETTINGS, NOW), NOW)
    with set_aside():
        assert list(map(_held, windows)) == [1] * (WINDOWS + 1)


def _held(_: Window) -> int:
    gc.collect()
    return sum(isinstance(kept, Window) for kept in gc.get_objects())


def test_pairs_on_lists_of_the_window_and_the_week_before_are_listed(tmp_path: Path, engine: Engine) -> None:
    begin = NOW - HORIZON - WIDTH
    shown = {"p1": begin - 8 * DAY, "p2": begin - 7 * DAY, "p3": begin + 6 * DAY, "p4": begin + WIDTH}
    impressions = [
        {"impression_id": product, "shown_at": at, "product_id": product} for product, at in shown.items()
    ]
    products = [{"product_id": product} for product in shown]
    # What was shown as the week after began opens that and the next.
    _, _, latest, *_ = _windows(
        tmp_path, engine, engagement=[_views(60)], products=products, impressions=impressions
    )
    assert latest.features.context.as_of == begin
    assert latest.listed.toarray()[0].tolist() == [0, 1, 1, 0]


def _shown(days_ago: float, product: str) -> Row:
    at = NOW - round(days_ago * DAY)
    return {"impression_id": f"{product} {at}", "shown_at": at, "product_id": product}


def test_where_lists_were_shown_of_late_the_weeks_whose_horizons_are_open_count_too(
    tmp_path: Path, engine: Engine
) -> None:
    begun = {"p1": 13.9, "p2": 10, "p3": 5, "p4": 2, "p5": 1}
    found = _windows(
        tmp_path,
        engine,
        products=[{"product_id": product} for product in begun],
        # Promotions that are over sell one unit as they begin, and three after 7 of 14 days.
        engagement=[
            _views(70),
            _views(30, "c2"),
            *(_views(days, "c3", product) for product, days in begun.items()),
        ],
        sales=[_sale(30, "c2"), _sale(23, "c2", quantity=3), _sale(4, "c3", "p3", quantity=2)],
        impressions=[_shown(11, "p2"), _shown(6, "p3")],
    )
    latest, before, *over = found
    assert [window.begin for window in found] == [NOW - WIDTH * week for week in (1, 2, 3, 4, 5, 6, 7)]
    assert [window.share is None for window in found] == [False] * 2 + [True] * 5
    assert [window.promoting is None for window in found] == [True] * 2 + [False] * 5
    assert all(window.over_by <= NOW for window in over)
    # What began before the first list was shown followed none: p1.
    assert [window.outcomes.products.tolist() for window in (latest, before)] == [[2, 3, 4], [1]]
    assert latest.outcomes.units.tolist() == [2.0, 0.0, 0.0]
    assert (latest.listed.toarray()[1:].tolist(), before.listed.nnz) == ([[0.0] * 5] * 2, 1)
    assert latest.listed.toarray()[0].tolist() == [0.0, 1.0, 1.0, 0.0, 0.0]
    # By the age of 1 to 5 days a quarter has been sold, by 10 days all.
    assert before.share is not None
    assert latest.share is not None
    assert before.share.tolist() == [1.0]
    assert latest.share.tolist() == pytest.approx([0.25, 0.25, 0.25])


@pytest.mark.parametrize(("shown", "opened"), [(21.5, []), (20, [2]), (10, [1, 2]), (3, [1])])
def test_a_week_is_open_where_a_list_was_shown_in_it_or_the_week_before(
    tmp_path: Path, engine: Engine, shown: float, opened: list[int]
) -> None:
    facts = _open(
        tmp_path, engine, {"engagement": [_views(60), _views(3, "c2")], "impressions": [_shown(shown, "p1")]}
    )
    begins = window_begins(facts, SETTINGS, NOW)
    assert begins[: len(opened) + 1] == [NOW - WIDTH * week for week in (*opened, 3)]


def test_a_promotion_is_either_over_or_open(tmp_path: Path, engine: Engine) -> None:
    # A horizon of 10 days: windows that are over end 10 days ago, within the week before the latest.
    settings = MarketplaceSettings(horizon_days=10.0)
    begun = {"p1": 10.5, "p2": 9.5, "p3": 1}
    facts = _open(
        tmp_path,
        engine,
        {
            "products": [{"product_id": product} for product in begun],
            "engagement": [
                _views(60, "c0"),
                *(_views(days, "c1", product) for product, days in begun.items()),
            ],
            "impressions": [_shown(13, "p1")],
        },
    )
    begins = window_begins(facts, settings, NOW)
    assert begins[:3] == [NOW - WIDTH, NOW - 2 * WIDTH, NOW - 17 * DAY]
    latest, before, over, *_ = read_windows(facts, settings, begins, NOW)
    assert [window.outcomes.products.tolist() for window in (latest, before, over)] == [[2], [1], [0]]
    # Where nothing that is over has sold, sales are taken to come evenly.
    assert latest.share is not None
    assert latest.share.tolist() == pytest.approx([0.1])

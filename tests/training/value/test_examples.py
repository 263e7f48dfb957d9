from collections.abc import Sequence
from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest

from features.engine import open_engine
from features.facts import collapse
from features.settings import MarketplaceSettings
from features.validation import validate
from recsys.models.blend import Blend, BlendScorer
from recsys.models.item_item import ItemItem
from recsys.models.popularity import Popularity
from recsys.models.prior import AttributePrior
from recsys.value.context import FEATURES
from recsys.value.demand import DemandCalendar
from tests.exports import DAY, START, Row, write_tables
from training.value.choices import ALTERNATIVES
from training.value.examples import Examples, examples_of, pair_scores
from training.value.learn import read_examples
from training.value.windows import Window, read_windows, window_begins

SETTINGS = MarketplaceSettings(horizon_days=14.0, refund_days=0.0)
NOW = START + 90 * DAY
BLEND = Blend((ItemItem(), Popularity()), (1.0, 1.0), AttributePrior())
CREATORS = [f"c{place}" for place in range(6)]
PRODUCTS: list[Row] = [
    {"product_id": "p0"},
    {"product_id": "p1", "category": "Home"},
    {"product_id": "p2", "price": 30.0},
    {"product_id": "p3", "is_active": False},
    {"product_id": "p4", "listed_at": NOW - DAY},
    {"product_id": "p5"},
]
HISTORY = [("c0", "p0"), ("c0", "p1"), ("c1", "p0"), ("c2", "p1"), ("c2", "p2"), ("c3", "p3"), ("c4", "p0")]


def _sale(days_ago: float, creator: str, product: str, quantity: int = 1, **given: object) -> Row:
    return {
        "ordered_at": NOW - round(days_ago * DAY),
        "creator_id": creator,
        "product_id": product,
        "quantity": quantity,
        "amount": 10.0 * quantity,
        **given,
    }


def _views(days_ago: float, creator: str, product: str) -> Row:
    return {
        "period_start": NOW - round(days_ago * DAY),
        "creator_id": creator,
        "product_id": product,
        "content_id": f"{creator} on {product}",
    }


def _latest(folder: Path, sales: Sequence[Row], engagement: Sequence[Row]) -> Window:
    creators: list[Row] = [{"creator_id": name} for name in CREATORS]
    tables = {"creators": creators, "products": PRODUCTS, "sales": sales, "engagement": engagement}
    with open_engine(folder / "work") as engine:
        validate(engine, write_tables(folder / "export", tables)).require(0.0)
        facts = collapse(engine)
        return next(read_windows(facts, SETTINGS, window_begins(facts, SETTINGS, NOW), NOW))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Window:
    """Past promotions 50 days ago; in the latest window four began, of which two sold."""
    engagement = [_views(50, *pair) for pair in HISTORY]
    begun = [("c0", "p2"), ("c0", "p5"), ("c4", "p1"), ("c5", "p0")]
    engagement += [_views(18, *pair) for pair in begun]
    sales = [_sale(45, *pair, place + 1) for place, pair in enumerate(HISTORY)]
    sales += [_sale(17, "c0", "p5", 4, refunded_quantity=1), _sale(16, "c5", "p0", 2, commission_rate=0.25)]
    return _latest(tmp_path_factory.mktemp("seen"), sales, engagement)


@pytest.fixture(scope="module")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> Window:
    """The same history of sales alone; two pairs sold for the first time in the latest window."""
    sales = [_sale(45, *pair, place + 1) for place, pair in enumerate(HISTORY)]
    sales += [_sale(10, "c0", "p5", 4, refunded_quantity=1), _sale(9, "c5", "p0", 2), _sale(8, "c1", "p0", 7)]
    return _latest(tmp_path_factory.mktemp("unseen"), sales, [])


def _model(window: Window) -> BlendScorer:
    return BLEND.fit(window.features.training_data)


def _pairs(examples: Examples) -> list[tuple[int, int]]:
    return list(zip(examples.creators.tolist(), examples.products.tolist(), strict=True))


def test_seen_promotions_are_examples_whether_they_sold_or_not(seen: Window) -> None:
    found = examples_of(seen, _model(seen))
    assert _pairs(found) == [(0, 2), (0, 5), (4, 1), (5, 0)]
    assert found.units.tolist() == [0, 4, 0, 2]
    assert found.net_units.tolist() == [0, 3, 0, 2]
    assert found.amount.tolist() == [0, 30, 0, 20]
    assert found.commission.tolist() == [0, 3, 0, 5]
    assert (found.views > 0).all()
    assert found.clicks.tolist() == (found.views / 10).tolist()
    # Of c0 two pairs had history, of c4 one, of c5 none; of p2 one, p5 none, p1 two, p0 three.
    assert found.known_creators.tolist() == [2, 2, 1, 0]
    assert found.known_products.tolist() == [1, 0, 2, 3]


def test_scores_are_those_of_the_model_of_before(seen: Window) -> None:
    model = _model(seen)
    found = examples_of(seen, model)
    everything = model.score(seen.features.rows)
    np.testing.assert_allclose(found.scores, everything[found.creators, found.products], atol=1e-6)
    assert found.features[:, FEATURES.index("score")].tolist() == found.scores.tolist()


def test_features_are_those_of_the_context_at_the_start_of_each_promotion(seen: Window) -> None:
    found = examples_of(seen, _model(seen))
    expected = seen.features.context.features(
        found.creators, found.products, found.scores, seen.outcomes.started_at
    )
    np.testing.assert_array_equal(found.features, expected)
    assert seen.outcomes.started_at.tolist() == [NOW - 18 * DAY] * 4


def test_an_event_is_expected_by_promotions_whose_horizon_reaches_it(seen: Window) -> None:
    # From 6 to 4 days ago: within 14 days of a start 18 days ago, beyond those of the window's begin.
    context = seen.features.context
    everything = np.ones((1, context.demand.concerns.shape[1]), np.bool_)
    event = DemandCalendar(np.array([NOW - 6 * DAY]), np.array([NOW - 4 * DAY]), everything, lift=3.0)
    context = replace(context, demand=event)
    window = replace(seen, features=replace(seen.features, context=context))
    found = examples_of(window, _model(seen)).features[:, FEATURES.index("log_demand")]
    assert found.tolist() == pytest.approx([log(1 + 2 * 2 / 14)] * 4)


def test_scores_do_not_depend_on_batches(seen: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    model = _model(seen)
    creators, products = np.array([0, 0, 2, 5, 5], np.int32), np.array([5, 1, 0, 0, 4], np.int32)
    whole = pair_scores(model, seen.features, creators, products)
    monkeypatch.setattr("recsys.batches.CELLS", 1)
    np.testing.assert_allclose(pair_scores(model, seen.features, creators, products), whole, atol=1e-6)
    nobody = np.array([], dtype=np.int32)
    assert pair_scores(model, seen.features, nobody, nobody).tolist() == []


def test_where_promotions_are_unseen_the_heads_of_lists_stand_for_them(unseen: Window) -> None:
    found = examples_of(unseen, _model(unseen))
    pairs = _pairs(found)
    # All that was on the market then and that the creator had not sold: not p3 (inactive), p4 (too new).
    on_market = {0, 1, 2, 5}
    sold = {(CREATORS.index(creator), int(product[1])) for creator, product in HISTORY}
    assert set(pairs) == {(c, p) for c in range(6) for p in on_market} - sold
    assert len(pairs) == len(set(pairs))
    brought = {pair: units for pair, units in zip(pairs, found.units.tolist(), strict=True) if units}
    assert brought == {(0, 5): 4.0, (5, 0): 2.0}
    # Nothing was sold by all others; what was known of c1 and p0 before is no new promotion.
    assert found.net_units.sum() == 5.0
    assert found.commission.sum() == pytest.approx(5.0)


def test_a_creators_list_is_cut_at_its_head(unseen: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.value.examples.LISTED", 2)
    model = _model(unseen)
    found = examples_of(unseen, model)
    assert np.bincount(found.creators).tolist() == [2] * 6
    scores = model.score(unseen.features.rows)
    np.testing.assert_allclose(found.scores, scores[found.creators, found.products], atol=1e-5)
    c5 = scores[5, [0, 1, 2, 5]]
    assert sorted(found.scores[found.creators == 5]) == pytest.approx(sorted(c5)[-2:], abs=1e-5)


def test_which_creators_are_listed_depends_on_the_seed_alone(
    unseen: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.value.examples.LISTED_CREATORS", 3)
    model = _model(unseen)
    chosen = [set(examples_of(unseen, model, seed=seed).creators.tolist()) for seed in range(6)]
    assert {len(some) for some in chosen} == {3}
    assert len({frozenset(some) for some in chosen}) > 1
    assert chosen == [set(examples_of(unseen, model, seed=seed).creators.tolist()) for seed in range(6)]


def test_unseen_promotions_begin_with_their_window(unseen: Window) -> None:
    found = examples_of(unseen, _model(unseen))
    expected = unseen.features.context.features(found.creators, found.products, found.scores)
    np.testing.assert_array_equal(found.features, expected)


def test_a_window_in_which_nothing_began_has_no_examples_or_only_unsold_ones(tmp_path: Path) -> None:
    sales = [_sale(45, *pair) for pair in HISTORY]
    quiet = _latest(tmp_path / "seen", sales, [_views(50, *pair) for pair in HISTORY])
    assert len(examples_of(quiet, _model(quiet))) == 0
    unsold = _latest(tmp_path / "unseen", sales, [])
    found = examples_of(unsold, _model(unsold))
    assert len(found) > 0
    assert not found.units.any()


def test_the_recipe_is_fitted_as_of_each_window(seen: Window, unseen: Window) -> None:
    first, second = read_examples(BLEND, [seen, unseen])
    np.testing.assert_array_equal(first.scores, examples_of(seen, _model(seen)).scores)
    np.testing.assert_array_equal(second.scores, examples_of(unseen, _model(unseen)).scores)


def test_choices_set_promotions_beside_what_their_creators_had_not_tried(seen: Window) -> None:
    found = examples_of(seen, _model(seen)).choices
    assert found.features.shape == (4, 1 + ALTERNATIVES, len(FEATURES))
    assert found.allowed[:, 0].all()
    rows = examples_of(seen, _model(seen)).features
    np.testing.assert_array_equal(found.features[:, 0], rows)
    tried = found.features[:, 1:, FEATURES.index("tried")] == 1
    assert not (found.allowed[:, 1:] & tried).any()
    assert found.allowed[:, 1:].any()


def test_where_promotions_are_unseen_no_choice_is(unseen: Window) -> None:
    assert len(examples_of(unseen, _model(unseen)).choices) == 0

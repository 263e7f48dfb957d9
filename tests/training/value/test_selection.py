from dataclasses import replace

import numpy as np
import pytest

from recsys.value.context import FEATURES
from recsys.value.model import OFFSET, UnitsModel
from recsys.value.untried import WITHOUT_HISTORY, Untried
from training.value.activity import Activity
from training.value.choices import ChoiceSets, Pull
from training.value.examples import Examples
from training.value.fit import fit_units
from training.value.selection import MOST, unseen_variance, untried

# Creators choose one of so many products; more than are drawn below would only take longer.
N, OF = 6_000, 12
REACH, SCORE = FEATURES.index("log_reach"), FEATURES.index("score")


def _market(
    strength: float, hidden: float, seed: int = 0, new: float = 0.0
) -> tuple[Examples, np.ndarray, np.ndarray]:
    """Promotions chosen by `strength` times what pairs sell, and what the pairs that were not chosen sell.

    All in logs. The score tells half a unit a deviation, `hidden` is the deviation of what nothing tells; of
    creators without history, a share `new`, the score tells nothing.
    """
    rng = np.random.default_rng(seed)
    without = rng.random(N) < new
    score = rng.normal(0, 1, (N, OF))
    more = rng.normal(0, 1, (N, OF)) * np.where(without, 0.5, 0.0)[:, np.newaxis]
    seen = 0.5 * score * ~without[:, np.newaxis]
    rest = hidden * rng.normal(0, 1, (N, OF))
    taste = seen + rest + more
    best = (strength * taste + rng.gumbel(size=taste.shape)).argmax(axis=1)
    order = np.argsort(np.arange(OF) != best[:, np.newaxis], axis=1, kind="stable")
    rows = np.zeros((N, OF, len(FEATURES)), dtype=np.float32)
    rows[:, :, SCORE] = np.where(without[:, np.newaxis], 0.0, score)
    rows[:, :, WITHOUT_HISTORY] = without[:, np.newaxis]
    rows[:, :, REACH] = np.log(400.0)
    rows[:, :, OFFSET] = np.log(400.0 * 0.02)
    rows, taste = (
        np.take_along_axis(rows, order[:, :, np.newaxis], axis=1),
        np.take_along_axis(taste, order, axis=1),
    )
    views = np.round(400.0 * rng.lognormal(-0.4, 0.9, N))
    units = rng.poisson(views * 0.02 * np.exp(taste[:, 0])).astype(np.float64)
    # Of what taste does to units two fifths are clicks.
    clicks = rng.poisson(views * 0.1 * np.exp(0.4 * taste[:, 0])).astype(np.float64)
    count = np.ones(N, dtype=np.int64)
    examples = Examples(
        activity=Activity.none(),
        features=rows[:, 0],
        creators=np.arange(N, dtype=np.int32) // 4,
        products=rng.integers(0, 300, N).astype(np.int32),
        scores=rows[:, 0, SCORE],
        units=units,
        net_units=units,
        amount=units,
        commission=units,
        views=views,
        clicks=clicks,
        listed=np.zeros(N, dtype=np.bool_),
        share=np.ones(N),
        known_creators=count,
        known_products=count,
        choices=ChoiceSets(rows, np.ones(taste.shape, np.bool_), np.zeros(taste.shape, np.bool_)),
    )
    return examples, rows[:, 1:].reshape(-1, len(FEATURES)), taste[:, 1:].ravel()


def _told_over_true(model: UnitsModel, rows: np.ndarray, taste: np.ndarray) -> float:
    told = model.counts(rows.astype(np.float32)).mean
    return float(told.sum() / (8.0 * np.exp(taste)).sum())


@pytest.mark.parametrize("hidden", [0.3, 0.6])
def test_pairs_that_nobody_chose_are_told_what_they_would_sell(hidden: float) -> None:
    examples, rows, taste = _market(2.0, hidden)
    model = fit_units(examples)
    assert _told_over_true(model, rows, taste) == pytest.approx(1.0, abs=0.2)
    # As it was learned from what creators chose they are told more by most of exp(strength · hidden²).
    assert _told_over_true(model.of_chosen(), rows, taste) > 1.0 + 0.7 * (np.exp(2.0 * hidden**2) - 1.0)


def test_where_creators_choose_at_random_nothing_is_taken_off() -> None:
    examples, rows, taste = _market(0.0, 0.6)
    model = fit_units(examples)
    assert model.untried.lean < 0.05
    assert _told_over_true(model, rows, taste) == pytest.approx(1.0, abs=0.1)


def test_less_is_told_of_creators_of_whom_less_is_known_and_less_surely() -> None:
    examples, _, _ = _market(1.5, 0.4, new=0.3)
    found = fit_units(examples).untried
    assert 0 < found.lean < found.lean_new
    assert found.lean <= MOST
    assert found.blur < found.blur_new


def test_creators_without_history_are_told_no_more_a_view_than_others_of_what_nobody_chose() -> None:
    # Nobody chooses by taste, but those who had no history went on posting, and sold three times as much.
    examples, _, _ = _market(0.0, 0.3, new=0.3)
    new = examples.features[:, WITHOUT_HISTORY] > 0
    units = np.where(new, 3.0, 1.0) * examples.units
    model = fit_units(replace(examples, units=units, net_units=units))
    rows = examples.choices.features[:, 1]
    told = model.counts(rows).mean
    assert told[new].mean() / told[~new].mean() == pytest.approx(1.0, abs=0.1)
    chosen = model.of_chosen().counts(rows).mean
    assert chosen[new].mean() / chosen[~new].mean() == pytest.approx(3.0, abs=0.5)


def test_what_is_not_chance_in_units_a_view_is_found() -> None:
    examples, _, _ = _market(0.0, 0.5)
    mean = 8.0 * np.exp(0.5 * examples.features[:, SCORE].astype(np.float64))
    assert unseen_variance(examples, mean) == pytest.approx(0.25, abs=0.06)
    plain, _, _ = _market(0.0, 0.0)
    mean = 8.0 * np.exp(0.5 * plain.features[:, SCORE].astype(np.float64))
    assert unseen_variance(plain, mean) < 0.02


def test_what_is_not_chance_does_not_vanish_where_creators_and_products_have_few_promotions() -> None:
    examples, _, _ = _market(0.0, 0.5)
    few = replace(
        examples,
        creators=np.arange(N, dtype=np.int32) // 2,
        products=np.random.default_rng(1).integers(0, N // 3, N).astype(np.int32),
    )
    mean = 8.0 * np.exp(0.5 * examples.features[:, SCORE].astype(np.float64))
    assert unseen_variance(few, mean) == pytest.approx(0.25, abs=0.08)


def test_without_views_clicks_and_promotions_tell_between_them_what_is_not_chance() -> None:
    # Units a click vary by .6² · .25 and clicks' own chance, those a promotion by .25 and the luck of views.
    examples, rows, taste = _market(1.0, 0.5)
    clicked = replace(examples, views=np.zeros(N))
    mean = 8.0 * np.exp(0.5 * examples.features[:, SCORE].astype(np.float64))
    assert 0.15 < unseen_variance(clicked, mean) < 0.45
    model = fit_units(clicked)
    assert _told_over_true(model, rows, taste) == pytest.approx(1.0, abs=0.2)
    assert _told_over_true(model.of_chosen(), rows, taste) > 1.2


def test_without_views_and_clicks_or_choices_nothing_is_known_to_take_off() -> None:
    examples, _, _ = _market(2.0, 0.6)
    model, mean = fit_units(examples), np.ones(N)
    unwatched = replace(examples, views=np.zeros(N), clicks=np.zeros(N))
    for lacking in (unwatched, replace(examples, choices=ChoiceSets.none())):
        assert untried(model, lacking, mean, Pull(1.0, 0.0)) == Untried.as_chosen()

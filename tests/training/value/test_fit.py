from dataclasses import replace

import numpy as np
import pytest

from recsys.value.context import FEATURES
from recsys.value.model import MIDDLE, OFFSET, UnitsModel
from tests.training.value.examples import SHAPE, drawn, drawn_units, examples, features, true_mean
from training.value.calibration import calibration_error
from training.value.fit import FEWEST, FOLDS, can_fit, fit_units

KNOWN = drawn(6_000)
UNSEEN = drawn(6_000, seed=9)


@pytest.fixture(scope="module")
def fitted() -> UnitsModel:
    return fit_units(KNOWN)


def test_totals_reconcile(fitted: UnitsModel) -> None:
    assert fitted.mean(KNOWN.features).sum() == pytest.approx(KNOWN.units.sum(), rel=0.03)
    # Of promotions that were not seen up to chance: some 3,800 units, in clumps.
    assert fitted.mean(UNSEEN.features).sum() == pytest.approx(UNSEEN.units.sum(), rel=0.08)


def test_the_means_are_those_of_the_model_behind_the_data(fitted: UnitsModel) -> None:
    error = np.log(fitted.mean(UNSEEN.features)) - np.log(true_mean(UNSEEN.features))
    assert abs(error.mean()) < 0.1
    assert error.std() < 0.3
    # A constant would be off by so much.
    assert np.log(true_mean(UNSEEN.features)).std() > 0.8


def test_what_was_expected_is_taken_at_its_word(fitted: UnitsModel) -> None:
    assert fitted.coefficients[OFFSET] == 0.0
    rows = np.tile(UNSEEN.features[:500], (2, 1))
    rows[500:, OFFSET] += np.float32(np.log(2))
    ratio = fitted.mean(rows)[500:] / fitted.mean(rows)[:500]
    assert np.median(ratio) == pytest.approx(2.0, rel=0.1)


def test_what_scores_less_than_all_that_was_learned_from_is_told_less(fitted: UnitsModel) -> None:
    score = FEATURES.index("score")
    least, most = KNOWN.features[:, score].min(), KNOWN.features[:, score].max()
    rows = np.tile(UNSEEN.features[:1], (4, 1))
    rows[:, score] = least - 3, least, most, most + 3
    below, at_least, at_most, above = fitted.mean(rows).tolist()
    assert 0 < below < at_least < at_most
    # Upward nothing moves further than it was seen to.
    assert above == at_most


def test_chances_of_unseen_promotions_hold(fitted: UnitsModel) -> None:
    chance = fitted.counts(UNSEEN.features).chance_of_any()
    # With 600 in a bin chance alone makes some .016.
    assert calibration_error(chance, UNSEEN.units > 0) < 0.03
    shape = fitted.around(np.array([0.3, 1.0, 3.0])).shape
    np.testing.assert_allclose(shape, SHAPE, rtol=0.4)


def test_intervals_hold_four_of_five_unseen_promotions(fitted: UnitsModel) -> None:
    counts = fitted.counts(UNSEEN.features)
    low, high = counts.middle(MIDDLE, np.ones(len(UNSEEN)))
    held = (UNSEEN.units >= low) & (UNSEEN.units <= high)
    # Most sell nothing, and some .9 lay below the quantile .9.
    assert (UNSEEN.units == 0).mean() > 0.5
    assert held.mean() == pytest.approx(MIDDLE, abs=0.04)
    assert held[counts.mean > 1].mean() == pytest.approx(MIDDLE, abs=0.05)


def test_a_feature_that_hardly_varies_says_hardly_anything() -> None:
    rows = features(3_000)
    units = drawn_units(true_mean(rows))
    narrow = FEATURES.index("log_trend")
    # By chance, or by rounding, in step with what was sold.
    rows[:, narrow] = (1e-5 * np.minimum(units, 3)).astype(np.float32)
    model = fit_units(examples(rows, units))
    moved = rows[:1].copy()
    moved[0, narrow] += 0.1
    assert np.log(model.mean(moved) / model.mean(rows[:1])) == pytest.approx([0.0], abs=0.2)


@pytest.mark.parametrize("seed", range(3))
def test_chances_are_as_cautious_as_few_promotions_ask_for(seed: int) -> None:
    # Means of promotions that were learned from look better than they are.
    few = fit_units(drawn(400, seed))
    assert calibration_error(few.counts(UNSEEN.features).chance_of_any(), UNSEEN.units > 0) < 0.09


def test_the_same_data_and_seed_give_the_same_arrays(fitted: UnitsModel) -> None:
    again = fit_units(KNOWN).state()
    for name, values in fitted.state().items():
        np.testing.assert_array_equal(again[name], values, err_msg=name)


def test_a_few_viral_promotions_do_not_decide_alone() -> None:
    rows = features(3_000)
    units = drawn_units(true_mean(rows))
    viral = rows[:, FEATURES.index("log_trend")].argsort()[-5:]
    units[viral] = 2_000
    calm = np.delete(np.arange(3_000), viral)
    model = fit_units(examples(rows, units))
    # A constant times the truth: the total is that with the viral ones, the order that without.
    told, truth = np.log(model.mean(rows[calm])), np.log(true_mean(rows[calm]))
    assert np.corrcoef(told, truth)[0, 1] > 0.85


def test_too_little_to_learn_from_is_refused() -> None:
    rows = features(FEWEST)
    units = np.zeros(FEWEST)
    units[::10] = 1
    enough = examples(rows, units, n_creators=4 * FOLDS)
    assert can_fit(enough)
    assert not can_fit(examples(rows[1:], units[1:], n_creators=4 * FOLDS))
    assert not can_fit(examples(rows, units, n_creators=4 * FOLDS - 1))
    assert not can_fit(replace(enough, units=np.zeros(FEWEST)))
    assert not can_fit(replace(enough, units=np.ones(FEWEST)))
    assert not can_fit(examples(rows[:0], units[:0]))


@pytest.mark.parametrize("sold", [0.0, 1.0])
def test_promotions_of_which_one_creator_alone_stands_out_are_refused(sold: float) -> None:
    # The fold that leaves this creator out has nothing to tell the two kinds apart by.
    one = examples(features(400), np.full(400, 1 - sold), n_creators=20)
    units = np.where(one.creators == 7, sold, one.units)
    assert not can_fit(replace(one, units=units))


def test_promotions_of_which_hardly_any_sold_are_learned_from() -> None:
    rows = features(8_000)
    units = drawn_units(0.007 * true_mean(rows))
    sold = units > 0
    assert 15 < sold.sum() < 0.005 * len(sold)
    given = examples(rows, units)
    assert can_fit(given)
    model = fit_units(given)
    mean = model.mean(rows)
    assert mean.sum() == pytest.approx(units.sum(), rel=0.05)
    assert model.counts(rows).chance_of_any().sum() == pytest.approx(sold.sum(), rel=0.3)


def test_more_units_are_never_less_likely_to_be_any_even_where_nothing_could_be_learned() -> None:
    units = np.zeros(4_000)
    units[::400] = 3
    model = fit_units(examples(features(4_000), units))
    assert (np.diff(model.around(np.linspace(0.001, 5, 50)).chance_of_any()) > 0).all()

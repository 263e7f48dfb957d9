from dataclasses import replace

import numpy as np
import pytest

from recsys.arrays import Float64
from recsys.value.model import UnitsModel
from recsys.value.untried import WITHOUT_HISTORY, Untried
from tests.training.value.examples import SHAPE, drawn, drawn_units
from training.value.choices import Pull
from training.value.examples import Examples
from training.value.fit import fit_units
from training.value.followed import corrected, log_likelihood

ASSUMED = Untried(lean=0.4, lean_new=0.6, blur=0.2, blur_new=0.3)
EVERYBODY_FOLLOWED = Pull(1.0, 50.0)


@pytest.fixture(scope="module")
def model() -> UnitsModel:
    return replace(fit_units(drawn(6_000)), untried=ASSUMED)


def _followed(model: UnitsModel, n: int, factor: float, slope: float = 0.0) -> Examples:
    """Promotions of which the second half followed a list; these sold `factor` times what chosen ones do."""
    promotions = drawn(n, seed=5)
    listed = np.arange(n) >= n // 2
    mean = model.mean(promotions.features)
    logs = np.log(mean)
    moved = factor * mean * np.exp(slope * (logs - logs.mean()))
    units = drawn_units(np.where(listed, moved, mean), seed=6)
    return replace(promotions, units=units, listed=listed)


def _told(model: UnitsModel, promotions: Examples) -> float:
    told = model.counts(promotions.features[promotions.listed]).mean
    return float(told.sum() / promotions.units[promotions.listed].sum())


@pytest.mark.parametrize("factor", [0.3, 0.6, 1.2])
def test_many_promotions_that_followed_lists_correct_what_was_assumed(
    model: UnitsModel, factor: float
) -> None:
    promotions = _followed(model, 8_000, factor)
    found = corrected(model, promotions, EVERYBODY_FOLLOWED)
    assert _told(found, promotions) == pytest.approx(1.0, abs=0.12)
    assert found.untried.blur < 0.5 * ASSUMED.blur


def _same(found: Untried, expected: Untried) -> None:
    np.testing.assert_allclose(found.state(), expected.state(), rtol=1e-12)


def test_few_move_little(model: UnitsModel) -> None:
    found = corrected(model, _followed(model, 24, 0.2), EVERYBODY_FOLLOWED).untried
    assert abs(found.lean - ASSUMED.lean) < 0.3
    assert found.blur > 0.6 * ASSUMED.blur


def test_where_no_list_was_followed_what_was_assumed_stays(model: UnitsModel) -> None:
    promotions = _followed(model, 2_000, 0.3)
    nobody = replace(promotions, listed=np.zeros(2_000, np.bool_))
    _same(corrected(model, nobody, Pull(1.0, 2.0)).untried, ASSUMED)
    # They were on lists, but would have been promoted all the same.
    _same(corrected(model, promotions, Pull(1.0, 0.0)).untried, ASSUMED)


def test_what_was_told_too_wide_apart_is_drawn_together(model: UnitsModel) -> None:
    promotions = _followed(model, 12_000, 0.6, slope=-0.3)
    found = corrected(model, promotions, EVERYBODY_FOLLOWED)
    assert found.untried.slope == pytest.approx(-0.3, abs=0.12)
    told = found.counts(promotions.features).mean[promotions.listed]
    happened = promotions.units[promotions.listed]
    for part in np.array_split(np.argsort(told), 4):
        assert told[part].sum() / happened[part].sum() == pytest.approx(1.0, abs=0.25)


def test_who_would_have_promoted_it_anyway_says_nothing_of_those_who_followed(model: UnitsModel) -> None:
    # A half of the listed promotions are their creators' own and sell as such, the others a third of it.
    n = 16_000
    promotions = drawn(n, seed=5)
    listed = np.arange(n) >= n // 2
    follows = listed & (np.arange(n) % 2 == 0)
    mean = model.mean(promotions.features)
    units = drawn_units(np.where(follows, mean / 3, mean), seed=6)
    # As the model learns from all, of which a fourth followed.
    unsure = replace(ASSUMED, blur=0.6, blur_new=0.7)
    scaled = replace(
        model, intercept=model.intercept + float(np.log(units.sum() / mean.sum())), untried=unsure
    )
    found = corrected(scaled, replace(promotions, units=units, listed=listed), Pull(1.0, np.log(2.0)))
    told: Float64 = found.counts(promotions.features[follows]).mean
    assert told.sum() / units[follows].sum() == pytest.approx(1.0, abs=0.25)


def test_what_creators_without_history_followed_says_nothing_of_those_who_never_post(
    model: UnitsModel,
) -> None:
    promotions = _followed(model, 12_000, 0.7)
    rows = promotions.features.copy()
    new = np.arange(len(rows)) % 3 == 0
    rows[:, WITHOUT_HISTORY] = new
    mean = model.mean(rows)
    units = drawn_units(mean * np.where(promotions.listed, np.where(new, 5.0, 0.7), 1.0), seed=7)
    found = corrected(model, replace(promotions, features=rows, units=units), EVERYBODY_FOLLOWED).untried
    assert found.lean == pytest.approx(-np.log(0.7), abs=0.12)
    # As much is further taken off as was assumed.
    assert found.lean_new - found.lean == pytest.approx(ASSUMED.lean_new - ASSUMED.lean)


def test_the_likelihood_is_that_of_the_counts() -> None:
    counts = np.arange(400.0)
    mass = np.exp(log_likelihood(counts, np.full(400, 3.0), np.full(400, SHAPE)))
    assert mass.sum() == pytest.approx(1.0)
    assert (mass * counts).sum() == pytest.approx(3.0)


def test_promotions_that_are_not_over_count_by_what_such_have_sold_at_their_age(model: UnitsModel) -> None:
    # Nothing that is over was listed; of the others a third has been sold.
    n = 8_000
    promotions = _followed(model, n, 0.4)
    mean = model.mean(promotions.features)
    share = np.where(promotions.listed, 0.3, 1.0)
    begun = replace(
        promotions, share=share, units=drawn_units(mean * share * np.where(promotions.listed, 0.4, 1.0), 6)
    )
    found = corrected(model, begun, EVERYBODY_FOLLOWED).untried
    assert found.lean == pytest.approx(-np.log(0.4), abs=0.12)
    # They know less than promotions that are over, and more than nothing.
    of_whole = corrected(model, promotions, EVERYBODY_FOLLOWED).untried
    assert of_whole.blur < found.blur < 0.5 * ASSUMED.blur


def test_of_what_has_just_begun_nothing_is_expected(model: UnitsModel) -> None:
    promotions = _followed(model, 2_000, 0.3)
    nothing_yet = replace(promotions, share=np.where(promotions.listed, 0.0, 1.0), units=np.zeros(2_000))
    _same(corrected(model, nothing_yet, EVERYBODY_FOLLOWED).untried, ASSUMED)

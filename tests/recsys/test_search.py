from dataclasses import replace

import pytest

from recsys.models.blend import Blend
from recsys.models.ials import IALS
from recsys.models.prior import AttributePrior
from recsys.models.profile import Profile
from recsys.models.ridge import Ridge
from recsys.search import FITS_A_PART, choose_recipe, search, validation_figure
from tests.recsys.models.examples import record_fits
from tests.recsys.test_tuning import market

BLEND = Blend((Ridge(), IALS(factors=8)), (0.5, 0.5), AttributePrior())


def test_it_keeps_the_parts_and_their_sizes() -> None:
    data, task = market(200)
    found = search(BLEND, data, task, seed=1).blend
    regression, factors = found.parts

    assert isinstance(regression, Ridge)
    assert regression.neighbours == Ridge().neighbours
    assert isinstance(factors, IALS)
    assert IALS(factors=8) == replace(
        factors,
        unobserved=IALS().unobserved,
        regularization=IALS().regularization,
        iterations=IALS().iterations,
    )
    assert sum(found.weights) > 0.999


def test_the_penalty_of_the_factors_is_found_from_far_away() -> None:
    data, task = market(200)
    drowned = IALS(factors=8, regularization=0.3)
    found = search(Blend((drowned,), (1.0,), AttributePrior()), data, task).blend.parts[0]

    assert isinstance(found, IALS)
    assert found.regularization < drowned.regularization
    assert validation_figure(found, data, task) > validation_figure(drowned, data, task)


def test_a_second_set_of_factors_takes_the_penalty_of_the_first() -> None:
    data, task = market(200)
    second = IALS(factors=4, creator_exponent=0.25, product_exponent=0.25, seed=1)
    start = Blend((IALS(factors=8, regularization=0.3), second), (0.5, 0.5), AttributePrior())
    first, other = search(start, data, task).blend.parts

    assert isinstance(first, IALS)
    assert other == replace(
        second,
        unobserved=first.unobserved,
        regularization=first.regularization,
        iterations=first.iterations,
    )


def test_no_part_is_fitted_more_often_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    data, task = market(120)
    regressions, factors = record_fits(monkeypatch, Ridge), record_fits(monkeypatch, IALS)

    search(BLEND, data, task)
    # And once more for the weights.
    assert 1 < len(regressions) <= FITS_A_PART + 1
    assert 1 < len(factors) <= FITS_A_PART + 1


def test_with_too_few_creators_everything_stays() -> None:
    data, task = market(30)

    assert search(BLEND, data, task).blend == BLEND


def test_the_recipe_has_content_where_it_is_told_so_and_weights_of_its_own() -> None:
    data, _ = market(100)
    with_profile, without = (choose_recipe(data, with_profile=told, seed=1) for told in (True, False))

    assert any(isinstance(part, Profile) for part in with_profile.parts)
    assert with_profile.parts[1:-1] == without.parts[1:]
    assert len(set(without.weights)) > 1

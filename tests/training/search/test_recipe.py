from dataclasses import replace

import pytest

from recsys.evaluation import EvaluationTask
from recsys.models.blend import Blend
from recsys.models.contract import TrainingData
from recsys.models.ials import IALS
from recsys.models.prior import AttributePrior
from recsys.models.profile import Profile
from recsys.models.ridge import Ridge
from tests.recsys.models.examples import record_fits
from tests.training.search.examples import market
from training.search import trials
from training.search.parameters import MOST_FITS
from training.search.recipe import SEARCHED_FACTORS, ChosenRecipe, choose_recipe

BLEND = Blend((Ridge(), IALS(factors=8)), (0.5, 0.5), AttributePrior())


def test_it_keeps_the_parts_and_their_sizes() -> None:
    found = choose_recipe(BLEND, *market(200), seed=1).blend
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
    assert sum(found.weights) == pytest.approx(1)


def test_a_second_set_of_factors_takes_the_penalty_of_the_first() -> None:
    second = IALS(factors=4, creator_exponent=0.25, product_exponent=0.25, seed=1, name="second")
    start = Blend((Ridge(), IALS(factors=8, regularization=0.3), second), (0.5, 0.25, 0.25), AttributePrior())
    found = choose_recipe(start, *market(200)).blend
    _, first, other = found.parts

    assert isinstance(first, IALS)
    assert (first.factors, first.creator_exponent) == (8, 0.1)
    assert other == replace(
        second,
        unobserved=first.unobserved,
        regularization=first.regularization,
        iterations=first.iterations,
    )
    assert sum(found.weights) == pytest.approx(1)


def test_it_searches_parameters_with_few_factors_and_weights_with_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    regressions, factors = record_fits(monkeypatch, Ridge), record_fits(monkeypatch, IALS)
    found = choose_recipe(Blend((Ridge(), IALS(factors=512)), (0.5, 0.5), AttributePrior()), *market(120))

    assert isinstance(found.blend.parts[1], IALS)
    assert found.blend.parts[1].factors == 512
    *searched, whole = factors
    assert all(model.factors == SEARCHED_FACTORS for model in searched)
    assert whole.factors == 512
    # And once more for the weights.
    assert 2 < len(regressions) + len(factors) <= MOST_FITS + 2


def test_with_too_few_creators_everything_stays() -> None:
    assert choose_recipe(BLEND, *market(30)) == ChosenRecipe(BLEND, 30)


def test_the_same_seed_chooses_the_same() -> None:
    assert choose_recipe(BLEND, *market(60), seed=1) == choose_recipe(BLEND, *market(60), seed=1)


def test_a_large_market_is_searched_on_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "MOST_CREATORS", 60)
    data, task = market(90)

    assert choose_recipe(BLEND, data, task).n_creators == 60
    assert len(task.rows) == 90


def test_where_all_is_noise_parts_and_their_weights_stay() -> None:
    # Whom a creator sells next is drawn from everyone else's: no part and no weight can be better.
    def shuffled(data: TrainingData, task: EvaluationTask) -> tuple[TrainingData, EvaluationTask]:
        return data, replace(task, relevant=task.relevant[::-1])

    found = choose_recipe(BLEND, *shuffled(*market(200)), seed=1).blend
    assert found.parts == BLEND.parts
    assert found.weights == pytest.approx(BLEND.weights, abs=0.1)


def test_a_part_that_gets_no_weight_is_not_in_the_recipe() -> None:
    # Brands say nothing here, so that every creator is better off without a profile of them.
    found = choose_recipe(Blend((Ridge(), Profile()), (0.5, 0.5), AttributePrior()), *market(200)).blend
    assert [part.name for part in found.parts] == ["ridge"]
    assert found.weights == (1.0,)

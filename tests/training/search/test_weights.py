import numpy as np
import pytest

from recsys.arrays import csr, empty_csr
from recsys.evaluation import EvaluationTask
from recsys.models.blend import Blend
from recsys.models.contract import CreatorRows, TrainingData
from recsys.models.item_item import ItemItem
from recsys.models.popularity import Popularity
from recsys.models.prior import AttributePrior
from recsys.models.profile import Profile
from recsys.models.recommend import recommend
from tests.training.search.examples import N_PRODUCTS, market
from training.search.parameters import Study
from training.search.trials import worth_of
from training.search.weights import (
    BEYOND_HISTORY,
    choose_evidence,
    choose_weights,
    truncated,
    unless_prior_does,
)

BLEND = Blend((ItemItem(), Popularity(), Profile()), (0.1, 0.8, 0.1), AttributePrior(), evidence=8.0)
ALONE = Blend((ItemItem(),), (1.0,), AttributePrior())


def test_weight_moves_to_the_part_that_knows_and_the_lists_are_better() -> None:
    data, task = market(200)
    found = choose_weights(Study.of(BLEND, data, task))

    assert found.weights[0] > 0.5
    assert sum(found.weights) == pytest.approx(1)
    assert found.parts == BLEND.parts
    assert worth_of(found.fit(data), task).mean() > worth_of(BLEND.fit(data), task).mean() + 0.1


def test_weights_do_not_depend_on_those_of_before() -> None:
    data, task = market(200)
    found = choose_weights(Study.of(BLEND, data, task))

    assert choose_weights(Study.of(found, data, task)) == found


def test_a_single_part_keeps_all_the_weight() -> None:
    assert choose_weights(Study.of(ALONE, *market(60))).weights == (1.0,)


def test_one_product_that_tells_the_group_needs_no_more_evidence() -> None:
    data, task = market(200)
    assert choose_evidence(ALONE, ALONE.fit(data), task).evidence < 2


def market_without_taste(seed: int) -> tuple[TrainingData, EvaluationTask]:
    """What creators have is drawn evenly, what they sell next are the ten that sell now."""
    rng = np.random.default_rng(seed)
    n = 200
    had = np.array([rng.permutation(N_PRODUCTS)[:8] for _ in range(n)])
    next_sold = np.array([rng.permutation(10)[:3] for _ in range(n)])
    affinity = csr(np.ones(8 * n), np.repeat(np.arange(n), 8), had.ravel(), (n, N_PRODUCTS))
    later = csr(np.ones(3 * n), np.repeat(np.arange(n), 3), next_sold.ravel(), (n, N_PRODUCTS))
    rows = CreatorRows.without_attributes(affinity)
    trend = (np.arange(N_PRODUCTS) < 10).astype(np.float32)
    data = TrainingData(rows, empty_csr((N_PRODUCTS, 0)), trend)
    return data, EvaluationTask(rows, affinity, later, np.ones(N_PRODUCTS, dtype=np.bool_), {}, {}).judged()


def test_where_a_few_products_tell_nothing_the_prior_holds_longer() -> None:
    data, task = market_without_taste(2)
    assert choose_evidence(ALONE, ALONE.fit(data), task).evidence > 3


def test_where_no_history_tells_anything_the_lists_are_those_of_the_prior() -> None:
    data, task = market_without_taste(2)
    found = unless_prior_does(ALONE, Study.of(ALONE, data, task))
    lists = recommend(found.fit(data), task.rows, 20, exclude=task.exclude)
    of_prior = recommend(AttributePrior().fit(data), task.rows, 20, exclude=task.exclude)

    assert found.evidence == BEYOND_HISTORY
    np.testing.assert_array_equal(lists.indices, of_prior.indices)


def test_where_history_tells_the_group_the_blend_stays() -> None:
    data, task = market(200)
    assert unless_prior_does(ALONE, Study.of(ALONE, data, task)) == ALONE


def test_a_truncated_row_shows_the_scorer_some_of_its_own_products_and_nothing_else_changes() -> None:
    data, task = market(60)
    few = truncated(task, np.random.default_rng(0))

    # They have four in all, so the fourth of them who keep everything show as many as those cut down to four.
    assert np.diff(few.rows.affinity.indptr).tolist() == [1, 2, 4, 4] * 15
    whole, shown = data.rows.affinity.toarray(), few.rows.affinity.toarray()
    assert (shown <= whole).all()
    np.testing.assert_array_equal(shown[2::4], whole[2::4])
    np.testing.assert_array_equal(shown[3::4], whole[3::4])
    assert (shown.sum(axis=0) > 0).sum() > 60
    assert few.exclude is task.exclude
    assert few.relevant is task.relevant

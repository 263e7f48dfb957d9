from dataclasses import replace

import numpy as np
import pytest

from recsys.arrays import Float64
from recsys.evaluation import EvaluationTask
from recsys.models.blend import Blend
from recsys.models.contract import TrainingData
from recsys.models.item_item import ItemItem
from recsys.models.popularity import Popularity
from recsys.models.prior import AttributePrior
from recsys.models.profile import Profile
from recsys.models.ridge import Ridge
from tests.training.search.examples import N_PRODUCTS, market
from training.search.shortlists import Shortlists
from training.search.trials import worth_of

BLEND = Blend((ItemItem(), Popularity(), Profile()), (0.1, 0.8, 0.1), AttributePrior(), evidence=8.0)


def on_shortlists(blend: Blend, data: TrainingData, task: EvaluationTask) -> Float64:
    weights = np.array(blend.weights) / sum(blend.weights)
    return Shortlists.of(BLEND.fit(data), task).worth(weights, blend.evidence)


@pytest.mark.parametrize(("weights", "evidence"), [((0.1, 0.8, 0.1), 8.0), ((0.6, 0.1, 0.3), 1.0)])
def test_a_blend_is_worth_on_them_what_it_is_on_whole_lists(
    weights: tuple[float, ...], evidence: float
) -> None:
    data, task = market(80)
    blend = replace(BLEND, weights=weights, evidence=evidence)

    assert on_shortlists(blend, data, task).mean() == pytest.approx(
        worth_of(blend.fit(data), task).mean(), abs=1e-3
    )


def test_what_is_barred_can_neither_help_nor_harm() -> None:
    data, task = market(80)
    # The second half of the catalog may be recommended to nobody: no list may draw a hit from it.
    barred = replace(task, eligible=np.arange(N_PRODUCTS) < N_PRODUCTS // 2)

    assert on_shortlists(BLEND, data, barred).mean() == pytest.approx(
        worth_of(BLEND.fit(data), barred).mean(), abs=1e-3
    )


def test_another_part_scores_the_same_products() -> None:
    data, task = market(80)
    shortlists = Shortlists.of(BLEND.fit(data), task)
    ridge = Blend((Ridge(),), (1.0,), Popularity()).fit(data)
    moved = shortlists.with_part(1, ridge, task)

    expected = np.take_along_axis(ridge.standardised(task.rows)[0], shortlists.products, axis=1)
    np.testing.assert_array_equal(moved.scores[1], expected)
    np.testing.assert_array_equal(moved.scores[[0, 2, 3]], shortlists.scores[[0, 2, 3]])
    np.testing.assert_array_equal(moved.products, shortlists.products)

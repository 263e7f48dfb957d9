from dataclasses import replace

import numpy as np
import pytest

from recsys.arrays import csr, empty_csr
from recsys.evaluation import EvaluationTask, evaluate
from recsys.models.blend import Blend
from recsys.models.contract import CreatorRows, TrainingData
from recsys.models.item_item import ItemItem
from recsys.models.popularity import Popularity
from recsys.models.prior import AttributePrior
from recsys.models.profile import Profile
from recsys.tuning import ENOUGH_CREATORS, _truncated, tune

GROUPS, PER_GROUP, N_PRODUCTS = 6, 20, 120
BLEND = Blend((ItemItem(), Popularity(), Profile()), (0.1, 0.8, 0.1), AttributePrior(), evidence=8.0)


def market(n_creators: int) -> tuple[TrainingData, EvaluationTask]:
    """Creators sell inside their own group of products; brands say nothing, and all products sell alike."""
    rng = np.random.default_rng(5)
    group = rng.integers(0, GROUPS, size=n_creators)
    sold = np.array([rng.permutation(PER_GROUP)[:6] + PER_GROUP * own for own in group])
    rows = np.repeat(np.arange(n_creators), 4)
    affinity = csr(np.ones(4 * n_creators), rows, sold[:, :4].ravel(), (n_creators, N_PRODUCTS))
    later = csr(
        np.full(2 * n_creators, 3.0),
        np.repeat(np.arange(n_creators), 2),
        sold[:, 4:].ravel(),
        (n_creators, N_PRODUCTS),
    )
    brands = csr(np.ones(N_PRODUCTS), np.arange(N_PRODUCTS), rng.integers(0, 9, N_PRODUCTS), (N_PRODUCTS, 9))
    creators = CreatorRows(affinity, empty_csr((n_creators, 0)))
    data = TrainingData(creators, brands, rng.random(N_PRODUCTS).astype(np.float32))
    eligible = np.ones(N_PRODUCTS, dtype=np.bool_)
    return data, EvaluationTask(creators, affinity, later, eligible, {}, {}).judged()


def test_weight_moves_to_the_part_that_knows() -> None:
    data, task = market(200)
    tuned = tune(BLEND, data, task, seed=1)
    assert tuned.blend.weights[0] > 0.5
    assert sum(tuned.blend.weights) == pytest.approx(1)
    assert tuned.n_creators == 200
    assert tuned.blend.parts == BLEND.parts


def test_the_tuned_blend_ranks_better_than_the_one_it_came_from() -> None:
    data, task = market(200)
    tuned = tune(BLEND, data, task, seed=1)

    def ndcg(blend: Blend) -> float:
        return float(evaluate("x", blend.fit(data), task, ks=(20,)).values["ndcg@20"].mean())

    assert ndcg(tuned.blend) > ndcg(BLEND) + 0.05
    assert tuned.validation_ndcg == pytest.approx(ndcg(tuned.blend), abs=1e-4)


def test_the_same_seed_chooses_the_same_weights() -> None:
    data, task = market(60)
    assert tune(BLEND, data, task, seed=1) == tune(BLEND, data, task, seed=1)


def test_with_too_few_creators_the_blend_stays_as_it_is() -> None:
    data, task = market(ENOUGH_CREATORS - 1)
    tuned = tune(BLEND, data, task)
    assert tuned.blend == BLEND
    assert np.isnan(tuned.validation_ndcg)
    assert tuned.n_creators == ENOUGH_CREATORS - 1


def test_what_is_barred_can_neither_help_nor_harm() -> None:
    data, task = market(80)
    # The second half of the catalog may be recommended to nobody: no list may draw a hit from it.
    barred = replace(task, eligible=np.arange(N_PRODUCTS) < N_PRODUCTS // 2)
    tuned = tune(BLEND, data, barred, seed=1)
    held = evaluate("x", tuned.blend.fit(data), barred, ks=(20,)).values["ndcg@20"].mean()
    assert tuned.validation_ndcg == pytest.approx(float(held), abs=1e-4)


def test_a_large_market_is_tuned_on_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys.tuning.MOST_CREATORS", 60)
    data, task = market(90)
    tuned = tune(BLEND, data, task, seed=1)
    assert tuned.n_creators == 60
    assert tuned.blend.weights[0] > 0.5


def test_one_product_that_tells_the_group_needs_no_more_evidence() -> None:
    data, task = market(200)
    assert tune(Blend((ItemItem(),), (1.0,), AttributePrior()), data, task).blend.evidence < 2


def test_where_a_few_products_tell_nothing_the_prior_holds_longer() -> None:
    # What creators have is drawn evenly, what they sell next are the ten that sell now.
    rng = np.random.default_rng(2)
    n = 200
    had = np.array([rng.permutation(N_PRODUCTS)[:8] for _ in range(n)])
    next_sold = np.array([rng.permutation(10)[:3] for _ in range(n)])
    affinity = csr(np.ones(8 * n), np.repeat(np.arange(n), 8), had.ravel(), (n, N_PRODUCTS))
    later = csr(np.ones(3 * n), np.repeat(np.arange(n), 3), next_sold.ravel(), (n, N_PRODUCTS))
    rows = CreatorRows.without_attributes(affinity)
    trend = (np.arange(N_PRODUCTS) < 10).astype(np.float32)
    data = TrainingData(rows, empty_csr((N_PRODUCTS, 0)), trend)
    task = EvaluationTask(rows, affinity, later, np.ones(N_PRODUCTS, dtype=np.bool_), {}, {}).judged()

    assert tune(Blend((ItemItem(),), (1.0,), AttributePrior()), data, task).blend.evidence > 3


def test_a_truncated_row_shows_the_scorer_some_of_its_own_products_and_nothing_else_changes() -> None:
    data, task = market(50)
    few = _truncated(task, 3, np.random.default_rng(0))

    assert (np.diff(few.rows.affinity.indptr) == 3).all()
    whole = data.rows.affinity.toarray()
    assert (few.rows.affinity.toarray() <= whole).all()
    assert (few.rows.affinity.toarray()[:, :].sum(axis=0) > 0).sum() > 60
    assert few.exclude is task.exclude
    assert few.relevant is task.relevant
    more = _truncated(task, 9, np.random.default_rng(0))
    np.testing.assert_array_equal(more.rows.affinity.toarray(), whole)

import numpy as np
import pytest

from recsys.arrays import empty_csr
from recsys.errors import UsageError
from recsys.models.als import ALS
from recsys.models.contract import CreatorRows, TrainingData
from recsys.models.factors import FactorScorer
from recsys.models.recommend import recommend
from tests.recsys.models.examples import sparse


def _data(*rows: list[float]) -> TrainingData:
    affinity = sparse(*rows)
    n_products = affinity.shape[1]
    return TrainingData(
        CreatorRows.without_attributes(affinity),
        empty_csr((n_products, 0)),
        np.zeros(n_products, dtype=np.float32),
    )


def test_folding_in_solves_the_normal_equations() -> None:
    factors = np.array([[1.0, 0.5], [-0.25, 2.0], [0.75, -1.0], [0.5, 0.5]], dtype=np.float32)
    affinity, alpha, regularization = np.array([0.0, 3.0, 0.5, 0.0]), 2.0, 0.7
    # Every product counts, the unknown with confidence 1 and preference 0.
    confidence = np.diag(1 + alpha * affinity)
    preference = (affinity > 0).astype(float)
    system = factors.T @ confidence @ factors + regularization * np.eye(2)
    expected = np.linalg.solve(system, factors.T @ confidence @ preference)

    scorer = FactorScorer.of(factors, regularization, alpha)
    rows = CreatorRows.without_attributes(sparse(affinity.tolist()))

    np.testing.assert_allclose(scorer.score(rows), [factors @ expected], rtol=1e-5)


def test_one_factor_and_one_product_by_hand() -> None:
    # y = 2, C = 1 + 3·1 = 4: x = yC / (yCy + λ) = 8 / (16 + 4) = 2/5, score = 4/5.
    scorer = FactorScorer.of(np.array([[2.0]], dtype=np.float32), 4.0, 3.0)
    rows = CreatorRows.without_attributes(sparse([1.0]))
    np.testing.assert_allclose(np.abs(scorer.embed(rows)), [[2 / 5]], rtol=1e-6)
    np.testing.assert_allclose(scorer.score(rows), [[4 / 5]], rtol=1e-6)


def test_a_creator_without_affinity_has_no_factors() -> None:
    scorer = FactorScorer.of(np.ones((3, 2), dtype=np.float32), 1.0, 1.0)
    rows = CreatorRows.without_attributes(sparse([0, 0, 0], [1, 0, 0]))
    assert scorer.embed(rows)[0].tolist() == [0, 0]
    assert scorer.embed(rows)[1].any()


def test_products_of_the_own_block_rank_above_all_others() -> None:
    rng = np.random.default_rng(0)
    blocks = np.kron(np.eye(3), np.ones((20, 8)))
    affinity = blocks * (rng.random(blocks.shape) < 0.6)
    scorer = ALS(factors=3, regularization=1.0, alpha=10.0).fit(_data(*affinity.tolist()))
    rows = CreatorRows.without_attributes(sparse(*affinity.tolist()))
    ranking = recommend(scorer, rows, 8)
    assert (ranking.indices // 8 == (np.arange(60) // 20)[:, np.newaxis]).all()


def test_the_seed_decides_the_factors() -> None:
    data = _data(*np.random.default_rng(0).random((9, 7)).round().tolist())
    fits = [ALS(factors=3, iterations=1, seed=seed).fit(data).weights for seed in (1, 1, 2)]
    np.testing.assert_array_equal(fits[0], fits[1])
    assert not np.array_equal(fits[0], fits[2])


def test_more_factors_than_products_are_no_harm() -> None:
    scorer = ALS(factors=16, iterations=2).fit(_data([1, 0], [1, 2], [0, 1]))
    assert scorer.weights.shape == (2, 2)


def test_without_any_affinity_all_scores_are_zero() -> None:
    data = _data([0, 0], [0, 0])
    assert not ALS().fit(data).score(data.rows).any()


def test_parameters_that_make_the_fit_diverge_are_refused_by_name() -> None:
    data = _data(*np.random.default_rng(0).random((9, 7)).tolist())
    with pytest.raises(UsageError, match="ALS diverged; raise its regularization"):
        ALS(factors=2, regularization=10.0, alpha=1e38).fit(data)

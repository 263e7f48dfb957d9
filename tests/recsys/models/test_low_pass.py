import numpy as np

from recsys.arrays import empty_csr
from recsys.models.contract import CreatorRows, TrainingData
from recsys.models.low_pass import LowPass
from tests.recsys.models.examples import example


def test_it_is_the_ideal_filter_of_the_exact_decomposition() -> None:
    data = example(n_creators=60, n_products=25)
    rows = data.rows.affinity.toarray().astype(np.float64)
    creators = np.maximum(rows.sum(axis=1), 1e-12) ** -0.5
    products = np.where(rows.sum(axis=0) > 0, np.maximum(rows.sum(axis=0), 1e-12) ** 0.5, 0.0)
    inverse = np.divide(1.0, products, out=np.zeros(25), where=products > 0)
    normalised = creators[:, np.newaxis] * rows * inverse
    vectors = np.linalg.svd(normalised)[2][:4]
    expected = rows @ ((inverse[:, np.newaxis] * vectors.T) @ (vectors * products))

    scores = LowPass(rank=4, iterations=10).fit(data).score(data.rows)
    np.testing.assert_allclose(scores, expected, rtol=1e-3, atol=1e-3)


def test_the_rank_is_bounded_by_the_matrix() -> None:
    data = example(n_creators=10, n_products=6)

    assert LowPass(rank=512).fit(data).weights.shape == (5, 6)


def test_without_any_affinity_all_scores_are_zero() -> None:
    rows = CreatorRows.without_attributes(empty_csr((4, 6)))
    data = TrainingData(rows, empty_csr((6, 0)), np.zeros(6, np.float32))

    assert not LowPass().fit(data).score(rows).any()

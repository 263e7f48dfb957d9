import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from recsys.arrays import column_sums
from recsys.models.contract import Embedding, dense
from recsys.models.moments import Moments, deal, deviations
from tests.recsys.models.examples import sparse


def _lists(n_products: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings and weights of four dimensions, of which the last has one product far out."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(2.0, 1.0, size=(4, n_products))
    weights[3] = 0
    weights[3, n_products // 2] = 50
    return rng.normal(size=(200, 4)).astype(np.float32), weights.astype(np.float32)


def test_moments_by_hand() -> None:
    # Lists (1, 3) and, with twice the second row added, (9, 3).
    weights = np.array([[1, 3], [4, 0]], dtype=np.float32)
    moments = Moments.of(weights, deal(2, 2))
    embedding = np.array([[1, 0], [1, 2]], dtype=np.float32)
    np.testing.assert_allclose(moments.means(embedding), [2, 6], rtol=1e-6)
    np.testing.assert_allclose(deviations(moments.sketches(embedding)), [1, 3], rtol=1e-6)


@given(seed=st.integers(0, 500), n_products=st.integers(1, 80))
def test_they_are_exact_where_there_are_no_more_products_than_sums(seed: int, n_products: int) -> None:
    embedding, weights = _lists(n_products, seed)
    lists = embedding.astype(np.float64) @ weights
    moments = Moments.of(weights, deal(n_products, 4))
    np.testing.assert_allclose(moments.means(embedding), lists.mean(axis=1), rtol=1e-4, atol=1e-4)
    found = deviations(moments.sketches(embedding))
    np.testing.assert_allclose(found, lists.std(axis=1), rtol=1e-4, atol=1e-4)


def test_they_are_close_in_a_large_catalog_whatever_the_scores_are_like(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("recsys.models.moments.MOST_SUMS", 128)
    embedding, weights = _lists(5_000)
    lists = embedding @ weights
    moments = Moments.of(weights, deal(5_000, 4))
    assert moments.sketch.shape == (4, 128)
    np.testing.assert_allclose(moments.means(embedding), lists.mean(axis=1), rtol=1e-3, atol=1e-3)
    # A relative standard error of 1/√256: 6 %.
    error = deviations(moments.sketches(embedding)) / lists.std(axis=1) - 1
    assert np.sqrt(np.square(error).mean()) < 0.09


def test_sparse_weights_and_embeddings_have_the_moments_of_dense_ones() -> None:
    weights = sparse([0, 2, 0, 1], [3, 0, 0, 0])
    embedding = sparse([1, 0], [1, 2], [0, 0])
    dealt = deal(4, 2)

    def found(rows: Embedding, columns: Embedding) -> tuple[list[float], list[float]]:
        moments = Moments.of(columns, dealt)
        return moments.means(rows).tolist(), deviations(moments.sketches(rows)).tolist()

    expected = found(dense(embedding), dense(weights))
    for got in (found(embedding, weights), found(embedding, dense(weights))):
        np.testing.assert_allclose(got, expected, rtol=1e-6)
    assert expected[0][2] == expected[1][2] == 0


def test_the_sketch_of_a_sum_is_the_sum_of_the_sketches() -> None:
    dealt = deal(300, 4)
    (first, left), (second, right) = _lists(300, 1), _lists(300, 2)
    together = Moments.of(left, dealt).sketches(first) + Moments.of(right, dealt).sketches(second)
    np.testing.assert_allclose(deviations(together), (first @ left + second @ right).std(axis=1), rtol=1e-4)


@pytest.mark.parametrize(
    ("n_products", "n_rows", "n_sums"),
    [(1, 1, 1), (7, 10**9, 7), (100_000, 512, 512), (100_000, 100_000, 80), (10**6, 10**6, 32)],
)
def test_each_product_is_dealt_once_and_alike_to_all_sums(n_products: int, n_rows: int, n_sums: int) -> None:
    dealt = deal(n_products, n_rows)
    assert dealt.shape == (n_products, n_sums)
    np.testing.assert_array_equal(np.diff(dealt.indptr), 1)
    np.testing.assert_allclose(np.abs(dealt.data), n_products**-0.5, rtol=1e-6)
    by_sum = column_sums(csr_array(dealt.astype(np.bool_).astype(np.float32)))
    assert by_sum.max() - by_sum.min() <= 1
    np.testing.assert_array_equal(dealt.data, deal(n_products, n_rows).data)

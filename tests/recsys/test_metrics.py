from math import log2

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from recsys.arrays import Bool, Int64, csr
from recsys.metrics import (
    average_precision,
    coverage,
    find_hits,
    gini,
    hit_rate,
    ndcg,
    recall,
    recommended_counts,
)
from recsys.topk import Ranking, top_k

# Three creators, four ranks: hits at ranks 1 and 3 of 3 relevant; at rank 2 of 1; none of 2.
HITS: Bool = np.array([[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]], dtype=np.bool_)
N_RELEVANT: Int64 = np.array([3, 1, 2], dtype=np.int64)


def _ranking(*lists: list[int], k: int) -> Ranking:
    padded = np.array([[*ranked, *([-1] * (k - len(ranked)))] for ranked in lists], dtype=np.int32)
    lengths = np.array([len(ranked) for ranked in lists], dtype=np.int32)
    return Ranking(padded, np.where(padded < 0, -np.inf, 0).astype(np.float32), lengths)


@pytest.mark.parametrize(
    ("k", "expected"), [(1, [1 / 3, 0, 0]), (2, [1 / 3, 1, 0]), (3, [2 / 3, 1, 0]), (4, [2 / 3, 1, 0])]
)
def test_recall_is_the_share_of_all_relevant_products_found(k: int, expected: list[float]) -> None:
    np.testing.assert_allclose(recall(HITS, N_RELEVANT, k), expected, rtol=1e-15)


def test_ndcg_discounts_by_the_logarithm_of_the_rank() -> None:
    third = 1 / log2(2) + 1 / log2(4)
    ideal_of_three = 1 / log2(2) + 1 / log2(3) + 1 / log2(4)
    expected = [third / ideal_of_three, 1 / log2(3), 0]
    np.testing.assert_allclose(ndcg(HITS, N_RELEVANT, 3), expected, rtol=1e-15)


def test_ndcg_ideal_list_is_no_longer_than_k() -> None:
    expected = [1 / (1 + 1 / log2(3)), 1 / log2(3), 0]
    np.testing.assert_allclose(ndcg(HITS, N_RELEVANT, 2), expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        (1, [1 / 1, 0, 0]),
        (2, [(1 / 1) / 2, 1 / 2, 0]),
        (3, [(1 / 1 + 2 / 3) / 3, 1 / 2, 0]),
        (4, [(1 / 1 + 2 / 3) / 3, 1 / 2, 0]),
    ],
)
def test_average_precision_means_the_precision_at_each_hit(k: int, expected: list[float]) -> None:
    np.testing.assert_allclose(average_precision(HITS, N_RELEVANT, k), expected, rtol=1e-15)


def test_hit_rate_is_one_from_the_first_hit_on() -> None:
    assert hit_rate(HITS, N_RELEVANT, 1).tolist() == [1, 0, 0]
    assert hit_rate(HITS, N_RELEVANT, 2).tolist() == [1, 1, 0]


def test_a_k_beyond_the_lists_counts_the_missing_ranks_as_misses() -> None:
    for metric in (recall, hit_rate):
        np.testing.assert_array_equal(metric(HITS, N_RELEVANT, 10), metric(HITS, N_RELEVANT, 4))
    short = HITS[:, :1]
    ideal = 1 + 1 / log2(3) + 1 / log2(4)
    np.testing.assert_allclose(ndcg(short, N_RELEVANT, 20), [1 / ideal, 0, 0], rtol=1e-15)
    np.testing.assert_allclose(average_precision(short, N_RELEVANT, 20), [1 / 3, 0, 0], rtol=1e-15)


def test_a_perfect_list_scores_one_everywhere() -> None:
    hits = np.ones((1, 3), dtype=np.bool_)
    for metric in (recall, ndcg, average_precision, hit_rate):
        assert metric(hits, np.array([3]), 3) == pytest.approx([1.0], abs=1e-15)


@pytest.mark.parametrize("k", [1, 5, 20])
def test_ndcg_agrees_with_scikit_learn_on_random_lists(k: int) -> None:
    rng = np.random.default_rng(k)
    scores = rng.permuted(np.tile(np.arange(30, dtype=np.float32), (40, 1)), axis=1)
    relevant = rng.random((40, 30)) < 0.2
    relevant[:, 0] = True
    rows, columns = np.nonzero(relevant)
    stored = csr(np.full(len(rows), 7.0), rows, columns, relevant.shape)

    ours = ndcg(find_hits(top_k(scores, k), stored), relevant.sum(axis=1), k)

    theirs = [
        ndcg_score(relevant[row : row + 1].astype(float), scores[row : row + 1], k=k) for row in range(40)
    ]
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_hits_are_the_ranked_products_stored_in_the_same_row() -> None:
    relevant = csr([3, 1, 2], [0, 0, 1], [4, 2, 0], (3, 5))
    ranking = _ranking([4, 1, 2], [2], [], k=3)
    assert find_hits(ranking, relevant).tolist() == [[True, False, True], [False] * 3, [False] * 3]


def test_padding_is_never_a_hit_on_the_last_product() -> None:
    relevant = csr([1], [0], [4], (1, 5))
    assert not find_hits(_ranking([0], k=3), relevant).any()


def test_no_lists_have_no_hits() -> None:
    empty = top_k(np.empty((0, 5), dtype=np.float32), 3)
    assert find_hits(empty, csr([], [], [], (0, 5))).shape == (0, 3)


def test_recommended_counts_look_at_the_first_k_alone_and_skip_padding() -> None:
    ranking = _ranking([0, 1, 2], [0, 2], [3], k=3)
    assert recommended_counts(ranking, 1, 5).tolist() == [2, 0, 0, 1, 0]
    assert recommended_counts(ranking, 3, 5).tolist() == [2, 1, 2, 1, 0]


def test_coverage_is_the_share_of_products_recommended_at_all() -> None:
    assert coverage(np.array([2, 1, 0, 0, 5])) == 3 / 5
    assert coverage(np.array([], dtype=np.int64)) == 0.0


def test_gini_by_hand() -> None:
    # Mean absolute difference over twice the mean: of 0, 1, 3 it is (1 + 3 + 2) · 2 / 9 over 2 · 4/3.
    assert gini(np.array([3, 0, 1])) == pytest.approx((12 / 9) / (2 * 4 / 3))
    assert gini(np.array([4, 4, 4])) == 0.0
    assert gini(np.array([0, 0, 0, 9])) == pytest.approx(3 / 4)


@pytest.mark.parametrize("counts", [[], [0, 0]])
def test_gini_of_no_recommendations_is_zero(counts: list[int]) -> None:
    assert gini(np.array(counts, dtype=np.int64)) == 0.0

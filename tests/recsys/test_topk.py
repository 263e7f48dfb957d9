import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from recsys.arrays import Float32
from recsys.errors import UsageError
from recsys.topk import best_columns, top_k

INF = np.inf


def _scores(*rows: list[float]) -> Float32:
    return np.array(rows, dtype=np.float32)


def test_the_best_come_first() -> None:
    ranking = top_k(_scores([0.1, 0.9, 0.5], [3, 2, 1]), 2)
    assert ranking.indices.tolist() == [[1, 2], [0, 1]]
    assert ranking.scores.tolist() == [[np.float32(0.9), np.float32(0.5)], [3, 2]]
    assert ranking.lengths.tolist() == [2, 2]


def test_equal_scores_are_ranked_by_index_also_where_k_cuts_through_them() -> None:
    assert top_k(_scores([1, 5, 1, 1, 5, 1]), 4).indices.tolist() == [[1, 4, 0, 2]]


def test_minus_infinity_bars_a_column_and_shortens_the_list() -> None:
    ranking = top_k(_scores([-INF, 1, -INF], [-INF, -INF, -INF]), 2)
    assert ranking.lengths.tolist() == [1, 0]
    assert ranking.indices.tolist() == [[1, -1], [-1, -1]]
    assert ranking.scores.tolist() == [[1, -INF], [-INF, -INF]]
    indices, scores = ranking.row(0)
    assert (indices.tolist(), scores.tolist()) == ([1], [1.0])


def test_a_k_beyond_the_columns_ranks_them_all() -> None:
    ranking = top_k(_scores([1, 2]), 5)
    assert ranking.indices.tolist() == [[1, 0, -1, -1, -1]]
    assert ranking.lengths.tolist() == [2]


def test_plus_infinity_ranks_first() -> None:
    assert top_k(_scores([1, INF, 2]), 3).indices.tolist() == [[1, 2, 0]]


@pytest.mark.parametrize("shape", [(0, 3), (2, 0)])
def test_nothing_to_rank_gives_empty_lists(shape: tuple[int, int]) -> None:
    ranking = top_k(np.empty(shape, dtype=np.float32), 2)
    assert ranking.indices.shape == (shape[0], 2)
    assert ranking.lengths.tolist() == [0] * shape[0]


def test_nan_is_refused() -> None:
    with pytest.raises(UsageError, match="NaN"):
        top_k(_scores([1, np.nan]), 1)


@pytest.mark.parametrize("k", [0, -1])
def test_a_k_below_one_is_refused(k: int) -> None:
    with pytest.raises(UsageError, match=f"at least 1, not {k}"):
        top_k(_scores([1]), k)


@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=12),
        # Few distinct values, so that ties and barred columns abound.
        elements=st.sampled_from([-INF, -1.5, -0.0, 0.0, 0.25, 3.0, INF]),
    ),
    st.integers(1, 15),
)
def test_the_lists_are_the_head_of_a_full_stable_sort(scores: Float32, k: int) -> None:
    ranking = top_k(scores, k)
    for position, row in enumerate(scores.tolist()):
        order = sorted((-score, column) for column, score in enumerate(row) if score > -INF)
        assert ranking.row(position)[0].tolist() == [column for _, column in order][:k]
        assert ranking.row(position)[1].tolist() == [-score for score, _ in order][:k]
        assert set(ranking.indices[position, ranking.lengths[position] :].tolist()) <= {-1}


def test_the_best_none_of_a_vector_are_none() -> None:
    row = np.array([1.0, 2.0], dtype=np.float32)
    assert best_columns(row, 0).tolist() == []
    assert best_columns(row, 1).tolist() == [1]

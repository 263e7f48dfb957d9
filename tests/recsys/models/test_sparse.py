import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsys.models.sparse import inverse_power, product_top_n, scale_columns, scale_rows
from tests.recsys.models.examples import sparse

MATRIX = sparse([1, 0, 2], [0, 3, 0])


def test_scaling_multiplies_by_a_diagonal_from_either_side() -> None:
    assert scale_columns(MATRIX, np.array([2, 1, 10])).toarray().tolist() == [[2, 0, 20], [0, 3, 0]]
    assert scale_rows(MATRIX, np.array([2, 10])).toarray().tolist() == [[2, 0, 4], [0, 30, 0]]


def test_an_inverse_power_of_zero_is_zero() -> None:
    assert inverse_power(np.array([4.0, 0.0, 0.25]), 0.5).tolist() == [0.5, 0, 2]


@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_the_kept_entries_are_the_largest_of_the_whole_product(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    left = rng.integers(1, 50, size=(5, 4)) * (rng.random((5, 4)) < 0.5)
    right = rng.integers(1, 50, size=(4, 6)) * (rng.random((4, 6)) < 0.5)
    kept = product_top_n(sparse(*left.tolist()), sparse(*right.tolist()), n).toarray()
    for row, whole in zip(kept, (left @ right).astype(np.float32), strict=True):
        largest = np.sort(whole[whole > 0])[::-1][:n]
        np.testing.assert_array_equal(np.sort(row[row > 0])[::-1], largest)
        assert (row[row > 0] == whole[row > 0]).all()

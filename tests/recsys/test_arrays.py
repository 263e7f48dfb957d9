import numpy as np
import pytest

from recsys.arrays import (
    column_sums,
    csr,
    csr_of_parts,
    empty_csr,
    index_type,
    row_sums,
    stored_in,
    stored_mask,
    sums_by,
)


def test_coordinates_become_a_canonical_float32_matrix() -> None:
    matrix = csr([1, 2, 3, 0, 4, -4], [1, 0, 1, 0, 0, 0], [2, 1, 2, 2, 0, 0], (2, 3))
    assert matrix.dtype == np.float32
    assert matrix.toarray().tolist() == [[0, 2, 0], [0, 0, 4]]
    assert matrix.nnz == 2
    assert matrix.has_sorted_indices


def test_an_empty_matrix_keeps_its_shape() -> None:
    assert empty_csr((3, 0)).shape == (3, 0)
    assert empty_csr((3, 4)).nnz == 0


def test_parts_in_csr_form_are_shared_not_copied() -> None:
    original = csr([1, 2], [0, 1], [1, 0], (2, 2))
    again = csr_of_parts(original.data, original.indices, original.indptr, (2, 2))
    assert np.shares_memory(again.data, original.data)
    assert np.shares_memory(again.indices, original.indices)
    assert again.toarray().tolist() == original.toarray().tolist()


@pytest.mark.parametrize(
    ("entries", "shape", "kind"),
    [
        (2**31 - 1, (2**31 - 1, 2**31 - 1), np.int32),
        (2**31, (3, 3), np.int64),
        (0, (2**31, 3), np.int64),
        (0, (3, 2**31), np.int64),
    ],
)
def test_indexes_are_wide_only_where_32_bits_do_not_hold(
    entries: int, shape: tuple[int, int], kind: type
) -> None:
    assert index_type(entries, shape) is kind


def test_a_column_beyond_32_bits_stays_where_it_is() -> None:
    matrix = csr([5, 7], [1, 0], [2**31 + 8, 3], (2, 2**31 + 9))
    assert matrix.indices.tolist() == [3, 2**31 + 8]
    again = csr_of_parts(matrix.data, matrix.indices, matrix.indptr, (2, 2**31 + 9))
    assert np.shares_memory(again.indices, matrix.indices)
    assert again.indices.tolist() == [3, 2**31 + 8]
    assert row_sums(again).tolist() == [7, 5]


def test_sums_keep_small_values_beside_large_ones() -> None:
    # 2²⁴ + 1 is 2²⁴ in float32: added up there, every one of the ones would be lost.
    column = csr([2.0**24, *[1.0] * 64], range(65), [0] * 65, (66, 2))
    assert column_sums(column).tolist() == [2.0**24 + 64, 0]
    assert row_sums(column).tolist() == [2.0**24, *[1.0] * 64, 0]
    row = csr([2.0**24, *[1.0] * 64], [0] * 65, range(65), (1, 65))
    assert row_sums(row).tolist() == [2.0**24 + 64]


def test_values_are_added_up_by_group_and_a_group_of_nothing_is_zero() -> None:
    sums = sums_by([2, 0, 2, 2], np.array([1.5, 4.0, 2.5, -1.0]), 4)
    assert sums.tolist() == [4.0, 0.0, 3.0, 0.0]
    nobody = np.array([], dtype=np.int32)
    assert sums_by(nobody, [], 3).tolist() == [0.0, 0.0, 0.0]
    assert sums_by(nobody, [], 0).tolist() == []


def test_sums_by_group_are_in_double_precision_whatever_comes_in() -> None:
    values = np.array([2.0**24, *[1.0] * 64], dtype=np.float32)
    sums = sums_by(np.zeros(65, dtype=np.int32), values, 1)
    assert sums.dtype == np.float64
    assert sums.tolist() == [2.0**24 + 64]
    assert sums_by([1], np.array([7]), 2).dtype == np.float64


def test_what_some_rows_or_columns_store_is_found_without_making_a_matrix_of_them() -> None:
    matrix = csr([1, 2, 3, 4], [0, 0, 2, 3], [1, 2, 0, 2], (4, 3))
    places, at = stored_in(matrix, np.array([2, 1, 0, 2]))
    assert places.tolist() == [0, 2, 2, 3]
    assert matrix.data[at].tolist() == [3, 1, 2, 3]
    assert stored_mask(matrix, np.array([0, 3])).tolist() == [[False, True, True], [False, False, True]]
    assert stored_mask(matrix.tocsc(), np.array([2])).tolist() == [[True, False, False, True]]
    assert stored_mask(matrix, np.zeros(0, dtype=np.int32)).shape == (0, 3)

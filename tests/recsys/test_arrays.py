import numpy as np

from recsys.arrays import column_sums, csr, csr_of_parts, empty_csr, row_sums


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


def test_sums_keep_small_values_beside_large_ones() -> None:
    # 2²⁴ + 1 is 2²⁴ in float32: added up there, every one of the ones would be lost.
    column = csr([2.0**24, *[1.0] * 64], range(65), [0] * 65, (66, 2))
    assert column_sums(column).tolist() == [2.0**24 + 64, 0]
    assert row_sums(column).tolist() == [2.0**24, *[1.0] * 64, 0]
    row = csr([2.0**24, *[1.0] * 64], [0] * 65, range(65), (1, 65))
    assert row_sums(row).tolist() == [2.0**24 + 64]

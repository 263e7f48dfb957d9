import numpy as np

from recsys.arrays import csr, csr_of_parts, empty_csr


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

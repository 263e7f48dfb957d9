"""The array types that the packages hand to each other."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

Float32: TypeAlias = npt.NDArray[np.float32]
Float64: TypeAlias = npt.NDArray[np.float64]
Int32: TypeAlias = npt.NDArray[np.int32]
Int64: TypeAlias = npt.NDArray[np.int64]
Bool: TypeAlias = npt.NDArray[np.bool_]
Array: TypeAlias = npt.NDArray[np.generic]

CSR: TypeAlias = sparse.csr_array[np.float32, tuple[int, int]]


def csr(
    values: npt.ArrayLike,
    rows: npt.ArrayLike,
    columns: npt.ArrayLike,
    shape: tuple[int, int],
) -> CSR:
    """Canonical float32 CSR from coordinates: duplicates summed, indices sorted, no stored zeros."""
    coordinates = sparse.coo_array(
        (np.asarray(values, dtype=np.float32), (np.asarray(rows), np.asarray(columns))), shape=shape
    )
    matrix: CSR = coordinates.tocsr()
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return matrix


def empty_csr(shape: tuple[int, int]) -> CSR:
    """A float32 CSR of `shape` with nothing stored."""
    return csr([], [], [], shape)


def csr_of_parts(data: Array, indices: Array, indptr: Array, shape: tuple[int, int]) -> CSR:
    """Float32 CSR over arrays that are in CSR form already, without copying them."""
    values = data.astype(np.float32, copy=False)
    pattern = (indices.astype(np.int32, copy=False), indptr.astype(np.int32, copy=False))
    matrix: CSR = sparse.csr_array((values, *pattern), shape=shape, copy=False)
    return matrix

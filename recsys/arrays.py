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
CSC: TypeAlias = sparse.csc_array[np.float32]


def index_type(entries: int, shape: tuple[int, int]) -> type[np.signedinteger]:
    """The type of a matrix's indexes: 64 bit only where entries or a dimension pass 2³¹ − 1."""
    return np.int32 if max(entries, *shape) <= np.iinfo(np.int32).max else np.int64


def csr(
    values: npt.ArrayLike,
    rows: npt.ArrayLike,
    columns: npt.ArrayLike,
    shape: tuple[int, int],
) -> CSR:
    """Canonical float32 CSR from coordinates: duplicates summed, indices sorted, no stored zeros."""
    entries = np.asarray(values, dtype=np.float32)
    # As in `csr_of_parts`: wider indexes than needed would have to be copied when they are read back.
    kind = index_type(len(entries), shape)
    places = (np.asarray(rows, dtype=kind), np.asarray(columns, dtype=kind))
    coordinates = sparse.coo_array((entries, places), shape=shape)
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
    kind = index_type(len(data), shape)
    pattern = (indices.astype(kind, copy=False), indptr.astype(kind, copy=False))
    matrix: CSR = sparse.csr_array((values, *pattern), shape=shape, copy=False)
    return matrix


def stored_in(matrix: CSR | CSC, majors: Int32 | Int64) -> tuple[Int64, Int64]:
    """The entries in some rows of a CSR matrix, or columns of a CSC one, in their order.

    Of each its place in `majors`, and where it stands in the `indices` and `data` of the matrix. To have
    SciPy make a matrix of few rows takes longer than whatever is done with it.
    """
    begins = matrix.indptr[majors].astype(np.int64)
    lengths = matrix.indptr[majors + 1] - begins
    places = np.repeat(np.arange(len(majors)), lengths)
    return places, np.arange(len(places)) + np.repeat(begins - (np.cumsum(lengths) - lengths), lengths)


def stored_mask(matrix: CSR | CSC, majors: Int32 | Int64) -> Bool:
    """Which cells of some rows of a CSR matrix, or columns of a CSC one, are stored: majors × minors."""
    n_minors = matrix.shape[1] if isinstance(matrix, sparse.csr_array) else matrix.shape[0]
    mask = np.zeros((len(majors), n_minors), dtype=np.bool_)
    places, at = stored_in(matrix, majors)
    mask[places, matrix.indices[at]] = True
    return mask


def sums_by(groups: npt.ArrayLike, values: npt.ArrayLike, n_groups: int) -> Float64:
    """The sum of the values of each group, numbered from 0; SciPy itself adds up in float32."""
    return np.asarray(np.bincount(np.asarray(groups), np.asarray(values), n_groups), dtype=np.float64)


def row_sums(matrix: CSR) -> Float64:
    """The sum of each row, in double precision."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return sums_by(rows, matrix.data, matrix.shape[0])


def column_sums(matrix: CSR) -> Float64:
    """The sum of each column, in double precision."""
    return sums_by(matrix.indices, matrix.data, matrix.shape[1])

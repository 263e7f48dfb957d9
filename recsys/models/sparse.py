"""Products of sparse matrices that keep only the largest entries: the one user of `sparse_dot_topn`."""

from typing import cast

import numpy as np
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

from recsys.arrays import CSR, Int64, column_sums, csr_of_parts, row_sums


def product_top_n(left: CSR, right: CSR, n: int) -> CSR:
    """The n largest positive entries of each row of `left @ right`, never holding the whole product."""
    largest = sp_matmul_topn(
        sparse.csr_matrix(left), sparse.csr_matrix(right), top_n=n, threshold=0.0, sort=False
    )
    result = sparse.csr_array(largest.astype(np.float32))
    result.eliminate_zeros()
    result.sort_indices()
    return cast(CSR, result)


def most_frequent(attributes: CSR, most: int) -> Int64:
    """The `most` columns with the largest sums, ascending; equal ones by their place."""
    return np.sort(np.argsort(-column_sums(attributes), kind="stable")[:most])


def scale_columns(matrix: CSR, factors: np.ndarray) -> CSR:
    """`matrix @ diag(factors)` with the same pattern."""
    data = matrix.data * factors.astype(np.float32)[matrix.indices]
    return csr_of_parts(data, matrix.indices, matrix.indptr, matrix.shape)


def scale_rows(matrix: CSR, factors: np.ndarray) -> CSR:
    """`diag(factors) @ matrix` with the same pattern."""
    data = matrix.data * np.repeat(factors.astype(np.float32), np.diff(matrix.indptr))
    return csr_of_parts(data, matrix.indices, matrix.indptr, matrix.shape)


def inverse_power(totals: np.ndarray, exponent: float) -> np.ndarray:
    """`totals ** -exponent`, zero where the total is zero."""
    result = np.zeros(len(totals), dtype=np.float64)
    np.power(totals, -exponent, out=result, where=totals > 0)
    return result


def degree_normalised(affinity: CSR, creator_exponent: float, product_exponent: float) -> CSR:
    """`C^-c R P^-p`, with R the affinity and C, P its row and column sums."""
    by_creator = scale_rows(affinity, inverse_power(row_sums(affinity), creator_exponent))
    return scale_columns(by_creator, inverse_power(column_sums(affinity), product_exponent))

"""Linear item–item regression in closed form."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from recsys.arrays import CSR, Float32, Int64, column_sums, csr, empty_csr, row_sums
from recsys.errors import UsageError
from recsys.models.contract import TrainingData
from recsys.models.item_item import ItemItemScorer
from recsys.models.sparse import inverse_power, scale_rows

_BLOCK = 512


@dataclass(frozen=True, slots=True)
class Ease:
    """EASE with a penalty that grows with a product's weight, on the `products` most frequent ones.

    `B = I - A diag(A)⁻¹`, `A = (G + dropout · diag(G) + l2 · I)⁻¹`, `G = Rᵀ C^-2c R` (Steck, "Embarrassingly
    Shallow Autoencoders for Sparse Data", 2019; the penalty of Steck, "Autoencoders that don't overfit
    towards the Identity", 2020). Only the `neighbours` strongest weights of each product are kept. One dense
    products × products float32 matrix is all the memory it takes: 1 GB for 16,384.
    """

    products: int = 16_384
    neighbours: int = 500
    dropout: float = 3.0
    l2: float = 0.1
    creator_exponent: float = 0.25
    name: str = "ease"

    def fit(self, data: TrainingData) -> ItemItemScorer:
        """Invert the regularised Gram matrix of the frequent products; the others score 0."""
        affinity = data.rows.affinity
        totals = column_sums(affinity)
        frequent = np.sort(np.argsort(-totals, kind="stable")[: self.products]).astype(np.int64)
        frequent = frequent[totals[frequent] > 0]
        if not len(frequent):
            return ItemItemScorer(empty_csr((data.n_products, data.n_products)))
        scaled = scale_rows(affinity, inverse_power(row_sums(affinity), self.creator_exponent))
        inverse = self._inverse(scaled[:, frequent])
        return ItemItemScorer(self._prune(inverse, frequent, data.n_products))

    def _inverse(self, scaled: CSR) -> Float32:
        gram = np.asarray((scaled.T @ scaled).toarray(), dtype=np.float32)
        diagonal = np.arange(len(gram))
        gram[diagonal, diagonal] += self.dropout * gram[diagonal, diagonal] + self.l2
        # Its transpose is the same matrix in the order that LAPACK works on in place.
        factor, info = lapack.spotrf(gram.T, lower=1, overwrite_a=1)
        if info == 0:
            lower, info = lapack.spotri(factor, lower=1, overwrite_c=1)
        if info != 0:
            raise UsageError(f"EASE could not invert its Gram matrix (LAPACK info {info}); raise l2")
        return np.asarray(lower, dtype=np.float32)

    def _prune(self, lower: Float32, frequent: Int64, n_products: int) -> CSR:
        """The strongest weights `-A_qp / A_pp` of each row q, from the lower triangle of A."""
        n = len(frequent)
        kept = min(self.neighbours, n)
        scale = -1.0 / np.diag(lower)
        columns = np.empty((n, kept), dtype=np.int64)
        values = np.empty((n, kept), dtype=np.float32)
        for start in range(0, n, _BLOCK):
            block = slice(start, min(start + _BLOCK, n))
            weights = _symmetric_rows(lower, block) * scale
            weights[np.arange(len(weights)), np.arange(n)[block]] = 0.0
            strongest = np.argpartition(np.abs(weights), n - kept, axis=1)[:, n - kept :]
            columns[block] = strongest
            values[block] = np.take_along_axis(weights, strongest, axis=1)
        rows = np.repeat(frequent, kept)
        return csr(values.ravel(), rows, frequent[columns.ravel()], (n_products, n_products))


def _symmetric_rows(lower: Float32, block: slice) -> Float32:
    """Some whole rows of a symmetric matrix of which only the lower triangle holds."""
    rows = np.zeros((block.stop - block.start, len(lower)), dtype=np.float32)
    rows[:, : block.stop] = np.tril(lower[block, : block.stop], block.start)
    rows[:, block.start :] += np.tril(lower[block.start :, block], -1).T
    return rows

"""Linear item–item regression: its leading directions exactly, the rest to first order."""

from dataclasses import dataclass

import numpy as np

from recsys.arrays import CSR, Float32, Float64, column_sums, csr_of_parts, empty_csr
from recsys.models.contract import TrainingData
from recsys.models.item_item import ItemItemScorer
from recsys.models.sparse import degree_normalised, inverse_power, product_top_n, scale_columns, scale_rows

# The least penalty, as a share of the leading direction's strength: without any, 1 - H would be 0.
LEAST_PENALTY = 0.01


@dataclass(frozen=True, slots=True)
class Ridge:
    """EASE without its inverse, on degree-normalised affinity.

    EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019) weighs by `H_ij / (1 - H_jj)`,
    with `H = G (G + λI)⁻¹` the ridge smoother of the Gram matrix `G = R̃ᵀ R̃`. Here `R̃ = C^-c/2 R P^-s`, with
    R the affinity and C, P its row and column sums, and with the `rank` leading eigenpairs (σ², v) of G

        H ≈ Σ σ² / (σ² + λ) v vᵀ  +  (G - Σ σ² v vᵀ) / (σ_rank² + λ)

    which is exact on the leading directions, and elsewhere the first term of the series in G / λ: the penalty
    exceeds what is left there. λ is the strength of direction `half_rank`, so that direction is halved. The
    result is stored at the largest `neighbours` entries of each row of G and weighed `P^-s H P^(s-t)`.
    The diagonal stays, as in `ItemItem`. λ → ∞ gives the linear graph filter. Time and memory grow with the
    entries of G, not with the square of the catalog.
    """

    neighbours: int = 1_000
    rank: int = 128
    half_rank: int = 64
    creator_exponent: float = 0.4
    source_exponent: float = 0.25
    target_exponent: float = 0.15
    seed: int = 0
    name: str = "ridge"

    def fit(self, data: TrainingData) -> ItemItemScorer:
        """Decompose, then correct the pruned Gram matrix entry by entry."""
        affinity = data.with_history().rows.affinity
        if not affinity.nnz:
            return ItemItemScorer(empty_csr((data.n_products, data.n_products)))
        normalised = degree_normalised(affinity, self.creator_exponent / 2, self.source_exponent)
        totals = column_sums(affinity)
        vectors, strengths = self._leading(normalised)
        penalty = max(strengths[min(self.half_rank, len(strengths)) - 1], LEAST_PENALTY * strengths[0])
        tail = 1.0 / (strengths[-1] + penalty)
        correction = strengths / (strengths + penalty) - tail * strengths
        own = tail * column_sums(normalised.power(2)) + np.square(vectors, dtype=np.float64) @ correction
        target_weights = inverse_power(totals, self.target_exponent - self.source_exponent) / (1.0 - own)
        gram = product_top_n(normalised.T.tocsr(), scale_columns(normalised, target_weights), self.neighbours)
        head = _at_entries(gram, vectors * correction.astype(np.float32), vectors)
        head.data *= target_weights.astype(np.float32)[head.indices]
        smoother = csr_of_parts(tail * gram.data + head.data, gram.indices, gram.indptr, gram.shape)
        return ItemItemScorer(scale_rows(smoother, inverse_power(totals, self.source_exponent)))

    def _leading(self, normalised: CSR) -> tuple[Float32, Float64]:
        """Eigenvectors (products × rank) and eigenvalues, by randomised SVD (Halko et al. 2011)."""
        from sklearn.utils.extmath import randomized_svd

        rank = min(self.rank, *normalised.shape)
        _, values, vectors = randomized_svd(
            normalised, rank, n_oversamples=32, n_iter=3, random_state=self.seed
        )
        return np.ascontiguousarray(vectors.T, dtype=np.float32), np.square(values, dtype=np.float64)


def _at_entries(pattern: CSR, left: Float32, right: Float32) -> CSR:
    """`left @ right.T` at the stored entries of `pattern` alone."""
    values = np.empty(pattern.nnz, dtype=np.float32)
    for row, (start, end) in enumerate(zip(pattern.indptr[:-1], pattern.indptr[1:], strict=True)):
        values[start:end] = right[pattern.indices[start:end]] @ left[row]
    return csr_of_parts(values, pattern.indices, pattern.indptr, pattern.shape)

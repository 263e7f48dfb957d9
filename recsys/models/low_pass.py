"""Ideal low-pass graph filter: the smoothest directions of the creator–product graph."""

from dataclasses import dataclass

import numpy as np

from recsys.arrays import column_sums
from recsys.models.contract import TrainingData
from recsys.models.projection import ProjectionScorer
from recsys.models.sparse import degree_normalised, inverse_power


@dataclass(frozen=True, slots=True)
class LowPass:
    """`P^-1/2 V Vᵀ P^1/2` with V the leading right singular vectors of `C^-1/2 R P^-1/2`.

    The ideal filter of GF-CF (Shen et al. 2021), R the affinity, C and P its row and column sums. The
    singular vectors come from scikit-learn's randomised SVD (Halko et al. 2011).
    """

    rank: int = 512
    iterations: int = 3
    seed: int = 0
    name: str = "low-pass"

    def fit(self, data: TrainingData) -> ProjectionScorer:
        """Decompose the normalised affinity."""
        from sklearn.utils.extmath import randomized_svd

        affinity = data.rows.affinity
        per_product = column_sums(affinity)
        normalised = degree_normalised(affinity, 0.5, 0.5)
        rank = max(1, min(self.rank, *(side - 1 for side in affinity.shape)))
        _, _, vectors = randomized_svd(
            normalised, rank, n_oversamples=32, n_iter=self.iterations, random_state=self.seed
        )
        into = (vectors * inverse_power(per_product, 0.5)).T
        out = vectors * np.sqrt(per_product)
        return ProjectionScorer(
            np.ascontiguousarray(into, dtype=np.float32), np.ascontiguousarray(out, dtype=np.float32)
        )

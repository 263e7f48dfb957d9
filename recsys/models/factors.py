"""Latent factors of products, with creators folded in by least squares."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy import linalg

from recsys.arrays import CSR, Float32, Float64
from recsys.blas import single_threaded
from recsys.models.contract import CreatorRows, LinearScorer, ModelState


@dataclass(frozen=True, slots=True)
class FactorScorer(LinearScorer):
    """Scores `x · y_p`, where x solves the creator's half-step of implicit ALS exactly.

    `x = (YᵀY + Yᵀ(C - I)Y + λI)⁻¹ Yᵀ C 1` with C = diag(1 + alpha · affinity) over the creator's products
    (Hu, Koren, Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", 2008, equation 4).
    The nightly release and a live event use this one solve, so they cannot disagree.
    """

    kind: ClassVar[str] = "factors"
    item_factors: Float32
    base: Float64
    alpha: float

    @classmethod
    def of(cls, item_factors: Float32, regularization: float, alpha: float) -> Self:
        """From product factors (products × f): prepares `YᵀY + λI` (f × f, float64)."""
        factors = item_factors.astype(np.float64)
        base = factors.T @ factors + regularization * np.eye(factors.shape[1])
        return cls(item_factors, base, alpha)

    @property
    def weights(self) -> Float32:
        """Product factors, f × products."""
        return self.item_factors.T

    def embed(self, rows: CreatorRows) -> Float32:
        """Creator factors, n × f; zeros for a creator without affinity."""
        affinity = rows.affinity
        # One small system after another: threads inside each would cost more than they save.
        with single_threaded():
            return self._fold_in_all(affinity)

    def _fold_in_all(self, affinity: CSR) -> Float32:
        embedded = np.zeros((affinity.shape[0], self.item_factors.shape[1]), dtype=np.float32)
        for row in range(affinity.shape[0]):
            entries = slice(affinity.indptr[row], affinity.indptr[row + 1])
            if entries.start != entries.stop:
                embedded[row] = self._fold_in(affinity.indices[entries], affinity.data[entries])
        return embedded

    def _fold_in(self, products: np.ndarray, affinity: np.ndarray) -> Float64:
        factors = self.item_factors[products].astype(np.float64)
        extra = self.alpha * affinity.astype(np.float64)
        system = self.base + (factors.T * extra) @ factors
        return linalg.solve(system, factors.T @ (1.0 + extra), assume_a="pos", check_finite=False)

    def state(self) -> ModelState:
        """Product factors, the prepared system and alpha."""
        return {"item_factors": self.item_factors, "base": self.base, "alpha": np.array(self.alpha)}

    @classmethod
    def from_state(cls, state: ModelState) -> Self:
        """Restore."""
        return cls(
            state["item_factors"].astype(np.float32, copy=False),
            state["base"].astype(np.float64, copy=False),
            float(state["alpha"]),
        )

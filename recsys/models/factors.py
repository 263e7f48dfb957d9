"""Latent factors of products, with creators folded in by least squares."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from recsys.arrays import Float32
from recsys.models.contract import CreatorRows, LinearScorer, ModelState
from recsys.models.half_step import HalfStep


@dataclass(frozen=True, slots=True)
class FactorScorer(LinearScorer):
    """Scores `x · y_p`, where x solves the creator's half-step of implicit ALS exactly.

    `x = (YᵀY + Yᵀ(C - I)Y + λI)⁻¹ Yᵀ C 1` with C = diag(1 + alpha · affinity) over the creator's products
    (Hu, Koren, Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", 2008, equation 4).
    The nightly release and a live event use this one solve, so they cannot disagree.
    """

    kind: ClassVar[str] = "factors"
    half_step: HalfStep
    alpha: float

    @classmethod
    def of(cls, item_factors: Float32, regularization: float, alpha: float) -> Self:
        """From product factors (products × f), of which it keeps a rotation: scores are the same."""
        step = HalfStep.of(item_factors, unobserved=1.0, penalty=regularization, known_weight=1.0)
        return cls(step, alpha)

    @property
    def weights(self) -> Float32:
        """Product factors, f × products."""
        return self.half_step.fixed.T

    def embed(self, rows: CreatorRows) -> Float32:
        """Creator factors, n × f; zeros for a creator without affinity."""
        return self.half_step.solve(self.alpha * rows.affinity)

    def state(self) -> ModelState:
        """Product factors, their spectrum, and the numbers."""
        step = self.half_step
        numbers = np.array([self.alpha, step.penalty, step.known_weight])
        return {"item_factors": step.fixed, "spectrum": step.spectrum, "numbers": numbers}

    @classmethod
    def from_state(cls, state: ModelState) -> Self:
        """Restore."""
        alpha, penalty, known_weight = (float(number) for number in state["numbers"])
        fixed, spectrum = (
            state[name].astype(np.float32, copy=False) for name in ("item_factors", "spectrum")
        )
        return cls(HalfStep(fixed, spectrum, penalty, known_weight=known_weight), alpha)

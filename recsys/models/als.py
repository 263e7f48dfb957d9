"""Implicit ALS by the `implicit` library."""

from dataclasses import dataclass

import numpy as np

from recsys.models.contract import TrainingData
from recsys.models.factors import FactorScorer
from recsys.models.implicit_fits import als_factors


@dataclass(frozen=True, slots=True)
class ALS:
    """Weighted matrix factorisation of the affinity (Hu, Koren, Volinsky 2008) by the `implicit` library.

    Confidence is `1 + alpha · affinity` on what is stored and 1 elsewhere, and all rows are regularised
    alike. Only the product factors are kept: `FactorScorer` folds creators in. Without any affinity all
    scores are 0.
    """

    factors: int = 128
    regularization: float = 10.0
    alpha: float = 5.0
    iterations: int = 10
    seed: int = 0
    name: str = "als"

    def fit(self, data: TrainingData) -> FactorScorer:
        """Alternate least squares; raises `UsageError` where it diverges."""
        affinity = data.with_history().rows.affinity
        factors = max(1, min(self.factors, *affinity.shape))
        if not affinity.nnz:
            nothing = np.zeros((data.n_products, factors), dtype=np.float32)
            return FactorScorer.of(nothing, self.regularization, self.alpha)
        confidence = affinity.copy()
        confidence.data = 1.0 + np.float32(self.alpha) * confidence.data
        found = als_factors(
            confidence,
            factors=factors,
            regularization=self.regularization,
            iterations=self.iterations,
            seed=self.seed,
        )
        return FactorScorer.of(found, self.regularization, self.alpha)

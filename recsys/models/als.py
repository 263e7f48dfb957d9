"""Implicit ALS: the one module that touches `implicit`."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recsys.blas import single_threaded
from recsys.errors import UsageError
from recsys.models.contract import TrainingData
from recsys.models.factors import FactorScorer


@dataclass(frozen=True, slots=True)
class ALS:
    """Weighted matrix factorisation of the affinity (Hu, Koren, Volinsky 2008) by the `implicit` library.

    Confidence is `1 + alpha · affinity` on what is stored and 1 elsewhere. Only the product factors are
    kept: `FactorScorer` folds creators in.
    """

    factors: int = 64
    regularization: float = 10.0
    alpha: float = 10.0
    iterations: int = 15
    seed: int = 0
    name: str = "als"

    def fit(self, data: TrainingData) -> FactorScorer:
        """Alternate least squares; raises `UsageError` where there is nothing to factorise."""
        affinity = data.with_history().rows.affinity
        if affinity.nnz == 0:
            raise UsageError("ALS needs at least one stored affinity; the matrix is empty")
        from implicit.cpu.als import AlternatingLeastSquares
        from implicit.recommender_base import ModelFitError

        confidence = sparse.csr_matrix(affinity, copy=True)
        confidence.data = 1.0 + self.alpha * confidence.data
        # A new object for every fit: refitting one on another shape silently keeps the old factors.
        with single_threaded():
            model = AlternatingLeastSquares(
                factors=self.factors,
                regularization=self.regularization,
                alpha=1.0,
                iterations=self.iterations,
                random_state=self.seed,
                use_cg=True,
            )
            try:
                model.fit(confidence, show_progress=False)
            except ModelFitError as error:
                raise self._diverged() from error
        item_factors = np.ascontiguousarray(model.item_factors, dtype=np.float32)
        if item_factors.shape != (affinity.shape[1], self.factors) or not np.isfinite(item_factors).all():
            raise self._diverged()
        return FactorScorer.of(item_factors, self.regularization, self.alpha)

    def _diverged(self) -> UsageError:
        return UsageError(
            f"ALS diverged with alpha {self.alpha} and regularization {self.regularization}; "
            "raise the regularization"
        )

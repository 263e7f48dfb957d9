"""iALS with frequency-scaled regularisation, solved exactly by small systems."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from recsys.arrays import CSR, Float32, Float64, column_sums, row_sums
from recsys.models.attribute_map import with_attributes
from recsys.models.contract import CreatorRows, LinearScorer, ModelState, TrainingData
from recsys.models.half_step import HalfStep
from recsys.models.sparse import inverse_power, scale_columns, scale_rows


@dataclass(frozen=True, slots=True)
class IALS:
    """Implicit ALS as in Rendle et al., "Revisiting the Performance of iALS on Item Recommendation" (2021).

    Minimises `Σ_known c (1 - x·y)² + unobserved Σ_all (x·y)² + Σ λ_u |x_u|² + Σ λ_p |y_p|²` with
    `λ = regularization · (known + unobserved · others)`: rows are regularised by how much they weigh.
    Confidence c is `C^-a R P^-b` over its mean, with R the affinity, C, P its row and column sums and a, b
    the two exponents: what a busy creator or a popular product adds is told with less confidence. The
    `implicit` library regularises all rows alike, which costs much of the ranking quality. Rare products
    lean on their attributes (`with_attributes`). Without any affinity all scores are 0.
    """

    factors: int = 512
    creator_exponent: float = 0.1
    product_exponent: float = 0.4
    unobserved: float = 0.03
    regularization: float = 0.002
    iterations: int = 5
    attribute_evidence: float = 10.0
    attribute_penalty: float = 10.0
    seed: int = 0
    name: str = "ials"

    def fit(self, data: TrainingData) -> "IALSScorer":
        """Alternate exact half-steps, from random product factors."""
        # An empty row has no factors: it would only add to what the products are regularised by.
        affinity = data.with_history().rows.affinity
        confidence = Confidence.of(affinity, self.creator_exponent, self.product_exponent)
        by_creator = confidence.rows(affinity)
        by_product: CSR = by_creator.T.tocsr()
        by_product.sort_indices()
        factors = max(1, min(self.factors, *by_creator.shape))
        rng = np.random.default_rng(self.seed)
        start = rng.standard_normal((data.n_products, factors)) * (0.1 / np.sqrt(factors))
        products = start.astype(np.float32)
        for _ in range(self.iterations):
            creators = self._half_step(products).solve(by_creator)
            products = self._half_step(creators).solve(by_product)
        return IALSScorer(self._half_step(self._with_attributes(products, data)), confidence)

    def _with_attributes(self, products: Float32, data: TrainingData) -> Float32:
        sellers = np.bincount(data.rows.affinity.indices, minlength=data.n_products)
        return with_attributes(
            products,
            data.product_attributes,
            sellers,
            evidence=self.attribute_evidence,
            penalty=self.attribute_penalty,
        )

    def _half_step(self, fixed: Float32) -> HalfStep:
        return HalfStep.of(
            fixed,
            unobserved=self.unobserved,
            penalty=self.regularization * self.unobserved * len(fixed),
            penalty_per_entry=self.regularization,
        )


@dataclass(frozen=True, slots=True)
class Confidence:
    """How much each entry of an affinity row counts: `C^-a R diag(product_weights)`, 1 on average."""

    product_weights: Float32
    creator_exponent: float

    @classmethod
    def of(cls, affinity: CSR, creator_exponent: float, product_exponent: float) -> Self:
        """Weights `P^-b` of the products, over the mean of all entries."""
        totals = column_sums(affinity)
        # A product that nobody had in training weighs as if it had one unit: its factors are zero.
        weights = inverse_power(np.where(totals > 0, totals, 1.0), product_exponent).astype(np.float32)
        entries = cls(weights, creator_exponent).rows(affinity).data
        mean = float(entries.mean(dtype=np.float64)) if len(entries) else 1.0
        return cls((weights / mean).astype(np.float32), creator_exponent)

    def rows(self, affinity: CSR) -> CSR:
        """The confidence of some creators' rows, each from that row alone."""
        by_creator = scale_rows(affinity, inverse_power(row_sums(affinity), self.creator_exponent))
        return scale_columns(by_creator, self.product_weights)


@dataclass(frozen=True, slots=True)
class IALSScorer(LinearScorer):
    """Product factors with the half-step that folds any creator's row in, as in training."""

    kind: ClassVar[str] = "ials"
    half_step: HalfStep
    confidence: Confidence

    @property
    def weights(self) -> Float32:
        """Product factors, f × products."""
        return self.half_step.fixed.T

    def embed(self, rows: CreatorRows) -> Float32:
        """Creator factors, n × f; zeros for a creator without affinity."""
        return self.half_step.solve(self.confidence.rows(rows.affinity))

    def state(self) -> ModelState:
        """The half-step's arrays, the products' confidence, and the numbers."""
        step, confidence = self.half_step, self.confidence
        numbers: Float64 = np.array([confidence.creator_exponent, step.penalty, step.penalty_per_entry])
        return {
            "item_factors": step.fixed,
            "spectrum": step.spectrum,
            "product_weights": confidence.product_weights,
            "numbers": numbers,
        }

    @classmethod
    def from_state(cls, state: ModelState) -> Self:
        """Restore."""
        creator_exponent, penalty, penalty_per_entry = (float(number) for number in state["numbers"])
        fixed, spectrum, product_weights = (
            state[name].astype(np.float32, copy=False)
            for name in ("item_factors", "spectrum", "product_weights")
        )
        step = HalfStep(fixed, spectrum, penalty, penalty_per_entry)
        return cls(step, Confidence(product_weights, creator_exponent))

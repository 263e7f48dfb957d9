"""iALS with frequency-scaled regularisation, solved exactly by small systems."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy import linalg
from scipy.linalg import lapack

from recsys.arrays import CSR, Float32, Float64, Int32, Int64, column_sums, row_sums
from recsys.batches import batches
from recsys.models.attribute_map import with_attributes
from recsys.models.contract import CreatorRows, LinearScorer, ModelState, TrainingData
from recsys.models.sparse import inverse_power, scale_columns, scale_rows
from recsys.threads import in_threads

# Gathered factors of one chunk of rows, in float32 cells: 8 MB a thread.
CHUNK_CELLS = 2_000_000


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

    def _half_step(self, fixed: Float32) -> "HalfStep":
        return HalfStep.of(fixed, self.unobserved, self.regularization)


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
class HalfStep:
    """Least-squares solutions of rows against fixed factors Y of the other side (m × f).

    In the basis of the eigenvectors of YᵀY the matrix that all rows share is diagonal, so a row with n
    entries costs one n × n system (the dual form): most rows have far fewer entries than factors.
    `fixed` is Y in that basis, `spectrum` (f) the eigenvalues times the weight of what is not observed.
    """

    fixed: Float32
    spectrum: Float32
    unobserved: float
    regularization: float

    @classmethod
    def of(cls, factors: Float32, unobserved: float, regularization: float) -> Self:
        """Rotate factors into their eigenbasis; scores do not change with it."""
        values, vectors = linalg.eigh(factors.T @ factors, driver="evd", check_finite=False)
        spectrum = (unobserved * np.maximum(values, 0)).astype(np.float32)
        return cls(np.ascontiguousarray(factors @ vectors), spectrum, unobserved, regularization)

    def solve(self, rows: CSR) -> Float32:
        """Factors of each row of confidences (n × f), zeros for an empty one.

        Each row's solution depends on that row alone but for rounding. Rows of one length are solved
        together, as many as `CHUNK_CELLS` allow.
        """
        solved = np.zeros((rows.shape[0], self.fixed.shape[1]), dtype=np.float32)

        def solve_chunk(chunk: Int64) -> None:
            solved[chunk] = self._solve_chunk(rows, chunk)

        in_threads(solve_chunk, self._chunks(np.diff(rows.indptr)))
        return solved

    def _chunks(self, lengths: np.ndarray) -> Iterator[Int64]:
        """Positions of non-empty rows, all of one length in a chunk."""
        order = np.argsort(lengths, kind="stable")
        for length in np.unique(lengths[lengths > 0]):
            begin, end = np.searchsorted(lengths[order], [length, length + 1])
            size = max(1, CHUNK_CELLS // (int(length) * self.fixed.shape[1]))
            for start in range(begin, end, size):
                yield order[start : min(start + size, end)]

    def _solve_chunk(self, rows: CSR, chunk: Int64) -> Float32:
        length = int(rows.indptr[chunk[0] + 1] - rows.indptr[chunk[0]])
        penalty = self.regularization * (length + self.unobserved * len(self.fixed))
        shared = self.spectrum + np.float32(penalty)
        places = rows.indptr[chunk][:, np.newaxis] + np.arange(length)
        products, confidence = rows.indices[places], rows.data[places]
        if length <= self.fixed.shape[1]:
            return self._dual(products, confidence, shared)
        return np.stack([self._primal(*row, shared) for row in zip(products, confidence, strict=True)])

    def _dual(self, products: Int32, confidence: Float32, shared: Float32) -> Float32:
        """`x = B⁻¹ Yᵀ (C⁻¹ + Y B⁻¹ Yᵀ)⁻¹ 1` of rows of one length n (rows × n), by n × n systems.

        B is the diagonal `shared`, Y the factors of the row's entries.
        """
        roots = 1.0 / np.sqrt(shared)
        scaled = self.fixed[products]
        scaled *= roots
        systems = scaled @ scaled.transpose(0, 2, 1)
        diagonal = np.arange(systems.shape[1])
        systems[:, diagonal, diagonal] += 1.0 / confidence
        ones = np.ones(systems.shape[1], dtype=np.float32)
        solutions = np.stack([_solve(system, ones) for system in systems])
        return np.asarray((solutions[:, np.newaxis] @ scaled)[:, 0] * roots, dtype=np.float32)

    def _primal(self, products: Int32, confidence: Float32, shared: Float32) -> Float32:
        """`x = (B + Yᵀ C Y)⁻¹ Yᵀ C 1` of one row, the same by an f × f system that is summed up in blocks."""
        system, right = np.diag(shared), np.zeros(len(shared), dtype=np.float32)
        for block in batches(len(products), len(shared), CHUNK_CELLS):
            weighted = self.fixed[products[block]] * np.sqrt(confidence[block])[:, np.newaxis]
            system += weighted.T @ weighted
            right += np.sqrt(confidence[block]) @ weighted
        return _solve(system, right)


def _solve(system: Float32, right: Float32) -> Float32:
    """The solution of one symmetric positive definite system."""
    # SciPy's own `solve` looks for structure first, NumPy's takes twice the work.
    _, solution, failed = lapack.sposv(system.T, right)
    if failed:
        # Rounding can leave a system that is hardly definite without a Cholesky factor.
        solution = np.linalg.lstsq(system.astype(np.float64), right)[0]
    return np.asarray(solution, dtype=np.float32)


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
        numbers: Float64 = np.array([confidence.creator_exponent, step.unobserved, step.regularization])
        return {
            "item_factors": step.fixed,
            "spectrum": step.spectrum,
            "product_weights": confidence.product_weights,
            "numbers": numbers,
        }

    @classmethod
    def from_state(cls, state: ModelState) -> Self:
        """Restore."""
        creator_exponent, unobserved, regularization = (float(number) for number in state["numbers"])
        fixed, spectrum, product_weights = (
            state[name].astype(np.float32, copy=False)
            for name in ("item_factors", "spectrum", "product_weights")
        )
        step = HalfStep(fixed, spectrum, unobserved, regularization)
        return cls(step, Confidence(product_weights, creator_exponent))

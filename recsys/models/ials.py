"""iALS with frequency-scaled regularisation, solved exactly by small systems."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from recsys.arrays import CSR, Float32, Float64, Int64
from recsys.blas import single_threaded
from recsys.models.contract import CreatorRows, LinearScorer, ModelState, TrainingData

# Gathered factors of one chunk of rows, in float32 cells: 32 MB.
CHUNK_CELLS = 8_000_000


@dataclass(frozen=True, slots=True)
class IALS:
    """Implicit ALS as in Rendle et al., "Revisiting the Performance of iALS on Item Recommendation" (2021).

    Minimises `Σ_known c (1 - x·y)² + unobserved Σ_all (x·y)² + Σ λ_u |x_u|² + Σ λ_p |y_p|²` with
    `λ = regularization · (known + unobserved · others)`: rows are regularised by how much they weigh.
    Confidence c is the affinity over its mean, so that the parameters do not depend on its scale. The
    `implicit` library regularises all rows alike, which costs much of the ranking quality. Without any
    affinity all scores are 0.
    """

    factors: int = 512
    unobserved: float = 0.01
    regularization: float = 0.001
    iterations: int = 5
    seed: int = 0
    name: str = "ials"

    def fit(self, data: TrainingData) -> "IALSScorer":
        """Alternate exact half-steps, from random product factors."""
        affinity = data.rows.affinity
        factors = max(1, min(self.factors, *affinity.shape))
        scale = 1.0 / float(affinity.data.mean(dtype=np.float64)) if affinity.nnz else 1.0
        by_product: CSR = affinity.T.tocsr()
        by_product.sort_indices()
        rng = np.random.default_rng(self.seed)
        start = rng.standard_normal((data.n_products, factors)) * (0.1 / np.sqrt(factors))
        products = start.astype(np.float32)
        for _ in range(self.iterations):
            creators = self._half_step(products, scale).solve(affinity)
            products = self._half_step(creators, scale).solve(by_product)
        return IALSScorer(self._half_step(products, scale))

    def _half_step(self, fixed: Float32, scale: float) -> "HalfStep":
        return HalfStep.of(fixed, scale, self.unobserved, self.regularization)


@dataclass(frozen=True, slots=True)
class HalfStep:
    """Least-squares solutions of rows against fixed factors Y of the other side (m × f).

    In the basis of the eigenvectors of YᵀY the matrix that all rows share is diagonal, so a row with n
    entries costs one n × n system (the dual form): most rows have far fewer entries than factors.
    `fixed` is Y in that basis, `spectrum` (f) the eigenvalues times the weight of what is not observed,
    `scale` what an affinity is multiplied with to give a confidence.
    """

    fixed: Float32
    spectrum: Float32
    scale: float
    unobserved: float
    regularization: float

    @classmethod
    def of(cls, factors: Float32, scale: float, unobserved: float, regularization: float) -> Self:
        """Rotate factors into their eigenbasis; scores do not change with it."""
        values, vectors = np.linalg.eigh((factors.T @ factors).astype(np.float64))
        spectrum = (unobserved * np.maximum(values, 0)).astype(np.float32)
        rotated = np.ascontiguousarray(factors @ vectors.astype(np.float32))
        return cls(rotated, spectrum, scale, unobserved, regularization)

    def solve(self, rows: CSR) -> Float32:
        """Factors of each row (n × f), zeros for an empty one.

        Each row's solution depends on that row alone but for rounding. Rows of like length are solved
        together.
        """
        counts = np.diff(rows.indptr)
        solved = np.zeros((rows.shape[0], self.fixed.shape[1]), dtype=np.float32)

        def solve_chunk(chunk: Int64) -> None:
            solved[chunk] = self._solve_chunk(rows, chunk, counts[chunk])

        with single_threaded(), ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(solve_chunk, self._chunks(counts)))
        return solved

    def _chunks(self, counts: np.ndarray) -> Iterator[Int64]:
        """Positions of non-empty rows whose lengths differ by at most a fifth, in bounded chunks."""
        order = np.argsort(counts, kind="stable")
        lengths = counts[order]
        start = int(np.searchsorted(lengths, 1))
        while start < len(order):
            longest = max(lengths[start] * 1.2, lengths[start] + 2)
            alike = int(np.searchsorted(lengths, longest, side="right"))
            fits = start + max(1, int(CHUNK_CELLS / (longest * self.fixed.shape[1])))
            end = min(alike, fits)
            yield order[start:end]
            start = end

    def _solve_chunk(self, rows: CSR, chunk: Int64, counts: np.ndarray) -> Float32:
        width = int(counts.max())
        inside = np.arange(width) < counts[:, np.newaxis]
        places = np.where(inside, rows.indptr[chunk][:, np.newaxis] + np.arange(width), 0)
        factors = self.fixed[rows.indices[places]] * inside[:, :, np.newaxis]
        confidence = np.where(inside, self.scale * rows.data[places], 1.0).astype(np.float32)
        penalty = self.regularization * (counts + self.unobserved * len(self.fixed))
        shared = self.spectrum + penalty[:, np.newaxis].astype(np.float32)
        if width <= self.fixed.shape[1]:
            return self._dual(factors, confidence, inside, shared)
        return self._primal(factors, confidence, shared)

    @staticmethod
    def _dual(factors: Float32, confidence: Float32, inside: np.ndarray, shared: Float32) -> Float32:
        """`x = B⁻¹ Yᵀ (C⁻¹ + Y B⁻¹ Yᵀ)⁻¹ 1`, with B the diagonal `shared` and Y the row's factors."""
        scaled = factors / shared[:, np.newaxis, :]
        system = scaled @ factors.transpose(0, 2, 1)
        diagonal = np.arange(system.shape[1])
        system[:, diagonal, diagonal] += 1.0 / confidence
        solution = np.linalg.solve(system, inside[:, :, np.newaxis].astype(np.float32))
        return np.asarray((solution.transpose(0, 2, 1) @ scaled)[:, 0], dtype=np.float32)

    @staticmethod
    def _primal(factors: Float32, confidence: Float32, shared: Float32) -> Float32:
        """`x = (B + Yᵀ C Y)⁻¹ Yᵀ C 1`, the same by an f × f system."""
        weighted = factors * confidence[:, :, np.newaxis]
        system = weighted.transpose(0, 2, 1) @ factors
        diagonal = np.arange(system.shape[1])
        system[:, diagonal, diagonal] += shared
        return np.asarray(np.linalg.solve(system, weighted.sum(axis=1)[:, :, np.newaxis])[:, :, 0])


@dataclass(frozen=True, slots=True)
class IALSScorer(LinearScorer):
    """Product factors with the half-step that folds any creator's row in, as in training."""

    kind: ClassVar[str] = "ials"
    half_step: HalfStep

    @property
    def weights(self) -> Float32:
        """Product factors, f × products."""
        return self.half_step.fixed.T

    def embed(self, rows: CreatorRows) -> Float32:
        """Creator factors, n × f; zeros for a creator without affinity."""
        return self.half_step.solve(rows.affinity)

    def state(self) -> ModelState:
        """The half-step's arrays and numbers."""
        step = self.half_step
        numbers: Float64 = np.array([step.scale, step.unobserved, step.regularization])
        return {"item_factors": step.fixed, "spectrum": step.spectrum, "numbers": numbers}

    @classmethod
    def from_state(cls, state: ModelState) -> Self:
        """Restore."""
        scale, unobserved, regularization = (float(number) for number in state["numbers"])
        fixed = state["item_factors"].astype(np.float32, copy=False)
        spectrum = state["spectrum"].astype(np.float32, copy=False)
        return cls(HalfStep(fixed, spectrum, scale, unobserved, regularization))

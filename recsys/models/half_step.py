"""One half of alternating least squares: rows solved against the fixed factors of the other side."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import linalg
from scipy.linalg import lapack

from recsys.arrays import CSR, Float32, Int32, Int64
from recsys.batches import batches
from recsys.threads import in_threads

# Gathered factors of one chunk of rows, in float32 cells: 8 MB a thread.
CHUNK_CELLS = 2_000_000


@dataclass(frozen=True, slots=True)
class HalfStep:
    """Least-squares solutions of rows against fixed factors Y of the other side (m × f).

    In the basis of the eigenvectors of YᵀY the matrix that all rows share is diagonal, so a row with n
    entries costs one n × n system (the dual form): most rows have far fewer entries than factors.
    `fixed` is Y in that basis, `spectrum` (f) the eigenvalues times the weight u of what is not observed.

    A row of n confidences C solves `(u YᵀY + λI + Yᵀ C Y) x = Yᵀ (C + k) 1`, with λ the `penalty` and n times
    `penalty_per_entry`. k, `known_weight`, is 0 where the unobserved term asks for 0 throughout (Rendle et
    al. 2021), and u where it asks for 1 of what is known (Hu, Koren, Volinsky 2008).
    """

    fixed: Float32
    spectrum: Float32
    penalty: float
    penalty_per_entry: float = 0.0
    known_weight: float = 0.0

    @classmethod
    def of(
        cls,
        factors: Float32,
        *,
        unobserved: float,
        penalty: float,
        penalty_per_entry: float = 0.0,
        known_weight: float = 0.0,
    ) -> Self:
        """Rotate factors into their eigenbasis; scores do not change with it."""
        values, vectors = linalg.eigh(factors.T @ factors, driver="evd", check_finite=False)
        spectrum = (unobserved * np.maximum(values, 0)).astype(np.float32)
        rotated = np.ascontiguousarray(factors @ vectors)
        return cls(rotated, spectrum, penalty, penalty_per_entry, known_weight)

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
        shared = self.spectrum + np.float32(self.penalty + self.penalty_per_entry * length)
        places = rows.indptr[chunk][:, np.newaxis] + np.arange(length)
        products, confidence = rows.indices[places], rows.data[places]
        if length <= self.fixed.shape[1]:
            return self._dual(products, confidence, shared)
        return np.stack([self._primal(*row, shared) for row in zip(products, confidence, strict=True)])

    def _dual(self, products: Int32, confidence: Float32, shared: Float32) -> Float32:
        """`x = B⁻¹ Yᵀ (C⁻¹ + Y B⁻¹ Yᵀ)⁻¹ (1 + k/C)` of rows of one length n (rows × n), by n × n systems.

        B is the diagonal `shared`, Y the factors of the row's entries.
        """
        roots = 1.0 / np.sqrt(shared)
        scaled = self.fixed[products]
        scaled *= roots
        systems = scaled @ scaled.transpose(0, 2, 1)
        diagonal = np.arange(systems.shape[1])
        systems[:, diagonal, diagonal] += 1.0 / confidence
        rights = 1.0 + np.float32(self.known_weight) / confidence
        solutions = np.stack([_solve(*one) for one in zip(systems, rights, strict=True)])
        return np.asarray((solutions[:, np.newaxis] @ scaled)[:, 0] * roots, dtype=np.float32)

    def _primal(self, products: Int32, confidence: Float32, shared: Float32) -> Float32:
        """`x = (B + Yᵀ C Y)⁻¹ Yᵀ (C + k) 1` of one row, by an f × f system that is summed up in blocks."""
        system, right = np.diag(shared), np.zeros(len(shared), dtype=np.float32)
        for block in batches(len(products), len(shared), CHUNK_CELLS):
            factors, weight = self.fixed[products[block]], confidence[block]
            right += (weight + np.float32(self.known_weight)) @ factors
            factors *= np.sqrt(weight)[:, np.newaxis]
            system += factors.T @ factors
        return _solve(system, right)


def _solve(system: Float32, right: Float32) -> Float32:
    """The solution of one symmetric positive definite system."""
    # SciPy's own `solve` looks for structure first, NumPy's takes twice the work.
    _, solution, failed = lapack.sposv(system.T, right)
    if failed:
        # Rounding can leave a system that is hardly definite without a Cholesky factor.
        solution = np.linalg.lstsq(system.astype(np.float64), right)[0]
    return np.asarray(solution, dtype=np.float32)

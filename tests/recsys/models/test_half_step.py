import tracemalloc

import numpy as np
import pytest

from recsys.arrays import Float32, csr
from recsys.models.half_step import HalfStep
from tests.recsys.models.examples import example, sparse

UNOBSERVED, REGULARIZATION = 0.1, 0.05


def _step(factors: Float32) -> HalfStep:
    """As iALS has it."""
    return HalfStep.of(
        factors,
        unobserved=UNOBSERVED,
        penalty=REGULARIZATION * UNOBSERVED * len(factors),
        penalty_per_entry=REGULARIZATION,
    )


def _by_normal_equations(factors: np.ndarray, row: np.ndarray) -> np.ndarray:
    """`(u YᵀY + Yᵀ C Y + λ I)⁻¹ Yᵀ C 1`, written out in double precision."""
    known = np.flatnonzero(row)
    mine = factors[known]
    penalty = REGULARIZATION * (len(known) + UNOBSERVED * len(factors))
    system = UNOBSERVED * factors.T @ factors + (mine.T * row[known]) @ mine
    system += penalty * np.eye(factors.shape[1])
    return np.asarray(np.linalg.solve(system, mine.T @ row[known]))


def test_a_row_solves_its_normal_equations_whether_shorter_or_longer_than_the_factors() -> None:
    factors = np.random.default_rng(0).standard_normal((9, 3))
    rows = np.zeros((3, 9))
    rows[0, [2, 5]] = [1.0, 4.0]  # two entries against three factors: the dual form
    rows[1, [0, 1, 3, 4, 6, 7, 8]] = [1, 2, 3, 1, 2, 3, 1]  # seven: the primal form
    step = _step(factors.astype(np.float32))
    solved = step.solve(sparse(*rows.tolist()))

    # Factors come back in another basis, in which scores are the same.
    for row in (0, 1):
        expected = factors @ _by_normal_equations(factors, rows[row])
        np.testing.assert_allclose(step.fixed @ solved[row], expected, rtol=2e-4, atol=1e-5)
    assert not solved[2].any()


def test_many_rows_of_many_lengths_are_each_solved_alone() -> None:
    affinity = example(n_creators=200, n_products=30).rows.affinity
    factors = np.random.default_rng(1).standard_normal((30, 5)).astype(np.float32)
    step = _step(factors)
    together = step.solve(affinity)

    for row in range(0, 200, 17):
        np.testing.assert_allclose(step.solve(affinity[[row]])[0], together[row], rtol=1e-3, atol=1e-5)


def test_a_row_of_any_length_is_solved_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    n_products, n_factors = 40_000, 16
    rng = np.random.default_rng(2)
    factors = rng.standard_normal((n_products, n_factors)).astype(np.float32)
    row = csr(rng.gamma(1.0, size=n_products), np.zeros(n_products), np.arange(n_products), (1, n_products))
    step = _step(factors)
    monkeypatch.setattr("recsys.models.half_step.CHUNK_CELLS", 1_000 * n_factors)

    tracemalloc.start()
    solved = step.solve(row)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The row itself, with its places, is some 20 bytes an entry; its factors would be 64.
    assert peak < 36 * n_products
    expected = factors.astype(np.float64) @ _by_normal_equations(factors.astype(np.float64), row.toarray()[0])
    np.testing.assert_allclose(step.fixed @ solved[0], expected, rtol=1e-3, atol=1e-4)


def test_a_system_that_rounding_makes_indefinite_is_solved_all_the_same() -> None:
    factors = np.ones((40, 3), dtype=np.float32)
    step = HalfStep.of(factors, unobserved=1e-9, penalty=1e-12)
    solved = step.solve(csr(np.full(3, 1e9), [0, 0, 0], [1, 2, 3], (1, 40)))
    assert np.isfinite(solved).all()

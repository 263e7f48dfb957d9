import tracemalloc

import numpy as np
import pytest

from recsys.arrays import csr, empty_csr
from recsys.models.contract import CreatorRows, TrainingData
from recsys.models.ials import IALS, Confidence, HalfStep
from tests.recsys.models.examples import example, sparse

UNOBSERVED, REGULARIZATION = 0.1, 0.05


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
    step = HalfStep.of(factors.astype(np.float32), UNOBSERVED, REGULARIZATION)
    solved = step.solve(sparse(*rows.tolist()))

    # Factors come back in another basis, in which scores are the same.
    for row in (0, 1):
        expected = factors @ _by_normal_equations(factors, rows[row])
        np.testing.assert_allclose(step.fixed @ solved[row], expected, rtol=2e-4, atol=1e-5)
    assert not solved[2].any()


def test_many_rows_of_many_lengths_are_each_solved_alone() -> None:
    affinity = example(n_creators=200, n_products=30).rows.affinity
    factors = np.random.default_rng(1).standard_normal((30, 5)).astype(np.float32)
    step = HalfStep.of(factors, UNOBSERVED, REGULARIZATION)
    together = step.solve(affinity)

    for row in range(0, 200, 17):
        np.testing.assert_allclose(step.solve(affinity[[row]])[0], together[row], rtol=1e-3, atol=1e-5)


def test_a_row_of_any_length_is_solved_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    n_products, n_factors = 40_000, 16
    rng = np.random.default_rng(2)
    factors = rng.standard_normal((n_products, n_factors)).astype(np.float32)
    row = csr(rng.gamma(1.0, size=n_products), np.zeros(n_products), np.arange(n_products), (1, n_products))
    step = HalfStep.of(factors, UNOBSERVED, REGULARIZATION)
    monkeypatch.setattr("recsys.models.ials.CHUNK_CELLS", 1_000 * n_factors)

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
    step = HalfStep.of(factors, 1e-9, 1e-9)
    solved = step.solve(csr(np.full(3, 1e9), [0, 0, 0], [1, 2, 3], (1, 40)))
    assert np.isfinite(solved).all()


def test_blocks_of_a_block_diagonal_market_are_found() -> None:
    rows: list[list[float]] = [
        [1, 1, 0, 1, 0, 0, 0, 0],
        [1, 0, 1, 1, 0, 0, 0, 0],
        [0, 1, 1, 1, 0, 0, 0, 0],
    ] * 5
    rows += [[0, 0, 0, 0, 1, 1, 0, 1], [0, 0, 0, 0, 1, 0, 1, 1], [0, 0, 0, 0, 0, 1, 1, 1]] * 5
    affinity = sparse(*rows)
    data = TrainingData(CreatorRows.without_attributes(affinity), empty_csr((8, 0)), np.zeros(8, np.float32))
    scores = (
        IALS(factors=2).fit(data).score(CreatorRows.without_attributes(sparse([1, 1, 0, 0, 0, 0, 0, 0])))[0]
    )

    assert scores[2:4].min() > scores[4:].max() + 0.1


def test_the_scale_of_affinity_plays_no_part() -> None:
    data = example()
    affinity = data.rows.affinity
    scaled = CreatorRows((affinity * 8.0).tocsr(), data.rows.attributes)
    large = TrainingData(scaled, data.product_attributes, data.trend)

    np.testing.assert_allclose(
        IALS(factors=6).fit(large).score(scaled), IALS(factors=6).fit(data).score(data.rows), atol=1e-3
    )


def test_without_any_affinity_all_scores_are_zero() -> None:
    rows = CreatorRows.without_attributes(empty_csr((4, 6)))
    data = TrainingData(rows, empty_csr((6, 0)), np.zeros(6, np.float32))

    assert not IALS().fit(data).score(rows).any()


def test_confidence_by_hand() -> None:
    # Row sums 4 and 1, column sums 1 and 4, by exponents 1/2: 1/(2·1), 3/(2·2), 1/(1·2); their mean is 7/12.
    affinity = sparse([1, 3], [0, 1])
    confidence = Confidence.of(affinity, 0.5, 0.5)

    expected = np.array([[1 / 2, 3 / 4], [0, 1 / 2]]) / (7 / 12)
    np.testing.assert_allclose(confidence.rows(affinity).toarray(), expected, rtol=1e-6)


def test_a_product_that_nobody_had_is_no_obstacle() -> None:
    data = example()
    unseen = CreatorRows.without_attributes(sparse([0.0] * 24 + [1.0]))

    assert np.isfinite(IALS(factors=4).fit(data).score(unseen)).all()

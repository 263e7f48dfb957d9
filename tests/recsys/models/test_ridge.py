import numpy as np
import pytest

from recsys.arrays import empty_csr
from recsys.models.contract import CreatorRows, TrainingData
from recsys.models.ridge import Ridge
from tests.recsys.models.examples import example, sparse


def _data(*rows: list[float]) -> TrainingData:
    affinity = sparse(*rows)
    n = affinity.shape[1]
    return TrainingData(CreatorRows.without_attributes(affinity), empty_csr((n, 0)), np.zeros(n, np.float32))


def test_weights_by_hand() -> None:
    # G = [[2, 1], [1, 2]] has eigenvalues 3 and 1. With both directions kept and λ the second, 1:
    # H = G (G + I)⁻¹ = [[2, 1], [1, 2]] [[3, -1], [-1, 3]] / 8 = [[5, 1], [1, 5]] / 8.
    plain = Ridge(rank=2, half_rank=2, creator_exponent=0, source_exponent=0, target_exponent=0)
    scorer = plain.fit(_data([1, 1], [1, 0], [0, 1]))

    # H_ij / (1 - H_jj), the diagonal included.
    expected = np.array([[5 / 8, 1 / 8], [1 / 8, 5 / 8]]) / (3 / 8)
    np.testing.assert_allclose(scorer.similarity.toarray(), expected, rtol=1e-5)


@pytest.mark.parametrize("exponents", [(0.0, 0.0, 0.0), (0.4, 0.25, 0.15)], ids=["plain", "normalised"])
def test_with_all_directions_it_is_the_dense_formula(exponents: tuple[float, float, float]) -> None:
    creator, source, target = exponents
    data = example(n_creators=300, n_products=25)
    rows = data.rows.affinity.toarray().astype(np.float64)[:-1, :-1]
    rows = rows[rows.sum(axis=1) > 0]
    totals = rows.sum(axis=0)
    scaled = rows / rows.sum(axis=1, keepdims=True) ** (creator / 2) / totals**source
    gram = scaled.T @ scaled
    penalty = np.linalg.eigvalsh(gram)[-3]
    smoother = gram @ np.linalg.inv(gram + penalty * np.eye(24))
    weights = smoother / (1 - np.diag(smoother)) * totals ** (source - target)
    expected = weights / totals[:, np.newaxis] ** source

    model = Ridge(25, 25, 3, creator_exponent=creator, source_exponent=source, target_exponent=target)
    similarity = model.fit(data).similarity.toarray()
    np.testing.assert_allclose(similarity[:24, :24], expected, rtol=1e-3, atol=1e-6)
    assert not similarity[24].any()  # nobody's product


def test_few_directions_come_close_to_all() -> None:
    data = example(n_creators=400, n_products=60)
    full, few = (
        Ridge(neighbours=60, rank=rank, half_rank=2).fit(data).similarity.toarray() for rank in (60, 8)
    )
    off = ~np.eye(60, dtype=bool)

    assert np.abs(few - full)[off].sum() < 0.2 * np.abs(full)[off].sum()


def test_only_entries_of_the_strongest_neighbours_stay() -> None:
    data = example(n_creators=300, n_products=25)
    full = Ridge(neighbours=25).fit(data).similarity.toarray()
    pruned = Ridge(neighbours=3).fit(data).similarity

    assert np.diff(pruned.indptr).max() == 3
    stored = pruned.toarray()
    # The directions are found at random: to single precision of the largest entry.
    np.testing.assert_allclose(stored[stored != 0], full[stored != 0], rtol=1e-2, atol=1e-4)

import numpy as np

from recsys.arrays import empty_csr
from recsys.models.contract import CreatorRows, TrainingData
from recsys.models.ease import Ease
from recsys.models.item_item import ItemItemScorer
from tests.recsys.models.examples import example, sparse


def _fit(model: Ease, *rows: list[float]) -> ItemItemScorer:
    affinity = sparse(*rows)
    n = affinity.shape[1]
    data = TrainingData(CreatorRows.without_attributes(affinity), empty_csr((n, 0)), np.zeros(n, np.float32))
    return model.fit(data)


def test_weights_by_hand() -> None:
    # G = [[2, 1], [1, 1]], with dropout 1 and l2 1: [[5, 1], [1, 3]].
    # Its inverse is [[3, -1], [-1, 5]] / 14.
    scorer = _fit(Ease(dropout=1.0, l2=1.0, creator_exponent=0.0), [1, 1], [1, 0])

    # B_qp = -A_qp / A_pp: 1/5 to product 1, 1/3 to product 0, nothing to itself.
    np.testing.assert_allclose(scorer.similarity.toarray(), [[0, 1 / 5], [1 / 3, 0]], rtol=1e-6)


def test_weights_are_those_of_the_dense_formula() -> None:
    data = example(n_creators=300, n_products=25)
    rows = data.rows.affinity.toarray().astype(np.float64)
    totals = rows.sum(axis=1, keepdims=True)
    scaled = np.where(totals > 0, rows / np.maximum(totals, 1e-12) ** 0.25, 0.0)[:, :-1]
    gram = scaled.T @ scaled
    inverse = np.linalg.inv(gram + 3.0 * np.diag(np.diag(gram)) + 0.1 * np.eye(24))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0.0)

    weights = Ease(neighbours=24).fit(data).similarity.toarray()
    np.testing.assert_allclose(weights[:24, :24], expected, atol=2e-4)
    assert not weights[24].any()  # nobody's product


def test_only_the_strongest_weights_and_the_most_frequent_products_stay() -> None:
    data = example(n_creators=300, n_products=25)
    full = Ease(neighbours=24).fit(data).similarity.toarray()
    pruned = Ease(neighbours=3).fit(data).similarity

    assert np.diff(pruned.indptr).max() == 3
    for product in range(24):
        kept = np.sort(np.abs(pruned.toarray()[product]))[-3:]
        np.testing.assert_allclose(kept, np.sort(np.abs(full[product]))[-3:], rtol=1e-5)
    few = Ease(products=5).fit(data).similarity
    assert np.count_nonzero(np.diff(few.indptr)) == 5

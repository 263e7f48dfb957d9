import numpy as np

from recsys.arrays import empty_csr
from recsys.models.contract import CreatorRows, TrainingData
from recsys.models.item_item import ItemItem, ItemItemScorer
from tests.recsys.models.examples import sparse

# Row sums 4, 1, 4; column sums 1, 4, 4.
AFFINITY = sparse([1, 3, 0], [0, 1, 0], [0, 0, 4])


def _fit(neighbours: int, *rows: list[float]) -> ItemItemScorer:
    affinity = sparse(*rows)
    n_products = affinity.shape[1]
    data = TrainingData(
        CreatorRows.without_attributes(affinity),
        empty_csr((n_products, 0)),
        np.zeros(n_products, dtype=np.float32),
    )
    return ItemItem(neighbours, creator_exponent=1.0).fit(data)


def test_similarity_by_hand() -> None:
    # Normalised: n(0,0) = 1/√(4·1), n(0,1) = 3/√(4·4), n(1,1) = 1/√(1·4), n(2,2) = 4/√(4·4).
    expected: list[list[float]] = [
        [1 / 4, 1 / 2 * 3 / 4, 0],
        [3 / 4 * 1 / 2, 9 / 16 + 1 / 4, 0],
        [0, 0, 1],
    ]
    scorer = _fit(3, *AFFINITY.toarray().tolist())
    np.testing.assert_allclose(scorer.similarity.toarray(), expected, rtol=1e-6)


def test_a_score_adds_the_similarity_of_what_the_creator_has() -> None:
    scorer = _fit(3, *AFFINITY.toarray().tolist())
    rows = CreatorRows.without_attributes(sparse([2, 1, 0]))
    expected = [[2 * 1 / 4 + 3 / 8, 2 * 3 / 8 + 13 / 16, 0]]
    np.testing.assert_allclose(scorer.score(rows), expected, rtol=1e-6)


def test_only_the_strongest_neighbours_of_each_product_stay() -> None:
    full = _fit(3, [1, 2, 0], [0, 1, 3], [2, 0, 1]).similarity.toarray()
    pruned = _fit(2, [1, 2, 0], [0, 1, 3], [2, 0, 1]).similarity.toarray()
    assert (full > 0).all()
    for product in range(3):
        expected = full[product].copy()
        expected[np.argmin(expected)] = 0
        np.testing.assert_array_equal(pruned[product], expected)


def test_a_creator_of_many_products_says_less_of_each_pair() -> None:
    scorer = _fit(4, [1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 1, 1])
    assert scorer.similarity[0, 1] == 1 / 2
    assert scorer.similarity[2, 3] < scorer.similarity[0, 1]

import numpy as np

from recsys.arrays import csr, empty_csr
from recsys.models.attribute_map import with_attributes
from recsys.models.contract import CreatorRows, TrainingData
from recsys.models.ials import IALS
from tests.recsys.models.examples import one_hot, sparse


def test_a_new_product_takes_what_its_attributes_tell_by_hand() -> None:
    # Two values, one of each product but the last two: the map without penalty is the mean of each value.
    attributes = one_hot(np.array([0, 0, 1, 1, 0]), 2)
    factors = np.array([[1.0], [3.0], [6.0], [8.0], [0.0]], dtype=np.float32)
    sellers = np.array([4, 4, 4, 4, 0])

    drawn = with_attributes(factors, attributes, sellers, evidence=4, penalty=1e-9)
    # n/(n + evidence) is 1/2 for all sold ones: halfway to 2 and to 7; the new one has nothing of its own.
    np.testing.assert_allclose(drawn[:, 0], [1.5, 2.5, 6.5, 7.5, 2.0], rtol=1e-5)


def test_a_penalty_draws_the_map_to_the_mean_of_all() -> None:
    attributes = one_hot(np.array([0, 1, 0]), 2)
    factors = np.array([[0.0], [4.0], [9.0]], dtype=np.float32)

    drawn = with_attributes(factors, attributes, np.array([5, 5, 0]), evidence=5, penalty=1e9)
    np.testing.assert_allclose(drawn[2], [2.0], rtol=1e-5)


def test_without_attributes_or_without_any_sale_factors_stay() -> None:
    factors = np.ones((3, 2), dtype=np.float32)
    none = with_attributes(factors, empty_csr((3, 0)), np.array([1, 0, 2]), evidence=5, penalty=1)
    unsold = with_attributes(factors, one_hot(np.zeros(3, int), 1), np.zeros(3, int), evidence=5, penalty=1)

    np.testing.assert_array_equal(none, factors)
    np.testing.assert_array_equal(unsold, factors)


def test_a_creator_of_one_category_gets_its_new_product_first() -> None:
    # Products 0–3 are of one category, 4–7 of another; nobody has sold 3 and 7 yet.
    rows: list[list[float]] = [
        [1, 1, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 0, 0, 0, 0, 0],
        [1, 0, 1, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 1, 0, 0],
        [0, 0, 0, 0, 0, 1, 1, 0],
        [0, 0, 0, 0, 1, 0, 1, 0],
    ] * 4
    affinity = sparse(*rows)
    category = csr(np.ones(8), np.arange(8), [0, 0, 0, 0, 1, 1, 1, 1], (8, 2))
    data = TrainingData(CreatorRows.without_attributes(affinity), category, np.zeros(8, np.float32))
    scores = IALS(factors=2).fit(data).score(data.rows)

    assert (scores[[0, 1, 2], 3] > scores[[0, 1, 2], 7] + 0.05).all()
    assert (scores[[3, 4, 5], 7] > scores[[3, 4, 5], 3] + 0.05).all()

from math import log

import numpy as np

from recsys.models.contract import CreatorRows, TrainingData
from recsys.models.profile import Profile, ProfileScorer
from tests.recsys.models.examples import sparse

# Values: skin care (products 0, 1), kitchen (2), and one that all products have.
ATTRIBUTES = sparse([1, 0, 1], [1, 0, 1], [0, 1, 1])
TREND = np.array([0.0, 3.0, 1.5], dtype=np.float32)


def _fit(trend: np.ndarray = TREND) -> ProfileScorer:
    rows = CreatorRows.without_attributes(sparse([1, 0, 0], [0, 0, 2]))
    return Profile().fit(TrainingData(rows, ATTRIBUTES, trend))


def _rows(*affinity: list[float]) -> CreatorRows:
    return CreatorRows.without_attributes(sparse(*affinity))


def test_scores_by_hand() -> None:
    # The value of all products weighs log 1 = 0, so each share is 1; demand is trend + mean of 1.5.
    scores = _fit().score(_rows([2, 0, 0], [3, 0, 1]))
    expected = [[1.5, 4.5, 0], [3 / 4 * 1.5, 3 / 4 * 4.5, 1 / 4 * 3.0]]
    np.testing.assert_allclose(scores, expected, rtol=1e-6)


def test_a_profile_sums_to_one_however_much_a_creator_sold() -> None:
    scorer = _fit()
    np.testing.assert_allclose(
        scorer.embed(_rows([2, 0, 0], [20, 0, 0])).toarray(), [[1, 0, 0], [1, 0, 0]], rtol=1e-6
    )


def test_a_rare_value_says_more_than_a_common_one() -> None:
    # Product 0 has a value of its own and one of two products: log(3/1) against log(3/2).
    attributes = sparse([1, 1], [0, 1], [0, 0])
    data = TrainingData(_rows([1, 0, 0]), attributes, np.ones(3, dtype=np.float32))
    rare, common = log(3 / 1), log(3 / 2)
    profile = Profile().fit(data).embed(_rows([1, 0, 0])).toarray()
    np.testing.assert_allclose(profile, [[rare / (rare + common), common / (rare + common)]], rtol=1e-6)


def test_a_product_nobody_sold_yet_is_reached_through_its_category() -> None:
    scores = _fit().score(_rows([1, 0, 0]))[0]
    assert scores[1] > scores[2]


def test_without_any_trend_products_of_the_own_kind_still_lead() -> None:
    scores = _fit(np.zeros(3, dtype=np.float32)).score(_rows([1, 0, 0]))[0]
    assert scores[0] == scores[1] > scores[2]

from math import log

import numpy as np
import pytest

from recsys.models.contract import CreatorRows, TrainingData
from recsys.models.prior import AttributePrior, AttributePriorScorer
from tests.recsys.models.examples import sparse

# Creators 0 and 1 have attribute a, creator 2 has b, creator 3 has b and no history.
AFFINITY = sparse([4, 0], [1, 1], [0, 9], [0, 0])
ATTRIBUTES = sparse([1, 0], [1, 0], [0, 1], [0, 1])


def _fit(trend: list[float], strength: float = 20.0) -> AttributePriorScorer:
    data = TrainingData(
        CreatorRows(AFFINITY, ATTRIBUTES), sparse([1], [1]), np.array(trend, dtype=np.float32)
    )
    return AttributePrior(strength=strength, trend_share=0.5).fit(data)


def _asked(*attributes: list[float]) -> CreatorRows:
    return CreatorRows(sparse(*[[0.0, 0.0]] * len(attributes)), sparse(*attributes))


# Each creator with history counts once: shares (1, 0), (½, ½), (0, 1); half a creator is spread evenly.
SMOOTH = np.array([(1.5 + 0.25) / 3.5, (1.5 + 0.25) / 3.5])


def test_a_creator_without_attributes_gets_the_overall_probabilities() -> None:
    overall = 0.5 * SMOOTH + 0.5 * np.array([3 / 4, 1 / 4])
    scores = _fit([3, 1]).score(_asked([0, 0]))
    np.testing.assert_allclose(scores, [np.log(overall)], rtol=1e-6)


def test_a_trend_of_zero_leaves_the_smoothed_counts() -> None:
    np.testing.assert_allclose(_fit([0, 0]).score(_asked([0, 0])), [np.log(SMOOTH)], rtol=1e-6)


def test_an_attribute_lifts_by_the_shrunk_log_ratio() -> None:
    # Attribute a: 2 creators with 3/2 and 1/2 of them on each product; b: 1 with history, on product 1.
    lift_a = [log((1.5 + 20 * 0.5) / 22 / 0.5), log((0.5 + 20 * 0.5) / 22 / 0.5)]
    lift_b = [log((0.0 + 20 * 0.5) / 21 / 0.5), log((1.0 + 20 * 0.5) / 21 / 0.5)]
    base = log(0.5)
    expected = [
        [base + lift_a[0], base + lift_a[1]],
        [base + lift_b[0], base + lift_b[1]],
        [base + (lift_a[0] + lift_b[0]) / 2, base + (lift_a[1] + lift_b[1]) / 2],
    ]
    np.testing.assert_allclose(_fit([0, 0]).score(_asked([1, 0], [0, 1], [1, 1])), expected, rtol=1e-5)


def test_the_trend_moves_what_attributes_lift() -> None:
    # The lifts stand on what sold at any time, so that the trend does not cancel.
    moved, still = _fit([3, 1]), _fit([0, 0])
    np.testing.assert_allclose(moved.log_probabilities[1:], still.log_probabilities[1:], rtol=1e-6)
    overall = 0.5 * SMOOTH + 0.5 * np.array([3 / 4, 1 / 4])
    gained = moved.score(_asked([1, 0], [0, 1])) - still.score(_asked([1, 0], [0, 1]))
    np.testing.assert_allclose(gained, [np.log(overall / SMOOTH)] * 2, rtol=1e-5)


def test_of_too_many_attributes_the_most_frequent_have_a_say(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _fit([0, 0])
    monkeypatch.setattr("recsys.models.prior.MOST_CELLS", 2)
    capped = _fit([0, 0])
    # Two creators with history have a, one has b.
    assert capped.chosen.tolist() == [0]
    np.testing.assert_array_equal(capped.score(_asked([1, 0])), whole.score(_asked([1, 0])))
    np.testing.assert_array_equal(capped.score(_asked([0, 1])), whole.score(_asked([0, 0])))


def test_an_embedding_stores_what_a_creator_has() -> None:
    embedding = _fit([0, 0]).embed(_asked([1, 0], [1, 1], [0, 0]))
    assert embedding.nnz == 3 + 3
    np.testing.assert_allclose(embedding.toarray(), np.array([[1, 1, 0], [1, 0.5, 0.5], [1, 0, 0]]))


def test_more_strength_brings_an_attribute_closer_to_everyone() -> None:
    def lift(strength: float) -> float:
        scorer = _fit([0, 0], strength)
        return float(scorer.log_probabilities[1, 0])

    assert lift(1.0) > lift(10.0) > lift(100.0) > 0


def test_what_the_creator_sold_plays_no_part() -> None:
    scorer = _fit([1, 1])
    rows = CreatorRows(sparse([0, 9], [0, 0]), sparse([1, 0], [1, 0]))
    scores = scorer.score(rows)
    np.testing.assert_array_equal(scores[0], scores[1])


@pytest.mark.parametrize("trend", [[0.0, 0.0], [5.0, 0.0]])
def test_no_product_has_the_probability_zero(trend: list[float]) -> None:
    assert np.isfinite(_fit(trend).log_probabilities).all()

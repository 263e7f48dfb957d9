from dataclasses import replace
from math import log

import numpy as np
import pytest

from recsys.arrays import Float32, Int64, csr
from recsys.value.context import (
    CREATOR_FEATURES,
    FEATURES,
    PAIR_FEATURES,
    PRODUCT_FEATURES,
    PaidShares,
    PairContext,
)
from recsys.value.demand import DemandCalendar
from recsys.value.specialty import Specialty
from recsys.value.taste import Taste
from tests.recsys.value.examples import AS_OF, DAY, HORIZON, context


def _hand_made() -> PairContext:
    """Two creators, three products of two categories; features are their place over ten."""
    creators = np.arange(2 * len(CREATOR_FEATURES)).reshape(2, -1) / 10
    products = np.arange(3 * len(PRODUCT_FEATURES)).reshape(3, -1) / 10
    return PairContext(
        creators=creators.astype(np.float32),
        products=products.astype(np.float32),
        # The first creator sells better in the second category.
        category_skill=csr([0.7], [0], [1], (2, 2)),
        record=csr([0.6], [1], [2], (2, 3)),
        categories=np.array([0, 1, 1], dtype=np.int32),
        specialty=Specialty(
            np.array([[2.0, 0.0], [0.0, -1.0]], dtype=np.float32),
            np.array([[1.0, 3.0], [0.5, 0.0]], dtype=np.float32),
        ),
        taste=Taste(
            np.array([[1.0, 0.5], [0.0, -1.0]], dtype=np.float32),
            np.array([[0.25, 0.5], [0.5, 0.0], [0.0, 0.0]], dtype=np.float32),
        ),
        price=np.array([10.0, 20.0, 30.0]),
        paid=PaidShares(0.8, 0.9, 1.0),
        rates=np.array([0.1, 0.2, 0.3]),
        rate_bonus=csr([0.15, -0.05], [1, 0], [0, 2], (2, 3)),
        demand=DemandCalendar(
            np.array([AS_OF + 7 * DAY]),
            np.array([AS_OF + 14 * DAY]),
            np.array([[False, True]]),
            lift=3.0,
        ),
        horizon=HORIZON,
        as_of=AS_OF,
    )


HAND_MADE = _hand_made()


def _features(creator: int, product: int, score: float, since: Int64 | None = None) -> dict[str, float]:
    rows = HAND_MADE.features(
        np.array([creator], dtype=np.int32),
        np.array([product], dtype=np.int32),
        np.array([score], dtype=np.float32),
        since,
    )
    assert rows.shape == (1, len(FEATURES))
    assert rows.dtype == np.float32
    return dict(zip(FEATURES, rows[0].tolist(), strict=True))


def test_features_are_those_of_the_creator_of_the_product_and_of_both() -> None:
    assert (*CREATOR_FEATURES, *PRODUCT_FEATURES, *PAIR_FEATURES) == FEATURES
    found = _features(1, 2, 0.25)
    for names, row in ((CREATOR_FEATURES, HAND_MADE.creators[1]), (PRODUCT_FEATURES, HAND_MADE.products[2])):
        assert [found[name] for name in names] == row.tolist()
    assert found["score"] == 0.25


@pytest.mark.parametrize(("creator", "product", "category_skill"), [(0, 1, 0.7), (0, 0, 0.0), (1, 1, 0.0)])
def test_skill_in_a_category_adds_to_that_in_all(creator: int, product: int, category_skill: float) -> None:
    found = _features(creator, product, 0.0)
    assert found["log_category_skill"] == pytest.approx(found["log_skill"] + category_skill)


def test_features_of_a_pair_by_hand() -> None:
    found = _features(0, 2, -1.0)
    gap = found["log_price"] - found["usual_log_price"]
    assert found["price_gap"] == pytest.approx(gap)
    assert found["abs_price_gap"] == pytest.approx(abs(gap))
    # Half of the horizon lies within an event that triples demand.
    assert found["log_demand"] == pytest.approx(log(2.0))
    assert found["log_expected"] == pytest.approx(
        found["log_reach"]
        + found["log_yield"]
        + found["log_click_trend"]
        + found["log_skill"]
        + 0.7
        + log(2.0)
    )


def test_a_cheaper_product_than_usual_has_a_negative_gap() -> None:
    found = _features(1, 0, 0.0)
    assert found["price_gap"] < 0 < found["abs_price_gap"] == pytest.approx(-found["price_gap"])


def test_a_promotion_begins_now_unless_told_otherwise() -> None:
    assert _features(0, 2, 0.0) == _features(0, 2, 0.0, np.array([AS_OF]))
    later = _features(0, 2, 0.0, np.array([AS_OF + 7 * DAY]))
    assert later["log_demand"] == pytest.approx(log(2.0))
    past = _features(0, 2, 0.0, np.array([AS_OF - 7 * DAY]))
    assert past["log_demand"] == 0.0
    whole = replace(HAND_MADE, horizon=7 * DAY).features(
        np.zeros(1, np.int32), np.array([2], np.int32), np.zeros(1, np.float32), np.array([AS_OF + 7 * DAY])
    )
    assert whole[0, FEATURES.index("log_demand")] == pytest.approx(log(3.0))


def test_the_rate_of_a_collaboration_overrides_the_open_one() -> None:
    creators, products = np.divmod(np.arange(6, dtype=np.int32), np.int32(3))
    found = HAND_MADE.commission_rates(creators, products).reshape(2, 3)
    np.testing.assert_allclose(found, [[0.1, 0.2, 0.25], [0.25, 0.2, 0.3]], atol=1e-7)


def test_no_pairs_have_no_features() -> None:
    nobody, nothing = np.array([], dtype=np.int32), np.array([], dtype=np.float32)
    assert HAND_MADE.features(nobody, nobody, nothing).shape == (0, len(FEATURES))
    assert HAND_MADE.commission_rates(nobody, nobody).shape == (0,)


def _scores(n: int) -> Float32:
    return np.linspace(-1, 1, n).astype(np.float32)


def test_a_context_comes_back_from_its_arrays_bit_for_bit() -> None:
    original = context(6, 7)
    restored = PairContext.from_state(original.state())
    assert (restored.paid, restored.horizon, restored.as_of) == (original.paid, HORIZON, AS_OF)
    creators, products = np.divmod(np.arange(42, dtype=np.int32), np.int32(7))
    np.testing.assert_array_equal(
        restored.features(creators, products, _scores(42)), original.features(creators, products, _scores(42))
    )
    np.testing.assert_array_equal(
        restored.commission_rates(creators, products), original.commission_rates(creators, products)
    )
    for name, values in original.state().items():
        np.testing.assert_array_equal(restored.state()[name], values, err_msg=name)


def test_taste_is_a_logarithm_by_pair() -> None:
    assert _features(0, 0, 0.0)["taste"] == pytest.approx(1.0 * 0.25 + 0.5 * 0.5)
    assert _features(1, 0, 0.0)["taste"] == pytest.approx(-0.5)
    assert _features(0, 2, 0.0)["taste"] == 0.0


def test_specialty_is_a_signed_logarithm_of_the_residual() -> None:
    # (2, 0) · (1, 3) = 2, (2, 0) · (0.5, 0) = 1, (0, -1) · (1, 3) = -3.
    assert _features(0, 0, 0.0)["specialty"] == pytest.approx(log(3.0))
    assert _features(0, 1, 0.0)["specialty"] == pytest.approx(log(2.0))
    assert _features(1, 0, 0.0)["specialty"] == pytest.approx(-log(4.0))
    assert _features(1, 2, 0.0)["specialty"] == 0.0

import numpy as np

from recsys.audience import BuyerSets
from recsys.campaign import CampaignData, Posting, Shoppers
from recsys.plan.overlap import coverage_of
from tests.recsys.plan.cases import sets

EVERYBODY = np.ones(3, dtype=np.bool_)


def shoppers(by_creator: BuyerSets) -> Shoppers:
    """Three kinds of 20, 40 and 4 shoppers, half of whom buy within a horizon."""
    return Shoppers(by_creator, sets([1]), np.array([20, 40, 4]), units_each=1.0, interest=0.5)


def worths(known: Shoppers, buyers: list[float], posts: list[float], counted: np.ndarray) -> list[float]:
    creators = np.arange(len(buyers), dtype=np.int32)
    coverage = coverage_of(known, creators, np.array(buyers), np.array(posts), counted)
    return [float(gain) for gain in coverage.gains(coverage.untouched())]


def test_alone_a_creator_brings_what_is_expected_of_it() -> None:
    known = shoppers(sets([0, 1], [1], [2]))
    # The second sells more than its 40 shoppers would buy: the rest are strangers.
    np.testing.assert_allclose(
        worths(known, [12.0, 30.0, 2.0], [1.0, 0.5, 1.0], EVERYBODY), [12.0, 15.0, 2.0]
    )


def test_who_bought_before_is_not_new() -> None:
    known = shoppers(sets([0, 1], [1], [0]))
    counted = np.array([True, False, True])
    # Of the first's 60 shoppers 20 count; of the second's none, but the 10 strangers beyond its audience.
    np.testing.assert_allclose(worths(known, [12.0, 30.0, 5.0], [1.0] * 3, counted), [4.0, 10.0, 5.0])


def test_who_is_reached_by_two_buys_once() -> None:
    known = shoppers(sets([0], [0]))
    coverage = coverage_of(known, np.arange(2, dtype=np.int32), np.full(2, 5.0), np.ones(2), EVERYBODY)
    # Each reaches every second shopper of 20, of whom half would buy: together three of four.
    assert coverage.worth(np.arange(2, dtype=np.int32)) == 7.5


def test_an_audience_of_a_few_speaks_by_the_average_alone() -> None:
    known = shoppers(sets([2]))
    counted = np.array([False, True, True])
    # 44 of 64 shoppers count, whoever the 4 are.
    np.testing.assert_allclose(worths(known, [3.2], [1.0], counted), [2.2])


def test_what_is_stored_is_restored() -> None:
    data = CampaignData(shoppers(sets([0, 1], [])), Posting(0.25, np.array([1.0, 3.0]), np.array([0.5])))
    restored = CampaignData.from_state(data.state())
    assert restored.shoppers.units_each == 1.0
    np.testing.assert_array_equal(restored.shoppers.by_creator.of(0), [0, 1])
    # Odds of a third, times 3, times a half.
    assert restored.posting.chance(np.array([1], dtype=np.int32), np.array([0], dtype=np.int32)) == 1 / 3

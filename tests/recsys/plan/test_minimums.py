import numpy as np

from recsys.plan.groupings import Grouping
from recsys.plan.minimums import Minimums

NOBODY = np.zeros(0, dtype=np.int32)


def of_region_and_tier(region: list[int], tier: list[int]) -> Minimums:
    """Two of the first region and one of the second; one of each of two tiers."""
    return Minimums.of(
        (
            Grouping.at_least("region", ("US", "GB"), np.array(region, dtype=np.int32), np.array([2, 1])),
            Grouping.at_least("tier", ("nano", "micro"), np.array(tier, dtype=np.int32), np.array([1, 1])),
        ),
        np.arange(len(region), dtype=np.int32),
    )


def test_one_creator_can_serve_a_region_and_a_tier() -> None:
    minimums = of_region_and_tier([0, 0, 1, 1], [0, 1, -1, -1])
    assert minimums.needed_with(NOBODY) == 3
    assert minimums.at_most_needed(minimums.taken(NOBODY)) == 5


def test_where_nobody_serves_both_each_takes_one() -> None:
    assert of_region_and_tier([0, 0, 1, -1, -1], [-1, -1, -1, 0, 1]).needed_with(NOBODY) == 5


def test_an_owner_of_several_candidates_serves_once() -> None:
    region = Grouping.at_least("region", ("US",), np.zeros(3, dtype=np.int32), np.array([2]))
    tier = Grouping.at_least("tier", ("nano",), np.zeros(3, dtype=np.int32), np.array([2]))
    minimums = Minimums.of((region, tier), np.array([0, 0, 0], dtype=np.int32))
    assert minimums.sizes.tolist() == [1]
    # The one who is there serves both, and for each one more is lacking.
    assert minimums.needed_with(NOBODY) == 3


def test_those_chosen_serve_no_more() -> None:
    minimums = of_region_and_tier([0, 0, 1, 1], [0, 1, -1, -1])
    assert minimums.needed_with(np.array([0], dtype=np.int32)) == 2
    assert minimums.needed_with(np.array([0, 1, 2], dtype=np.int32)) == 0


def test_without_minimums_nothing_is_needed() -> None:
    quota = Grouping.at_most("product", ("p",), np.zeros(2, dtype=np.int32), np.array([1]))
    assert Minimums.of((quota,), np.arange(2, dtype=np.int32)).needed_with(NOBODY) == 0

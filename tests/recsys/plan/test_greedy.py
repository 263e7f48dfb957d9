from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.errors import UsageError
from recsys.plan.coverage import Coverage
from recsys.plan.greedy import choose
from recsys.plan.groupings import Grouping
from recsys.plan.limits import Limits
from tests.recsys.plan.cases import random_coverage, random_limits, sets


def overlapping() -> Coverage:
    """Two large audiences that are nearly the same, and a smaller one apart."""
    return Coverage(
        sets([0, 1, 2, 3, 4], [0, 1, 2, 3], [5, 6, 7]),
        np.arange(3, dtype=np.int32),
        np.ones(3),
        np.ones(8),
        np.zeros(3),
    )


def test_the_second_sample_goes_where_nobody_was_reached_yet() -> None:
    chosen = choose(overlapping(), Limits(2, np.ones(3)))
    np.testing.assert_array_equal(chosen.candidates, [0, 2])
    np.testing.assert_array_equal(chosen.gains, [5, 3])


def test_the_required_come_first_and_count() -> None:
    chosen = choose(overlapping(), Limits(2, np.ones(3), required=np.array([1], dtype=np.int32)))
    np.testing.assert_array_equal(chosen.candidates, [1, 2])
    np.testing.assert_array_equal(chosen.gains, [4, 3])


def test_money_buys_what_adds_most_for_its_cost_where_that_is_more() -> None:
    chosen = choose(overlapping(), Limits(3, np.array([10.0, 4.0, 6.0]), money=10.0))
    np.testing.assert_array_equal(chosen.candidates, [1, 2])
    assert chosen.worth == 7


def test_a_minimum_is_met_even_where_it_costs_worth() -> None:
    region = Grouping.at_least("region", ("US", "GB"), np.array([0, 1, 0], dtype=np.int32), np.array([0, 1]))
    chosen = choose(overlapping(), Limits(2, np.ones(3), groupings=(region,)))
    np.testing.assert_array_equal(np.sort(chosen.candidates), [1, 2])


def test_a_quota_holds_and_goes_to_whom_it_serves_best() -> None:
    product = Grouping.at_most("product", ("p",), np.array([0, -1, 0], dtype=np.int32), np.array([1]))
    chosen = choose(overlapping(), Limits(3, np.ones(3), groupings=(product,)))
    np.testing.assert_array_equal(chosen.candidates, [1, 2])
    np.testing.assert_array_equal(chosen.gains, [4, 3])


def test_of_candidates_of_one_owner_one_is_chosen() -> None:
    who = np.array([0, 1, 0], dtype=np.int32)
    chosen = choose(overlapping(), Limits(3, np.ones(3), who=who))
    np.testing.assert_array_equal(chosen.candidates, [1, 2])


def test_the_last_gains_of_nobody_are_none() -> None:
    nobody = overlapping().only(np.zeros(0, dtype=np.int32))
    assert len(choose(nobody, Limits(2, np.zeros(0))).candidates) == 0


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (Limits(1, np.ones(3), required=np.array([0, 1], dtype=np.int32)), "include fewer or offer more"),
        (Limits(2, np.ones(3), 0.5, required=np.array([0], dtype=np.int32)), "cost 1.00, the budget is 0.50"),
        (
            Limits(
                2,
                np.ones(3),
                groupings=(Grouping.at_least("region", ("GB",), np.zeros(3, dtype=np.int32), np.array([3])),),
            ),
            "minimums need 3 more creators, but samples and budget reach for 2",
        ),
        (
            Limits(
                2,
                np.ones(3),
                groupings=(
                    Grouping.at_least(
                        "region", ("GB",), np.array([0, -1, -1], dtype=np.int32), np.array([2])
                    ),
                ),
            ),
            "at least 2 creators are asked for with region GB, but only 1",
        ),
        (
            Limits(
                2,
                np.ones(3),
                groupings=(Grouping.at_most("product", ("p",), np.zeros(3, dtype=np.int32), np.array([1])),),
                required=np.array([0, 1], dtype=np.int32),
            ),
            "2 creators to be included have the product p",
        ),
        (
            Limits(
                2,
                np.full(3, 2.0),
                1.0,
                (Grouping.at_least("region", ("GB",), np.zeros(3, dtype=np.int32), np.array([1])),),
            ),
            "samples and budget reach for 0",
        ),
    ],
)
def test_limits_that_cannot_be_kept_are_refused(limits: Limits, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        choose(overlapping(), limits)


@given(st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_the_choice_is_nearly_the_best_that_there_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    coverage, limits = random_coverage(rng), random_limits(rng)
    choices = [
        np.array(choice, dtype=np.int32)
        for n in range(limits.samples + 1)
        for choice in combinations(range(len(coverage)), n)
    ]
    possible = [choice for choice in choices if limits.hold(choice)]
    if not possible:
        with pytest.raises(UsageError):
            choose(coverage, limits)
        return
    chosen = choose(coverage, limits)
    assert limits.hold(chosen.candidates)
    assert chosen.worth == pytest.approx(coverage.worth(chosen.candidates))
    assert chosen.worth >= 0.98 * max(coverage.worth(choice) for choice in possible)


@given(st.integers(0, 100_000))
@settings(max_examples=20, deadline=None)
def test_without_limits_but_samples_each_adds_less_than_the_one_before(seed: int) -> None:
    rng = np.random.default_rng(seed)
    coverage = random_coverage(rng)
    limits = replace(random_limits(rng), money=np.inf, groupings=())
    gains = choose(coverage, limits).gains
    assert (np.diff(gains) <= 1e-9).all()

from datetime import date

import numpy as np
import pytest

from benchmarks.episode import Episode
from benchmarks.launch import Launches, find_launches, in_top, pooled
from benchmarks.told import Kept
from training.simulation.demand import Trends
from training.simulation.truth import Rates, Truth

DAYS, PRODUCTS, FIRST_DAY = 10, 8, 60
# The only product with a trend rises from the third day of the loop.
TREND, BEGINS = 5, 2


def _truth(amplitude: float = 2.0, listed_day: int = 0) -> Truth:
    nothing = np.zeros(PRODUCTS)
    listed = np.full(PRODUCTS, listed_day)
    amplitudes = np.zeros(PRODUCTS)
    amplitudes[TREND] = amplitude
    return Truth(
        start=date(2026, 1, 1),
        taste=np.zeros((1, 2)),
        reach=np.ones(1),
        factor=np.zeros((PRODUCTS, 2)),
        appeal=nothing,
        conversion=nothing,
        refund_rate=nothing,
        price=nothing,
        commission_rate=nothing,
        leaf=np.zeros(PRODUCTS, dtype=np.int64),
        listed_day=listed,
        closed_day=listed + 1_000,
        trends=Trends(
            amplitudes,
            np.full(PRODUCTS, FIRST_DAY + BEGINS + 6.0),
            np.full(PRODUCTS, 2.0),
            np.full(PRODUCTS, 9.0),
        ),
        event_lift=np.ones((1, 1)),
        growth=np.ones((1, 1)),
        rates=Rates(),
    )


def _episode(entered: int | None, listed: int | None, lists: int = 1) -> Episode:
    """The trending product enters the top on one day of the loop and is on `lists` from another on."""
    charts = np.tile(np.array([9.0, 8.0, 7.0, 1.0, 1.0, 0.0, 0.0, 0.0]), (DAYS, 1))
    on_lists = np.zeros((DAYS, PRODUCTS), dtype=np.int64)
    if entered is not None:
        charts[entered:, TREND] = 20.0
    if listed is not None:
        on_lists[listed:, TREND] = lists
    return Episode(
        posted=np.ones(1, dtype=np.bool_),
        sold=np.ones(1, dtype=np.bool_),
        commission=np.zeros((1, DAYS)),
        expected=np.zeros((1, DAYS)),
        listed=on_lists,
        n_lists=np.full(DAYS, 150),
        charts=charts,
        seconds=np.zeros(DAYS),
        kept=Kept.pooled([]),
    )


@pytest.mark.parametrize(
    ("entered", "listed", "lead"),
    [(7, 4, 3), (7, 7, 0), (4, 7, -3)],
    ids=["ahead", "together", "behind"],
)
def test_the_lead_is_the_days_from_the_lists_to_the_top(entered: int, listed: int, lead: int) -> None:
    assert find_launches(_truth(), _episode(entered, listed, 2), FIRST_DAY) == Launches((lead,), 0, 1)


def test_days_on_lists_before_the_rise_earn_nothing() -> None:
    assert find_launches(_truth(), _episode(7, 0, 2), FIRST_DAY).lead_days == (7 - BEGINS,)


def test_a_rise_before_listing_begins_with_it() -> None:
    launches = find_launches(_truth(listed_day=FIRST_DAY + 6), _episode(9, 0, 2), FIRST_DAY)

    assert launches.lead_days == (3,)


def test_fewer_than_one_list_in_a_hundred_is_none() -> None:
    # 1 % of 150 lists is one and a half.
    assert find_launches(_truth(), _episode(7, 4, 1), FIRST_DAY) == Launches((7 - DAYS,), 0, 0)


def test_what_never_enters_is_counted_without_a_lead() -> None:
    launches = find_launches(_truth(), _episode(None, 4, 2), FIRST_DAY)

    assert launches == Launches((), 1, 1)
    assert launches.median_lead is None


@pytest.mark.parametrize("first_day", [FIRST_DAY + BEGINS + 1, FIRST_DAY - DAYS])
def test_rises_outside_the_loop_are_no_launches(first_day: int) -> None:
    assert find_launches(_truth(), _episode(7, 4, 2), first_day).count == 0


def test_neither_is_a_best_seller_before_its_rise_nor_a_product_without_trend() -> None:
    assert find_launches(_truth(), _episode(BEGINS, 4, 2), FIRST_DAY).count == 0
    assert find_launches(_truth(amplitude=0.5), _episode(7, 4, 2), FIRST_DAY).count == 0


def test_the_top_are_three_of_few_and_one_in_a_hundred_of_many() -> None:
    few = in_top(np.array([[5.0, 4.0, 3.0, 2.0], [1.0, 0.0, 0.0, 0.0]]))
    many = in_top(np.arange(1_000.0)[np.newaxis])

    assert few.tolist() == [[True, True, True, False], [True, False, False, False]]
    assert many.sum() == 10


def test_launches_of_several_episodes_are_taken_together() -> None:
    both = pooled([Launches((1, 4), 2, 3), Launches((6,), 0, 1)])

    assert (both.median_lead, both.count, both.never_entered, both.listed) == (4.0, 5, 2, 4)

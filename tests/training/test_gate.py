from dataclasses import replace

import pytest

from recsys.bootstrap import Interval
from training.gate import Challenger, Rival, judge

GOOD = Challenger(
    as_of=2_000,
    over_popularity=Interval(0.10, 0.08, 0.12),
    n_creators=500,
    earned_over=Interval(3.0, 1.0, 5.0),
    chance_off=Interval(0.01, -0.02, 0.04),
    unservable=(),
)


def test_the_first_good_night_passes() -> None:
    assert judge(GOOD, None).passed


def test_a_recipe_clearly_below_popularity_is_refused_and_a_tie_is_not() -> None:
    worse = replace(GOOD, over_popularity=Interval(-0.05, -0.08, -0.01))
    tie = replace(GOOD, over_popularity=Interval(-0.001, -0.02, 0.02))

    assert judge(worse, None).reasons == (
        "NDCG@20 is below popularity's by 0.0500, interval 0.0100 to 0.0800",
    )
    assert judge(tie, None).passed


def test_a_night_on_which_nothing_sold_first_cannot_be_judged() -> None:
    nothing = Interval(float("nan"), float("nan"), float("nan"))
    unjudged = replace(GOOD, n_creators=0, over_popularity=nothing, earned_over=nothing)

    (reason,) = judge(unjudged, Rival(1_000)).reasons
    assert "nothing can be judged" in reason


def test_lists_that_surely_earn_less_than_the_simplest_are_refused_and_a_tie_is_not() -> None:
    poorer = replace(GOOD, earned_over=Interval(-2.0, -3.5, -0.5))
    (reason,) = judge(poorer, None).reasons
    assert reason.endswith(
        "earn less commission a creator than those by popularity × commission, "
        "by 2.0000, interval 0.5000 to 3.5000"
    )
    assert judge(replace(GOOD, earned_over=Interval(-2.0, -4.5, 0.5)), None).passed
    assert judge(replace(GOOD, earned_over=None), None).passed


@pytest.mark.parametrize(
    ("off", "passes"),
    [
        (Interval(0.2, 0.11, 0.3), False),
        (Interval(-0.2, -0.3, -0.11), False),
        # Off by as much, but not surely; surely off, but not by as much.
        (Interval(0.2, 0.09, 0.3), True),
        (Interval(-0.05, -0.06, -0.04), True),
        (None, True),
    ],
)
def test_chances_that_are_surely_told_wrong_are_refused(off: Interval | None, passes: bool) -> None:
    verdict = judge(replace(GOOD, chance_off=off), None)
    assert verdict.passed is passes
    assert passes or "the chance of a sale is told wrong" in verdict.reasons[0]


def test_a_sure_loss_beyond_a_twentieth_of_what_the_champions_choices_reach_is_refused() -> None:
    # A twentieth of .40 is .02.
    lost = Rival(1_000, 0.40, Interval(-0.03, -0.04, -0.021))
    bearable = Rival(1_000, 0.40, Interval(-0.03, -0.04, -0.019))

    assert judge(GOOD, lost).reasons == (
        "NDCG@20 is below 95% of what the champion's choices reach on the same horizon, 0.4000: "
        "it is less by 0.0300, interval 0.0210 to 0.0400",
    )
    assert judge(GOOD, bearable).passed
    assert judge(GOOD, Rival(1_000)).passed


def test_an_older_night_never_replaces_a_newer_champion() -> None:
    assert "older than the champion's" in judge(GOOD, Rival(3_000)).reasons[0]
    assert judge(GOOD, Rival(2_000)).passed


def test_what_cannot_be_served_is_refused() -> None:
    faulty = replace(GOOD, unservable=("the service cannot answer", "nobody is given a product"))
    assert judge(faulty, None).reasons == faulty.unservable


def test_every_reason_is_told() -> None:
    bad = Challenger(
        as_of=2_000,
        over_popularity=Interval(-0.05, -0.08, -0.01),
        n_creators=500,
        earned_over=Interval(-2.0, -3.5, -0.5),
        chance_off=Interval(0.2, 0.11, 0.3),
        unservable=("unheard of",),
    )
    assert len(judge(bad, Rival(3_000, 0.4, Interval(-0.2, -0.3, -0.1))).reasons) == 6

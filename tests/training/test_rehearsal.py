import pytest

from recsys.bootstrap import Interval
from training.earned import Earned
from training.judgement import Judgement
from training.rehearsal import ENOUGH_PROMOTIONS, Rehearsal

JUDGEMENT = Judgement((), Interval(0.1, 0.08, 0.12), 500)


@pytest.mark.parametrize(
    ("n_promotions", "judged"), [(ENOUGH_PROMOTIONS - 1, False), (ENOUGH_PROMOTIONS, True)]
)
def test_lists_are_held_against_a_night_only_where_enough_was_known_to_rank_them(
    n_promotions: int, judged: bool
) -> None:
    over = Interval(-2.0, -3.0, -1.0)
    rehearsal = Rehearsal(JUDGEMENT, Earned(3.0, 5.0, over, 500, n_promotions), None)
    assert rehearsal.challenger(2_000, ()).earned_over == (over if judged else None)
    # They are told in either case.
    assert rehearsal.metrics()["earned/over_baseline"] == -2.0


def test_what_cannot_be_judged_is_not_held_against_a_night() -> None:
    challenger = Rehearsal(JUDGEMENT, None, None).challenger(2_000, ("a fault",))
    assert (challenger.earned_over, challenger.chance_off) == (None, None)
    assert (challenger.n_creators, challenger.unservable) == (500, ("a fault",))

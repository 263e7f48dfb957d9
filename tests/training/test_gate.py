from dataclasses import replace

from recsys.bootstrap import Interval
from recsys.release.manifest import HEADLINE, Provenance
from training.gate import Challenger, judge

GOOD = Challenger(
    as_of=2_000,
    ndcg=Interval(0.30, 0.28, 0.32),
    over_popularity=Interval(0.10, 0.08, 0.12),
    n_creators=500,
    unservable=(),
)


def provenance(as_of: int, ndcg: float) -> Provenance:
    return Provenance(as_of, "digest", "0.1.0", 0, {}, {HEADLINE: ndcg})


def test_the_first_good_night_passes() -> None:
    assert judge(GOOD, None).passed


def test_a_recipe_clearly_below_popularity_is_refused_and_a_tie_is_not() -> None:
    worse = replace(GOOD, over_popularity=Interval(-0.05, -0.08, -0.01))
    tie = replace(GOOD, over_popularity=Interval(-0.001, -0.02, 0.02))

    assert "below popularity's by 0.0500" in judge(worse, None).reasons[0]
    assert judge(tie, None).passed


def test_a_night_on_which_nothing_sold_first_cannot_be_judged() -> None:
    nothing = Interval(float("nan"), float("nan"), float("nan"))
    unjudged = replace(GOOD, n_creators=0, ndcg=nothing, over_popularity=nothing)

    assert "nothing can be judged" in judge(unjudged, provenance(1_000, 0.3)).reasons[0]


def test_a_fall_beyond_a_fifth_of_the_champion_is_refused() -> None:
    # At best .32; four fifths of .41 are .328, of .39 they are .312.
    assert "has fallen below 80% of the champion's 0.4100" in judge(GOOD, provenance(1_000, 0.41)).reasons[0]
    assert judge(GOOD, provenance(1_000, 0.39)).passed


def test_an_older_night_never_replaces_a_newer_champion() -> None:
    assert "older than the champion's" in judge(GOOD, provenance(3_000, 0.3)).reasons[0]
    assert judge(GOOD, provenance(2_000, 0.3)).passed


def test_what_cannot_be_served_is_refused() -> None:
    faulty = replace(GOOD, unservable=("the service cannot answer", "nobody is given a product"))
    assert judge(faulty, None).reasons == faulty.unservable


def test_every_reason_is_told() -> None:
    bad = replace(GOOD, unservable=("unheard of",), over_popularity=Interval(-0.05, -0.08, -0.01))

    assert len(judge(bad, provenance(3_000, 0.5)).reasons) == 4

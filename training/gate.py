"""Decides whether a new release may replace the champion."""

from collections.abc import Sequence
from dataclasses import dataclass

from recsys.bootstrap import Interval
from recsys.release.manifest import Facts

LEAST_OF_CHAMPION = 0.8
FIGURE = "recipe/all/ndcg_at_20"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the gate looks at: NDCG@20 of the recipe, its paired difference to popularity, on n creators.

    `shortest_list` is how many of `k` products the worst-served creator gets, `products` how many there are.
    """

    as_of: int
    ndcg: Interval
    over_popularity: Interval
    n_creators: int
    shortest_list: int
    k: int
    products: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the candidate passed, and every reason why not."""

    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """No reason against it."""
        return not self.reasons


def judge(candidate: Candidate, champion: Facts | None) -> Verdict:
    """All rules; a candidate passes when none objects."""
    return Verdict((*_own_faults(candidate), *_against_champion(candidate, champion)))


def _own_faults(candidate: Candidate) -> Sequence[str]:
    faults = []
    if candidate.n_creators == 0:
        faults.append("no pair sold for the first time in the horizon, so nothing can be judged; lengthen it")
    elif candidate.over_popularity.high < 0:
        faults.append(
            f"NDCG@20 is below popularity's by {-candidate.over_popularity.mean:.4f}, "
            f"interval {candidate.over_popularity.low:.4f} to {candidate.over_popularity.high:.4f}"
        )
    due = min(candidate.k, candidate.products)
    if candidate.shortest_list < due:
        faults.append(f"a creator gets {candidate.shortest_list} matches where {due} are due")
    return faults


def _against_champion(candidate: Candidate, champion: Facts | None) -> Sequence[str]:
    if champion is None:
        return []
    faults = []
    if candidate.as_of < champion.as_of:
        faults.append("the night is older than the champion's; promote it by hand if that is meant")
    before = champion.metrics.get(FIGURE)
    if candidate.n_creators and before is not None and candidate.ndcg.high < LEAST_OF_CHAMPION * before:
        faults.append(
            f"NDCG@20 {candidate.ndcg.mean:.4f} (at best {candidate.ndcg.high:.4f}) has fallen below "
            f"{LEAST_OF_CHAMPION:.0%} of the champion's {before:.4f}"
        )
    return faults

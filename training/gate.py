"""Decides whether a new release may replace the champion."""

from collections.abc import Sequence
from dataclasses import dataclass

from recsys.bootstrap import Interval
from recsys.release.manifest import HEADLINE, Provenance

LEAST_OF_CHAMPION = 0.8


@dataclass(frozen=True, slots=True)
class Challenger:
    """What the gate looks at: NDCG@20 of the recipe, its paired difference to popularity, on n creators.

    `unservable` are the faults that who serves found in the release.
    """

    as_of: int
    ndcg: Interval
    over_popularity: Interval
    n_creators: int
    unservable: Sequence[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the challenger passed, and every reason why not."""

    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """No reason against it."""
        return not self.reasons


def judge(challenger: Challenger, champion: Provenance | None) -> Verdict:
    """All rules; a challenger passes when none objects."""
    return Verdict((*_own_faults(challenger), *_against_champion(challenger, champion)))


def _own_faults(challenger: Challenger) -> Sequence[str]:
    faults = []
    if challenger.n_creators == 0:
        faults.append("no pair sold for the first time in the horizon, so nothing can be judged; lengthen it")
    elif challenger.over_popularity.high < 0:
        faults.append(
            f"NDCG@20 is below popularity's by {-challenger.over_popularity.mean:.4f}, "
            f"interval {challenger.over_popularity.low:.4f} to {challenger.over_popularity.high:.4f}"
        )
    return [*faults, *challenger.unservable]


def _against_champion(challenger: Challenger, champion: Provenance | None) -> Sequence[str]:
    if champion is None:
        return []
    faults = []
    if challenger.as_of < champion.as_of:
        faults.append("the night is older than the champion's; promote it by hand if that is meant")
    before = champion.metrics.get(HEADLINE)
    if challenger.n_creators and before is not None and challenger.ndcg.high < LEAST_OF_CHAMPION * before:
        faults.append(
            f"NDCG@20 {challenger.ndcg.mean:.4f} (at best {challenger.ndcg.high:.4f}) has fallen below "
            f"{LEAST_OF_CHAMPION:.0%} of the champion's {before:.4f}"
        )
    return faults

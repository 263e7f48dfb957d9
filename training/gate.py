"""Decides whether a new release may replace the champion."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from recsys.bootstrap import Interval

# What is surely lost before a night is refused: less is made up for by newer data.
LEAST_OF_CHAMPION: Final = 0.95
# How far the chance of a sale may surely be off on the average of the latest promotions.
WORST_CHANCE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Rival:
    """The champion: its instant, and on the challenger's horizon what its choices reach.

    `ndcg` is theirs and `over` how much more the challenger has, paired; None where they are the same or
    cannot be fitted any more.
    """

    as_of: int
    ndcg: float | None = None
    over: Interval | None = None


@dataclass(frozen=True, slots=True)
class Challenger:
    """What the gate looks at, all of it on what was held out.

    `over_popularity` is the paired difference in NDCG@20 on n creators, `earned_over` that in commission a
    creator between the lists that are served by default and those by popularity × commission, `chance_off`
    how much more often the latest promotions sold than was told of them on the average. None where values
    are not learned or cannot be judged. `unservable` are the faults that who serves found in the release.
    """

    as_of: int
    over_popularity: Interval
    n_creators: int
    earned_over: Interval | None
    chance_off: Interval | None
    unservable: Sequence[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the challenger passed, and every reason why not."""

    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """No reason against it."""
        return not self.reasons


def judge(challenger: Challenger, champion: Rival | None) -> Verdict:
    """All rules; a challenger passes when none objects."""
    return Verdict((*_own_faults(challenger), *_against_champion(challenger, champion)))


def _own_faults(challenger: Challenger) -> Sequence[str]:
    faults = []
    if challenger.n_creators == 0:
        faults.append("no pair sold for the first time in the horizon, so nothing can be judged; lengthen it")
    elif challenger.over_popularity.high < 0:
        faults.append(f"NDCG@20 is below popularity's by {_lost(challenger.over_popularity)}")
    if challenger.earned_over is not None and challenger.earned_over.high < 0:
        faults.append(
            "the lists that are served earn less commission a creator than those by popularity × commission, "
            f"by {_lost(challenger.earned_over)}"
        )
    off = challenger.chance_off
    if off is not None and (off.low > WORST_CHANCE or off.high < -WORST_CHANCE):
        faults.append(
            f"the chance of a sale is told wrong: of the latest promotions {off.mean:+.1%} sold beside what "
            f"was told, interval {off.low:+.1%} to {off.high:+.1%}"
        )
    return [*faults, *challenger.unservable]


def _against_champion(challenger: Challenger, champion: Rival | None) -> Sequence[str]:
    if champion is None:
        return []
    faults = []
    if challenger.as_of < champion.as_of:
        faults.append("the night is older than the champion's; promote it by hand if that is meant")
    if champion.over is not None and champion.ndcg is not None:
        allowed = (1.0 - LEAST_OF_CHAMPION) * champion.ndcg
        if champion.over.high < -allowed:
            faults.append(
                f"NDCG@20 is below {LEAST_OF_CHAMPION:.0%} of what the champion's choices reach on the same "
                f"horizon, {champion.ndcg:.4f}: it is less by {_lost(champion.over)}"
            )
    return faults


def _lost(over: Interval) -> str:
    return f"{-over.mean:.4f}, interval {-over.high:.4f} to {-over.low:.4f}"

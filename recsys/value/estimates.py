"""What promoting some pairs is expected to bring within the horizon."""

from dataclasses import dataclass
from typing import Protocol

from recsys.arrays import Float32, Float64, Int32


@dataclass(frozen=True, slots=True)
class Estimates:
    """Expected outcome of some pairs should the creator promote the product, net of refunds.

    All arrays have one entry a pair. `chance` is that of at least one unit that stays sold, `units` the mean
    of those units, `gmv` what is paid for them and `commission` what the creator gets of it, in the
    marketplace's currency; `commission_low` and `commission_high` bound what it earns with a chance of 80 %.
    """

    chance: Float64
    units: Float64
    gmv: Float64
    commission: Float64
    commission_low: Float64
    commission_high: Float64

    def __len__(self) -> int:
        return len(self.chance)

    @property
    def earnings(self) -> Float64:
        """What creators' lists are ranked by: commission times the chance that there is any.

        Of two products that pay alike on the average the one that sells more surely goes first.
        """
        return self.commission * self.chance


class PairValues(Protocol):
    """Estimates any pair of a release.

    `support` is the affinity score that most promotions of the past had at least: below it nearly nothing was
    tried, and an estimate is a guess.
    """

    @property
    def support(self) -> float:
        """The least affinity score of pairs like those that were tried."""
        ...

    def estimate(self, creators: Int32, products: Int32, scores: Float32) -> Estimates:
        """Expected outcome of pairs given by creator index, product index and affinity score.

        The three arrays have one length; `scores` are those of the release's model for these pairs.
        """
        ...

"""What promoting some pairs is expected to bring within the horizon."""

from dataclasses import dataclass
from typing import Protocol

from recsys.arrays import Bool, Float32, Float64, Int32


@dataclass(frozen=True, slots=True)
class Outlook:
    """Expected outcome of some pairs should the creator promote the product, net of refunds.

    All arrays have one entry a pair. `chance` is that of at least one unit that stays sold, `units` the mean
    of those units, `gmv` what is paid for them and `commission` what the creator gets of it, in the
    marketplace's currency.
    """

    chance: Float64
    units: Float64
    gmv: Float64
    commission: Float64

    def __len__(self) -> int:
        return len(self.chance)

    @property
    def earnings(self) -> Float64:
        """What creators' lists are ranked by: commission times the chance that there is any.

        Of two products that pay alike on the average the one that sells more surely goes first.
        """
        return self.commission * self.chance


@dataclass(frozen=True, slots=True)
class Estimates(Outlook):
    """The same with how sure that is, which costs more than all the rest.

    Four fifths of what may come of it lie from `commission_low` to `commission_high`, as near as whole units
    come, and as much above as below, or where nothing is likelier than a tenth all of the rest above. What is
    doubted of the level moves the upper end up: what is told leans to the sceptical side.
    `chance_promotes` is the chance that the creator promotes anything within the horizon, which what is told
    of a pair that is *asked* for counts in; what is told to a creator is of promoting, and there it is 1.
    Where `promoted_or_not`, all of this is not of promoting but of standing on a list: no promotion is seen
    there before it sells, so nothing tells how much of it comes of those that are promoted.
    """

    commission_low: Float64
    commission_high: Float64
    chance_promotes: Float64
    promoted_or_not: Bool

    @property
    def is_skewed(self) -> Bool:
        """Where the mean lies above the interval: a few promotions sell very many, most next to nothing."""
        return self.commission > self.commission_high


class PairValues(Protocol):
    """Estimates any pair of a release."""

    def estimate(
        self, creators: Int32, products: Int32, scores: Float32, *, asked: bool = False
    ) -> Estimates:
        """Expected outcome of pairs given by creator index, product index and affinity score.

        Of promoting them, or with `asked` of asking the creator to, who may not promote at all.

        The three arrays have one length; `scores` are those of the release's model for these pairs.
        """
        ...

    def outlook(self, creators: Int32, products: Int32, scores: Float32, *, asked: bool = False) -> Outlook:
        """What `estimate` says without how sure that is: all that many pairs are ranked by."""
        ...

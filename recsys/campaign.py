"""What a release knows for brands' campaigns: who buys through whom, and what becomes of samples."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from recsys.arrays import Array, Float64, Int32, Int64
from recsys.audience import BuyerSets


@dataclass(frozen=True, slots=True)
class Shoppers:
    """Who bought through which creator and from which brand, without any buyer's id.

    Shoppers with the same creators and brands are told as one: `sizes` (kinds of shopper) says how many
    there are, and a set's members are kinds. `by_creator` has a row a creator, `by_brand` one a brand in the
    order of the bytes of brand ids. A buyer takes `units_each` of a product through a creator on the
    average, and of known shoppers the share `interest` buys within a horizon at all.
    """

    by_creator: BuyerSets
    by_brand: BuyerSets
    sizes: Int64
    units_each: float
    interest: float


@dataclass(frozen=True, slots=True)
class Posting:
    """The chance that a creator with a sample posts: `usual`, and odds of creators and brands over it."""

    usual: float
    creator_odds: Float64
    brand_odds: Float64

    def chance(self, creators: Int32, brands: Int32) -> Float64:
        """The chance of each of some creators with a sample of each of some brands."""
        odds = self.usual / (1.0 - self.usual) * self.creator_odds[creators] * self.brand_odds[brands]
        chance: Float64 = odds / (1.0 + odds)
        return chance


@dataclass(frozen=True, slots=True)
class CampaignData:
    """Shoppers, and what became of samples."""

    shoppers: Shoppers
    posting: Posting

    def state(self) -> dict[str, Array]:
        """The arrays from which `from_state` restores it."""
        shoppers, posting = self.shoppers, self.posting
        return {
            "by_creator.starts": shoppers.by_creator.starts,
            "by_creator.members": shoppers.by_creator.members,
            "by_brand.starts": shoppers.by_brand.starts,
            "by_brand.members": shoppers.by_brand.members,
            "sizes": shoppers.sizes,
            "creator_odds": posting.creator_odds,
            "brand_odds": posting.brand_odds,
            "numbers": np.array([shoppers.units_each, shoppers.interest, posting.usual]),
        }

    @classmethod
    def from_state(cls, state: dict[str, Array]) -> Self:
        """Restore what `state` gave."""
        by_creator, by_brand = (
            BuyerSets(
                state[f"{name}.starts"].astype(np.int64, copy=False),
                state[f"{name}.members"].astype(np.int32, copy=False),
            )
            for name in ("by_creator", "by_brand")
        )
        units_each, interest, usual = state["numbers"].tolist()
        creator_odds, brand_odds = (
            state[name].astype(np.float64, copy=False) for name in ("creator_odds", "brand_odds")
        )
        sizes = state["sizes"].astype(np.int64, copy=False)
        return cls(
            Shoppers(by_creator, by_brand, sizes, units_each, interest),
            Posting(usual, creator_odds, brand_odds),
        )

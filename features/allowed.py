"""Which pairs may be matched at all, as arrays: the rules that hold whoever asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from features.attributes import Labels
from recsys.arrays import CSR, Bool, Int32, Int64


@dataclass(frozen=True, slots=True)
class AllowedPairs:
    """On sale, with the followers that a product asks for, sold in the creator's region, not promoted yet.

    `sold` (regions + 1 × markets + 1) says which regions products are sold in, nulls last; `promoted`
    (creators × products) stores the pairs that are promoted already.
    """

    on_sale: Bool
    followers: Int64
    min_followers: Int64
    regions: Int64
    markets: Int64
    sold: Bool
    promoted: CSR

    @classmethod
    def of(cls, creators: pa.Table, products: pa.Table, on_sale: Bool, promoted: CSR) -> Self:
        """From the tables of creators and products."""
        regions, markets = Labels.of(creators["region"]), Labels.of(products["regions"])
        return cls(
            on_sale,
            creators["follower_count"].fill_null(0).to_numpy(),
            products["min_followers"].fill_null(0).to_numpy(),
            regions.codes,
            markets.codes,
            sold_in(regions.names, markets.names),
            promoted,
        )

    def __call__(self, creators: Int32) -> Bool:
        """Which products some creators may be given: len(creators) × products."""
        allowed = self.followers[creators, np.newaxis] >= self.min_followers
        allowed &= self.on_sale
        allowed &= self.sold[self.regions[creators, np.newaxis], self.markets]
        promoted = self.promoted[creators]
        allowed[np.repeat(np.arange(len(creators)), np.diff(promoted.indptr)), promoted.indices] = False
        return allowed


def sold_in(regions: Sequence[str], markets: Sequence[str]) -> Bool:
    """Which of the regions are in which of the markets (`US|GB`): regions + 1 × markets + 1.

    The last row and column answer for nulls, whose code is -1: sold everywhere, a creator from anywhere.
    """
    sold = np.ones((len(regions) + 1, len(markets) + 1), dtype=np.bool_)
    for column, market in enumerate(markets):
        names = {name.strip() for name in market.split("|")}
        sold[:-1, column] = [region in names for region in regions]
    return sold

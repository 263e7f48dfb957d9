"""The decayed totals of each creator–product pair, kept so that channels can be weighed again without SQL."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.affinity import ALL_CHANNELS, SALES, AffinityFunction
from features.decay import in_units
from features.engagement import CHANNELS
from features.engine import Engine
from recsys.arrays import CSR, Float32, Int32, Int64, csr


@dataclass(frozen=True, slots=True)
class PairTotals:
    """Decayed totals by channel of every pair with history, in the order of creators, then products.

    A channel in which nothing ever happened is left out, sales never. Totals are in single precision, as
    affinity is: they are most of what a night holds of a pair.
    """

    creator_index: Int32
    product_index: Int32
    channels: Mapping[str, Float32]

    @property
    def active(self) -> tuple[str, ...]:
        """The channels in which some pair has a positive total."""
        return tuple(channel for channel, totals in self.channels.items() if (totals > 0).any())

    def affinity(self, function: AffinityFunction, shape: tuple[int, int]) -> CSR:
        """The matrix creators × products, of `shape`, that a function gives these pairs."""
        return csr(function(self.channels), self.creator_index, self.product_index, shape)


def read_pairs(engine: Engine) -> tuple[PairTotals, Int64]:
    """Totals of every pair with history, and its net units; reads what attribution and engagement left."""
    zeros = ", ".join(f"CAST(0 AS DECIMAL(38,0)) AS {channel}" for channel in CHANNELS)
    sums = ", ".join(f"{in_units(f'SUM({channel})')} AS {channel}" for channel in ALL_CHANNELS)
    table = engine.table(
        f"""
        SELECT CAST(creator_index AS INTEGER) AS creator_index,
            CAST(product_index AS INTEGER) AS product_index,
            CAST(SUM(net_units) AS BIGINT) AS net_units, {sums}
        FROM (
            SELECT creator_id, product_id, net_units, decayed_units AS {SALES}, {zeros} FROM pair_sales
            UNION ALL
            SELECT creator_id, product_id, 0 AS net_units, CAST(0 AS DECIMAL(38,0)) AS {SALES},
                {", ".join(CHANNELS)}
            FROM pair_engagement
        ) AS both_sides
        JOIN creator_indexes USING (creator_id) JOIN product_indexes USING (product_id)
        GROUP BY creator_index, product_index ORDER BY creator_index, product_index
        """
    )
    channels = {channel: table[channel].to_numpy().astype(np.float32) for channel in ALL_CHANNELS}
    pairs = PairTotals(
        table["creator_index"].to_numpy(),
        table["product_index"].to_numpy(),
        {channel: totals for channel, totals in channels.items() if channel == SALES or (totals > 0).any()},
    )
    return pairs, table["net_units"].to_numpy()

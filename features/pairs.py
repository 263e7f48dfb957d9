"""The decayed totals of each creator–product pair, kept so that channels can be weighed again without SQL."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.affinity import ALL_CHANNELS, SALES, AffinityFunction
from features.decay import in_units
from features.engagement import CHANNELS, FUNNEL
from features.engine import Engine
from recsys.arrays import CSR, Float32, Int32, Int64, csr

SQUARED = (*FUNNEL, SALES)


@dataclass(frozen=True, slots=True)
class PairTotals:
    """Decayed totals by channel of every pair with history, in the order of creators, then products.

    A channel in which nothing ever happened is left out, sales never. Totals are in single precision, as
    affinity is: they are most of what a night holds of a pair.

    `squares` are, of the channels in `SQUARED`, the totals with each decay weight squared: `Σ w²·x` beside
    `Σ w·x`. Their ratio says how far a decayed total varies less than a count of that size.
    """

    creator_index: Int32
    product_index: Int32
    channels: Mapping[str, Float32]
    squares: Mapping[str, Float32]

    @property
    def active(self) -> tuple[str, ...]:
        """The channels in which some pair has a positive total."""
        return tuple(channel for channel, totals in self.channels.items() if (totals > 0).any())

    def affinity(self, function: AffinityFunction, shape: tuple[int, int]) -> CSR:
        """The matrix creators × products, of `shape`, that a function gives these pairs."""
        return csr(function(self.channels), self.creator_index, self.product_index, shape)


def read_pairs(engine: Engine) -> tuple[PairTotals, Int64]:
    """Totals of every pair with history, and its net units; reads what attribution and engagement left."""
    squares = [f"squared_{channel}" for channel in SQUARED]
    sides = (
        _side("pair_sales", {SALES: "decayed_units", f"squared_{SALES}": "squared_units"}, "net_units"),
        _side(
            "pair_engagement",
            {name: name for name in (*CHANNELS, *squares) if name != f"squared_{SALES}"},
            "0",
        ),
    )
    sums = ", ".join(f"{in_units(f'SUM({name})')} AS {name}" for name in (*ALL_CHANNELS, *squares))
    table = engine.table(
        f"""
        SELECT CAST(creator_index AS INTEGER) AS creator_index,
            CAST(product_index AS INTEGER) AS product_index,
            CAST(SUM(net_units) AS BIGINT) AS net_units, {sums}
        FROM ({" UNION ALL ".join(sides)}) AS both_sides
        JOIN creator_indexes USING (creator_id) JOIN product_indexes USING (product_id)
        GROUP BY creator_index, product_index ORDER BY creator_index, product_index
        """
    )
    totals = {name: table[name].to_numpy().astype(np.float32) for name in (*ALL_CHANNELS, *squares)}
    known = [channel for channel in ALL_CHANNELS if channel == SALES or (totals[channel] > 0).any()]
    pairs = PairTotals(
        table["creator_index"].to_numpy(),
        table["product_index"].to_numpy(),
        {channel: totals[channel] for channel in known},
        {channel: totals[f"squared_{channel}"] for channel in known if channel in SQUARED},
    )
    return pairs, table["net_units"].to_numpy()


def _side(relation: str, totals: Mapping[str, str], net_units: str) -> str:
    """SQL of one side's totals by pair, nothing standing for what only the other has."""
    names = (*ALL_CHANNELS, *(f"squared_{channel}" for channel in SQUARED))
    columns = [f"{totals.get(name, 'CAST(0 AS DECIMAL(38,0))')} AS {name}" for name in names]
    return f"SELECT creator_id, product_id, {net_units} AS net_units, {', '.join(columns)} FROM {relation}"

"""The decayed totals of each creator–product pair, kept so that channels can be weighed again without SQL."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.attribution import pair_sales_sql
from features.decay import UNIT, in_units
from features.engagement import FUNNEL, pair_engagement_sql
from features.snapshot import Snapshot
from features.weighting import ALL_CHANNELS, SALES, AffinityFunction
from recsys.arrays import CSR, Float32, Int32, Int64, csr
from recsys.errors import DataError
from recsys.pair_totals import StoredTotals

SQUARED = (*FUNNEL, SALES)
_TOTALS = (*ALL_CHANNELS, *(f"squared_{channel}" for channel in SQUARED))


@dataclass(frozen=True, slots=True)
class PairTotals:
    """Decayed totals by channel of every pair with history, in the order of creators, then products.

    A channel in which nothing ever happened is left out, sales never. Totals are in single precision, as
    affinity is: they are most of what a night holds of a pair.

    `squares` are, of the channels in `SQUARED`, the totals with each decay weight squared: `Σ w²·x` beside
    `Σ w·x`. Their ratio says how far a decayed total varies less than a count of that size. `net_units` are
    those ever sold, `started_at` (microseconds of UTC) is the first period or order of the pair.
    """

    creator_index: Int32
    product_index: Int32
    channels: Mapping[str, Float32]
    squares: Mapping[str, Float32]
    net_units: Int64
    started_at: Int64

    @property
    def active(self) -> tuple[str, ...]:
        """The channels in which some pair has a positive total."""
        return tuple(channel for channel, totals in self.channels.items() if (totals > 0).any())

    def affinity(self, function: AffinityFunction, shape: tuple[int, int]) -> CSR:
        """The matrix creators × products, of `shape`, that a function gives these pairs."""
        return csr(function(self.channels), self.creator_index, self.product_index, shape)


def read_pairs(snapshot: Snapshot, half_life: float) -> PairTotals:
    """Totals of every pair with history, as known at the instant; `half_life` in microseconds.

    Raises `DataError` should the pairs' net units not be those of all order lines: nothing may be trained
    on sales that were lost or counted twice.
    """
    table = snapshot.engine.table(pair_totals_sql(snapshot, half_life))
    units = {name: table[name].to_numpy().astype(np.float32) for name in _TOTALS}
    known = [channel for channel in ALL_CHANNELS if channel == SALES or (units[channel] > 0).any()]
    net_units = table["net_units"].to_numpy()
    lines = snapshot.engine.count(f"SELECT COALESCE(SUM(net_quantity), 0) FROM {snapshot.sales}")
    if net_units.sum() != lines:
        raise DataError(f"pairs hold {net_units.sum():,} net units, their order lines {lines:,}")
    return PairTotals(
        creator_index=table["creator_index"].to_numpy(),
        product_index=table["product_index"].to_numpy(),
        channels={channel: units[channel] for channel in known},
        squares={channel: units[f"squared_{channel}"] for channel in known if channel in SQUARED},
        net_units=net_units,
        started_at=table["started_at"].to_numpy(),
    )


def read_stored_totals(snapshot: Snapshot, half_life: float, origin: int | None = None) -> StoredTotals:
    """The totals of every pair in millionths, decayed from `origin`, by default the instant."""
    whole = ", ".join(f"CAST(ROUND({channel} * {UNIT}) AS BIGINT) AS {channel}" for channel in ALL_CHANNELS)
    totals = pair_totals_sql(snapshot, half_life, origin)
    table = snapshot.engine.table(
        f"SELECT creator_index, product_index, {whole} FROM ({totals}) AS totals "
        "ORDER BY creator_index, product_index"
    )
    creators = table["creator_index"].to_numpy()
    return StoredTotals(
        np.searchsorted(creators, np.arange(snapshot.shape[0] + 1)).astype(np.int64),
        table["product_index"].to_numpy().astype(np.int32),
        np.column_stack([table[channel].to_numpy() for channel in ALL_CHANNELS]).astype(np.int64),
    )


def pair_totals_sql(snapshot: Snapshot, half_life: float, origin: int | None = None) -> str:
    """SQL of each pair's decayed totals in units, its net units, and when it was first seen.

    Decayed from `origin`, by default the instant of the snapshot.
    """
    since = snapshot.instant if origin is None else origin
    sales = pair_sales_sql(snapshot.sales, since, half_life)
    engagement = pair_engagement_sql(snapshot.engagement, since, half_life)
    sold = {SALES: "decayed_units", f"squared_{SALES}": "squared_units"}
    seen = {name: name for name in _TOTALS if name not in sold}
    sums = ", ".join(f"{in_units(f'SUM({name})')} AS {name}" for name in _TOTALS)
    return f"""
        SELECT creator_index, product_index, MIN(started_at) AS started_at,
            CAST(SUM(net_units) AS BIGINT) AS net_units, {sums}
        FROM ({_side(sales, sold, "net_units")} UNION ALL {_side(engagement, seen, "0")}) AS both_sides
        GROUP BY creator_index, product_index ORDER BY creator_index, product_index
    """


def _side(select: str, totals: Mapping[str, str], net_units: str) -> str:
    """SQL of one side's totals by pair, nothing standing for what only the other has."""
    columns = [f"{totals.get(name, 'CAST(0 AS DECIMAL(38,0))')} AS {name}" for name in _TOTALS]
    return (
        f"SELECT creator_index, product_index, started_at, {net_units} AS net_units, {', '.join(columns)} "
        f"FROM ({select}) AS side"
    )

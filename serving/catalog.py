"""Creators and products of a release, one array a column, aligned by dense index."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.attributes import FOLLOWER_TIERS
from features.momentum import PAST_UNITS
from recsys.arrays import Bool, Float64, Int64
from serving.columns import TextColumn, flags, nulls, numbers, text_column, whole_numbers

# The precision of money in the tables; arrow's cast to a double is off by its last bits.
MONEY_DECIMALS = 4
RATE_DECIMALS = 6
_TIER_NAMES = tuple(name for _, name in FOLLOWER_TIERS)
_TIER_STARTS = np.array([least for least, _ in FOLLOWER_TIERS])
# As if unlimited: more than any order could take.
_UNLIMITED = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True)
class CreatorTable:
    """The release's `creators` with their follower tier.

    `recent_gmv` is what is left of the money of their sales in the last window of momentum; None in releases
    of earlier versions.
    """

    follower_count: Int64
    region: TextColumn
    language: TextColumn
    tier: TextColumn
    is_active: Bool
    recent_gmv: Float64 | None = None

    @classmethod
    def of(cls, table: pa.Table) -> "CreatorTable":
        """From the table as it is in a release; raises `KeyError` naming an absent column."""
        followers = whole_numbers(table, "follower_count", 0)
        tiers = _tiers(followers)
        known = "recent_gmv" in table.column_names
        return cls(
            follower_count=followers,
            region=text_column(table, "region"),
            language=text_column(table, "language"),
            tier=TextColumn(_TIER_NAMES, tiers.astype(np.int32)),
            is_active=flags(table, "is_active", True),
            recent_gmv=np.round(numbers(table, "recent_gmv"), MONEY_DECIMALS) if known else None,
        )

    @staticmethod
    def tier_of(followers: int) -> str:
        """The tier that a number of followers belongs to."""
        return _TIER_NAMES[int(_tiers(np.array([followers]))[0])]


def _tiers(followers: Int64) -> Int64:
    tiers: Int64 = np.searchsorted(_TIER_STARTS, followers, side="right") - 1
    return tiers


@dataclass(frozen=True, slots=True)
class ProductTable:
    """The release's `products` with their momentum.

    A null `stock` is unlimited, a null `sample_quota` or `min_followers` is none, a null `listed_at` always
    was and null `regions` (`US|GB`) are all there are. `category_commission` is the median commission rate
    of the active products of each product's category. `past_units` (products × windows) are net units by
    window of momentum, the last one last; releases of earlier versions know two windows.
    """

    brand: TextColumn
    category: TextColumn
    title: TextColumn
    price: Float64
    commission_rate: Float64
    category_commission: Float64
    stock: Int64
    sample_quota: Int64
    min_followers: Int64
    listed_at: Int64
    regions: TextColumn
    is_active: Bool
    recent_units: Int64
    earlier_units: Int64
    past_units: Int64

    @classmethod
    def of(cls, table: pa.Table) -> "ProductTable":
        """From the table as it is in a release; raises `KeyError` naming an absent column."""
        category = text_column(table, "category")
        commission_rate = numbers(table, "commission_rate")
        is_active = flags(table, "is_active", True)
        known = [name for name in reversed(PAST_UNITS) if name in table.column_names]
        return cls(
            brand=text_column(table, "brand_id"),
            category=category,
            title=text_column(table, "title"),
            price=np.round(numbers(table, "price"), MONEY_DECIMALS),
            commission_rate=commission_rate,
            category_commission=_medians(commission_rate, category, is_active),
            stock=np.where(nulls(table, "stock"), _UNLIMITED, whole_numbers(table, "stock", 0)),
            sample_quota=whole_numbers(table, "sample_quota", 0),
            min_followers=whole_numbers(table, "min_followers", 0),
            listed_at=whole_numbers(table, "listed_at", 0),
            regions=text_column(table, "regions"),
            is_active=is_active,
            recent_units=whole_numbers(table, "recent_units", 0),
            earlier_units=whole_numbers(table, "earlier_units", 0),
            past_units=np.stack([whole_numbers(table, name, 0) for name in known], axis=1),
        )


def _medians(values: Float64, groups: TextColumn, counted: Bool) -> Float64:
    """For each row the median of the counted rows of its group; the row's own value where there are none."""
    order = np.lexsort((values, groups.codes))
    order = order[counted[order]]
    codes, starts, counts = np.unique(groups.codes[order], return_index=True, return_counts=True)
    ascending = values[order]
    by_code = np.full(len(groups.values), np.nan)
    by_code[codes] = (ascending[starts + (counts - 1) // 2] + ascending[starts + counts // 2]) / 2
    medians = by_code[groups.codes]
    return np.where(np.isnan(medians), values, medians)

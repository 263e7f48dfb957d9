"""The features of creators and of products that promotions are valued by, a column each."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from features.affinity import SALES
from features.columns import numbers
from features.pairs import PairTotals
from features.reach import creator_reach
from features.smoothing import rate_within_groups, relative_rate
from features.yields import CLICKS, VIEWS, SellingPairs
from recsys.arrays import Float32, Float64, Int32, Int64, sums_by


def creator_columns(
    stats: Mapping[str, Float64], creators: pa.Table, products: pa.Table, pairs: SellingPairs, skill: Float64
) -> Float32:
    """Creators × `CREATOR_FEATURES`."""
    log_followers = np.log1p(numbers(creators, "follower_count"))
    usual = np.full(len(creators), np.log1p(numbers(products, "price")).mean() if len(products) else 0.0)
    log_price = np.log1p(numbers(products, "price"))
    n_pairs = np.bincount(pairs.creators, minlength=len(creators))
    sums = sums_by(pairs.creators, log_price[pairs.products], len(creators))
    # One pair's worth of the whole catalog: without history, its mean.
    usual_log_price = (sums + usual) / (n_pairs + 1)
    columns = (
        log_followers,
        np.log(creator_reach(stats, log_followers)),
        np.log1p(stats["recent_contents"]),
        _beside_the_market(stats["promotions"]),
        skill,
        usual_log_price,
    )
    return np.column_stack(columns).astype(np.float32)


def product_columns(
    stats: Mapping[str, Float64], products: pa.Table, totals: PairTotals, yields: Float64, categories: Int32
) -> Float32:
    """Products × `PRODUCT_FEATURES`."""
    n = len(products)
    groups = categories.astype(np.int64)
    nothing = np.zeros(len(totals.product_index), dtype=np.float32)
    views = sums_by(totals.product_index, totals.channels.get(VIEWS, nothing), n)
    clicks = sums_by(totals.product_index, totals.channels.get(CLICKS, nothing), n)
    click_rate = rate_within_groups(clicks, views, groups)
    per_promoter = rate_within_groups(
        sums_by(totals.product_index, np.maximum(totals.channels[SALES], 0.0), n),
        stats["promoters"],
        groups,
    )
    log_price = np.log1p(numbers(products, "price"))
    columns = (
        np.log(yields),
        np.log(click_rate),
        np.log(relative_rate(stats["trend"], yields * stats["recent_views"])),
        np.log(relative_rate(stats["recent_clicks"], click_rate * stats["recent_views"])),
        _beside_the_market(stats["promoters"]),
        stats["new_promoters"] / (stats["promoters"] + 1.0),
        np.log(relative_rate(stats["new_units"], per_promoter * stats["new_promoters"])),
        log_price,
        log_price - _group_means(log_price, groups),
        np.log(_kept(stats, groups)),
    )
    return np.column_stack(columns).astype(np.float32)


def _group_means(values: Float64, groups: Int64) -> Float64:
    """The mean of each entry's group."""
    n_groups = int(groups.max(initial=-1)) + 1
    sizes = np.maximum(sums_by(groups, np.ones(len(groups)), n_groups), 1.0)
    return (sums_by(groups, values, n_groups) / sizes)[groups]


def _kept(stats: Mapping[str, Float64], groups: Int64) -> Float64:
    """The share of units that stay sold; 1 where no sale is old enough to tell."""
    if not stats["settled_units"].any():
        return np.ones(len(groups))
    return rate_within_groups(stats["kept_units"], stats["settled_units"], groups)


def _beside_the_market(counts: Float64) -> Float64:
    """Log of counts less the mean of those that are not 0.

    Totals of all history grow night after night; what they say is who stands above the others.
    """
    logs = np.log1p(counts)
    return logs - logs[counts > 0].mean() if counts.any() else logs

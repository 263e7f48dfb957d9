"""The features of creators and of products that promotions are valued by, a column each."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from features.columns import numbers
from features.estimators.beta_binomial import BetaBinomial
from features.estimators.gamma_poisson import multiples
from features.estimators.groups import within_groups
from features.estimators.tally import Tally
from features.reach import creator_reach
from features.yields import Funnel, Yields
from recsys.arrays import Float32, Float64, Int32, Int64, sums_by


def creator_columns(
    stats: Mapping[str, Float64], creators: pa.Table, products: pa.Table, funnel: Funnel, skill: Float64
) -> Float32:
    """Creators × `CREATOR_FEATURES`."""
    log_followers = np.log1p(numbers(creators, "follower_count"))
    usual = np.full(len(creators), np.log1p(numbers(products, "price")).mean() if len(products) else 0.0)
    log_price = np.log1p(numbers(products, "price"))
    n_pairs = np.bincount(funnel.creators, minlength=len(creators))
    sums = sums_by(funnel.creators, log_price[funnel.products], len(creators))
    # One pair's worth of the whole catalog: without history, its mean.
    usual_log_price = (sums + usual) / (n_pairs + 1)
    columns = (
        log_followers,
        np.log(creator_reach(stats, log_followers)),
        np.log1p(stats["recent_contents"]),
        _beside_the_market(stats["promotions"]),
        skill,
        usual_log_price,
        n_pairs == 0,
    )
    return np.column_stack(columns).astype(np.float32)


def product_columns(
    stats: Mapping[str, Float64], products: pa.Table, funnel: Funnel, yields: Yields, categories: Int32
) -> Float32:
    """Products × `PRODUCT_FEATURES`."""
    groups = categories.astype(np.int64)
    clicked = Tally(stats["recent_clicks"], stats["recent_views"], stats["recent_squared_views"])
    log_price = np.log1p(numbers(products, "price"))
    columns = (
        np.log(yields.units),
        np.log(yields.clicks),
        np.log(multiples(_recent_units(stats, funnel, yields))),
        np.log(multiples(clicked.expecting(yields.clicks))),
        _beside_the_market(stats["promoters"]),
        stats["new_promoters"] / (stats["promoters"] + 1.0),
        np.log(stats["newcomer_yield"]),
        log_price,
        log_price - _group_means(log_price, groups),
        np.log(_kept(stats, groups)),
    )
    return np.column_stack(columns).astype(np.float32)


def _recent_units(stats: Mapping[str, Float64], funnel: Funnel, yields: Yields) -> Tally:
    """Units of late over those to be expected of late views, or of what was sold, where none are reported."""
    units, views = stats["trend"], stats["recent_views"]
    if views.any():
        return Tally(np.minimum(units, views), views, stats["recent_squared_views"]).expecting(yields.units)
    sold = sums_by(funnel.products, funnel.net_units, len(units))
    expected = sold * (units.sum() / max(float(sold.sum()), 1.0))
    # Of what comes evenly Σ w² is half of Σ w, whatever the half-life.
    return Tally(units, expected, expected / 2.0)


def _group_means(values: Float64, groups: Int64) -> Float64:
    """The mean of each entry's group."""
    n_groups = int(groups.max(initial=-1)) + 1
    sizes = np.maximum(sums_by(groups, np.ones(len(groups)), n_groups), 1.0)
    return (sums_by(groups, values, n_groups) / sizes)[groups]


def _kept(stats: Mapping[str, Float64], groups: Int64) -> Float64:
    """The share of units that stay sold; 1 where no sale is old enough to tell."""
    if not stats["settled_units"].any():
        return np.ones(len(groups))
    return within_groups(BetaBinomial, Tally.undecayed(stats["kept_units"], stats["settled_units"]), groups)


def _beside_the_market(counts: Float64) -> Float64:
    """Log of counts less the mean of those that are not 0.

    Totals of all history grow night after night; what they say is who stands above the others.
    """
    logs = np.log1p(counts)
    return logs - logs[counts > 0].mean() if counts.any() else logs

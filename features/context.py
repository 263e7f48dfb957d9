"""What promotions are valued by: what creators reach, what products yield, who sells what better."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from features.affinity import SALES
from features.categories import category_codes, category_names
from features.columns import numbers
from features.decay import decay_sql, decayed_sum, half_life_us, in_units
from features.demand import demand_calendar
from features.engine import Engine
from features.pairs import PairTotals
from features.promotions import create_promotions
from features.settings import MarketplaceSettings
from features.smoothing import rate_within_groups, relative_rate, smoothed_mean
from features.specialty import fit_specialty
from features.terms import paid_shares, rate_bonus
from recsys.arrays import CSR, Float32, Float64, Int32, Int64, csr, sums_by
from recsys.value.context import PairContext

VIEWS, CLICKS = "views", "product_clicks"
FUNNEL = (CLICKS, "add_to_carts")


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Decayed totals by pair: net units, and the opportunities to sell them.

    An opportunity is a view; where a market reports none, it is a pair with history.
    """

    creators: Int32
    products: Int32
    units: Float64
    opportunities: Float64

    @classmethod
    def of(cls, totals: PairTotals) -> "_Pairs":
        units = np.maximum(totals.channels[SALES], 0.0).astype(np.float64)
        views = totals.channels.get(VIEWS)
        opportunities = np.ones(len(units)) if views is None else views.astype(np.float64)
        return cls(totals.creator_index, totals.product_index, units, opportunities)


def build_context(
    engine: Engine,
    settings: MarketplaceSettings,
    as_of: int,
    totals: PairTotals,
    creators: pa.Table,
    products: pa.Table,
    attributes: CSR,
) -> PairContext:
    """What was known at `as_of`; reads the state, attribution and momentum that were made before.

    `creators` and `products` are the tables in the order of their indexes, `attributes` (creators × values)
    those of the creators.
    """
    window = half_life_us(settings.horizon_days)
    create_promotions(engine, as_of, window, half_life_us(settings.refund_days))
    categories = category_codes(products["category"], category_names(products))
    pairs = _Pairs.of(totals)
    of_products = _read(engine, "product", _PRODUCT_SQL.format(attention=_attention_sql(as_of, settings)))
    of_creators = _read(engine, "creator", _CREATOR_SQL)
    yields = _yields(totals, pairs, categories)
    skill, category_skill = _skills(pairs, yields, categories, len(creators))
    return PairContext(
        creators=_creator_features(of_creators, creators, products, pairs, skill),
        products=_product_features(of_products, products, totals, yields, categories),
        category_skill=category_skill,
        categories=categories,
        specialty=fit_specialty(_category_counts(pairs, categories, len(creators)), attributes),
        price=numbers(products, "price"),
        paid=paid_shares(engine),
        rates=numbers(products, "commission_rate"),
        rate_bonus=rate_bonus(engine, products, (len(creators), len(products))),
        demand=demand_calendar(engine, products),
        horizon=window,
        as_of=as_of,
    )


_CREATOR_SQL = """
    SELECT creator_index, contents, recent_contents, watched, views, squared_views, promotions
    FROM creator_indexes LEFT JOIN creator_contents USING (creator_id)
    LEFT JOIN (SELECT creator_id, COUNT(*) AS promotions FROM pair_starts GROUP BY creator_id) AS pairs
        USING (creator_id)
    ORDER BY creator_index
"""

_PRODUCT_SQL = """
    SELECT product_index, promoters, new_promoters, new_units, settled_units, kept_units,
        recent_views, recent_clicks, trend
    FROM product_indexes LEFT JOIN product_promoters USING (product_id)
    LEFT JOIN product_returns USING (product_id) LEFT JOIN product_momentum USING (product_id)
    LEFT JOIN ({attention}) AS attention USING (product_id)
    ORDER BY product_index
"""


def _attention_sql(as_of: int, settings: MarketplaceSettings) -> str:
    """Views and clicks of each product, with the half-life of `trend`."""
    decay = decay_sql("period_start", as_of, half_life_us(settings.momentum_days))
    return f"""
        SELECT product_id, {in_units(decayed_sum("views"))} AS recent_views,
            {in_units(decayed_sum("product_clicks"))} AS recent_clicks
        FROM (SELECT *, {decay} AS decay FROM state_engagement) AS weighted GROUP BY product_id
    """


def _read(engine: Engine, kind: str, sql: str) -> dict[str, Float64]:
    """Columns of a query as doubles, nothing standing for 0."""
    table = engine.table(sql).drop_columns([f"{kind}_index"])
    return {name: numbers(table, name) for name in table.column_names}


def _yields(totals: PairTotals, pairs: _Pairs, categories: Int32) -> Float64:
    """Net units an opportunity of each product: the product of the rates along the funnel.

    Views to clicks to carts to units, as far as the market reports them. Each rate leans on its category by
    itself, since clicks are many where units are few.
    """
    groups, n = categories.astype(np.int64), len(categories)
    between = [np.maximum(totals.channels[name], 0.0) for name in FUNNEL if name in totals.channels]
    steps = (pairs.opportunities, *between, pairs.units)
    counts = [sums_by(totals.product_index, step, n) for step in steps]
    yields = np.ones(n)
    for above, below in pairwise(counts):
        yields = yields * rate_within_groups(below, above, groups)
    return yields


def _skills(pairs: _Pairs, yields: Float64, categories: Int32, n_creators: int) -> tuple[Float64, CSR]:
    """Log of how much better than its products' yields each creator sells, and beyond that by category."""
    expected = pairs.opportunities * yields[pairs.products]
    skill = np.log(
        relative_rate(
            sums_by(pairs.creators, pairs.units, n_creators),
            sums_by(pairs.creators, expected, n_creators),
        )
    )
    n_categories = int(categories.max(initial=-1)) + 1
    cells = pairs.creators.astype(np.int64) * n_categories + categories[pairs.products]
    stored, cell = np.unique(cells, return_inverse=True)
    own = sums_by(cell, expected * np.exp(skill)[pairs.creators], len(stored))
    beyond = np.log(relative_rate(sums_by(cell, pairs.units, len(stored)), own))
    creator, category = np.divmod(stored, max(n_categories, 1))
    return skill, csr(beyond, creator, category, (n_creators, n_categories))


def _category_counts(pairs: _Pairs, categories: Int32, n_creators: int) -> CSR:
    """How many products of each category each creator has promoted."""
    shape = (n_creators, int(categories.max(initial=-1)) + 1)
    return csr(np.ones(len(pairs.units)), pairs.creators, categories[pairs.products], shape)


def _creator_features(
    stats: dict[str, Float64], creators: pa.Table, products: pa.Table, pairs: _Pairs, skill: Float64
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
        np.log(_reach(stats, log_followers)),
        np.log1p(stats["recent_contents"]),
        _beside_the_market(stats["promotions"]),
        skill,
        usual_log_price,
    )
    return np.column_stack(columns).astype(np.float32)


def _reach(stats: dict[str, Float64], log_followers: Float64) -> Float64:
    """Views of a content: a creator's own mean, leaning on what its number of followers suggests."""
    watched = stats["watched"] > 0
    if watched.sum() < 2 or not stats["views"].any():
        return np.ones(len(log_followers))
    mean = np.maximum(stats["views"][watched] / stats["watched"][watched], 0.5)
    slope, intercept = _line(log_followers[watched], np.log(mean), stats["watched"][watched])
    prior = np.exp(intercept + slope * log_followers)
    # A mean of logs is below the log of the mean: the prior is scaled to the views there are.
    prior *= stats["views"].sum() / (prior * stats["watched"]).sum()
    return smoothed_mean(stats["views"], stats["squared_views"], stats["watched"], prior)


def _line(x: Float64, y: Float64, weights: Float64) -> tuple[float, float]:
    """Slope and intercept of the weighted least-squares line."""
    mean_x, mean_y = np.average(x, weights=weights), np.average(y, weights=weights)
    spread = float((weights * (x - mean_x) ** 2).sum())
    slope = float((weights * (x - mean_x) * (y - mean_y)).sum()) / spread if spread > 0 else 0.0
    return slope, float(mean_y - slope * mean_x)


def _product_features(
    stats: dict[str, Float64], products: pa.Table, totals: PairTotals, yields: Float64, categories: Int32
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


def _kept(stats: dict[str, Float64], groups: Int64) -> Float64:
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

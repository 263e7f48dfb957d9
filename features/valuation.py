"""What promotions are valued by: what creators reach, what products yield, who sells what better."""

import numpy as np
import pyarrow as pa

from features.calendar import demand_calendar
from features.categories import category_codes, category_names
from features.columns import numbers
from features.correspondence import fit_specialty
from features.decay import microseconds
from features.momentum import product_attention_sql
from features.pairs import PairTotals
from features.promotions import (
    creator_contents_sql,
    newcomer_yields,
    product_promoters,
    product_returns_sql,
)
from features.settings import MarketplaceSettings
from features.snapshot import Snapshot
from features.taste import evidence_of, fit_taste, with_specialty
from features.terms import paid_shares, rate_bonus
from features.value_columns import creator_columns, product_columns
from features.yields import Funnel, Skills, Yields, category_counts
from recsys.arrays import CSR, Float64, Int32, sums_by
from recsys.value.context import PairContext


def build_context(
    snapshot: Snapshot,
    settings: MarketplaceSettings,
    totals: PairTotals,
    creators: pa.Table,
    products: pa.Table,
    creator_attributes: CSR,
    product_attributes: CSR,
) -> PairContext:
    """What was known at the instant.

    `creators` and `products` are the tables in the order of their indexes, with the products' momentum, and
    the attributes (rows × values) are theirs.
    """
    window = microseconds(settings.horizon_days)
    categories = category_codes(products["category"], category_names(products))
    funnel = Funnel.of(totals)
    yields = Yields.of(funnel, categories)
    specialty = fit_specialty(category_counts(funnel, categories, len(creators)), creator_attributes)
    side = with_specialty(creator_attributes, specialty), product_attributes
    taste = fit_taste(evidence_of(funnel, yields, len(creators)), *side)
    skills = Skills.of(funnel, yields.units, categories, len(creators), taste)
    of_creators = _creator_stats(snapshot, window, totals)
    of_products = _product_stats(snapshot, settings, totals, products, categories)
    return PairContext(
        creators=creator_columns(of_creators, creators, products, funnel, skills.of_creators),
        products=product_columns(of_products, products, funnel, yields, categories),
        category_skill=skills.in_categories,
        record=skills.of_pairs,
        categories=categories,
        specialty=specialty,
        taste=taste,
        price=numbers(products, "price"),
        paid=paid_shares(snapshot),
        rates=numbers(products, "commission_rate"),
        rate_bonus=rate_bonus(snapshot, products),
        demand=demand_calendar(snapshot, products),
        horizon=window,
        as_of=snapshot.instant,
    )


def _creator_stats(snapshot: Snapshot, window: int, totals: PairTotals) -> dict[str, Float64]:
    """Contents, their views, and promotions of each creator."""
    contents = creator_contents_sql(snapshot.engagement, snapshot.sales, snapshot.instant, window)
    n_creators = snapshot.shape[0]
    promotions = np.bincount(totals.creator_index, minlength=n_creators).astype(np.float64)
    return _by_index(snapshot, "creator_index", contents, n_creators) | {"promotions": promotions}


def _product_stats(
    snapshot: Snapshot,
    settings: MarketplaceSettings,
    totals: PairTotals,
    products: pa.Table,
    categories: Int32,
) -> dict[str, Float64]:
    """Promoters, returns, trend and attention of each product."""
    instant, n_products = snapshot.instant, snapshot.shape[1]
    since = instant - microseconds(settings.horizon_days)
    returns = product_returns_sql(snapshot.sales, instant, microseconds(settings.refund_days))
    attention = product_attention_sql(snapshot.engagement, instant, microseconds(settings.momentum_days))
    return {
        **product_promoters(totals, since, n_products),
        "newcomer_yield": newcomer_yields(totals, since, categories),
        **_by_index(snapshot, "product_index", returns, n_products),
        **_by_index(snapshot, "product_index", attention, n_products),
        "trend": numbers(products, "trend"),
    }


def _by_index(snapshot: Snapshot, index: str, select: str, length: int) -> dict[str, Float64]:
    """The columns of a query with at most one row an index as doubles, nothing standing for 0."""
    table = snapshot.engine.table(select)
    places, columns = table[index].to_numpy(), table.drop_columns([index])
    return {name: sums_by(places, numbers(columns, name), length) for name in columns.column_names}

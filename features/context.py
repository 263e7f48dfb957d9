"""What promotions are valued by: what creators reach, what products yield, who sells what better."""

import pyarrow as pa

from features.categories import category_codes, category_names
from features.columns import numbers
from features.decay import decay_sql, decayed_sum, half_life_us, in_units
from features.demand import demand_calendar
from features.engine import Engine
from features.pairs import PairTotals
from features.promotions import create_promotions
from features.settings import MarketplaceSettings
from features.specialty import fit_specialty
from features.terms import paid_shares, rate_bonus
from features.value_columns import creator_columns, product_columns
from features.yields import SellingPairs, category_counts, creator_skills, product_yields
from recsys.arrays import CSR, Float64
from recsys.value.context import PairContext


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
    pairs = SellingPairs.of(totals)
    of_products = _read(engine, "product", _PRODUCT_SQL.format(attention=_attention_sql(as_of, settings)))
    of_creators = _read(engine, "creator", _CREATOR_SQL)
    yields = product_yields(totals, pairs, categories)
    skill, category_skill = creator_skills(pairs, yields, categories, len(creators))
    return PairContext(
        creators=creator_columns(of_creators, creators, products, pairs, skill),
        products=product_columns(of_products, products, totals, yields, categories),
        category_skill=category_skill,
        categories=categories,
        specialty=fit_specialty(category_counts(pairs, categories, len(creators)), attributes),
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

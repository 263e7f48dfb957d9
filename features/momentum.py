"""What is selling now: demand of each product in the last days against the days before, and who sells."""

from typing import Final

from features.decay import decay_sql, decayed_sum, in_units, squared_decay_sql

# Net units of this window, the one before, and so on back: enough to see whether a product rises.
PAST_UNITS: Final = ("recent_units", "earlier_units", *(f"units_{ago}_ago" for ago in range(2, 8)))


def product_momentum_sql(sales: str, as_of: int, window: int) -> str:
    """SQL of momentum by product.

    `trend` is net units with the window (microseconds) as half-life; `PAST_UNITS` are net units of the last
    window, `recent_units`, of the one before, `earlier_units`, and of those before that.
    """
    past = ", ".join(
        f"{_units_where(as_of - (ago + 1) * window, as_of - ago * window)} AS {name}"
        for ago, name in enumerate(PAST_UNITS)
    )
    return f"""
        SELECT product_index, {in_units(decayed_sum("net_quantity"))} AS trend, {past}
        FROM (SELECT *, {decay_sql("ordered_at", as_of, window)} AS decay FROM {sales}) AS weighted
        GROUP BY product_index
    """


def creator_sales_sql(sales: str, as_of: int, window: int) -> str:
    """SQL of `recent_gmv` by creator: money of its orders in the last window (microseconds), net."""
    inside = f"ordered_at > {as_of - window} AND ordered_at <= {as_of}"
    return f"""
        SELECT creator_index, CAST(SUM(net_amount) AS DECIMAL(38,4)) AS recent_gmv
        FROM {sales} WHERE {inside} GROUP BY creator_index
    """


def product_attention_sql(engagement: str, as_of: int, window: int) -> str:
    """SQL of views, also with squared weights, and clicks of each product, with the half-life of `trend`."""
    return f"""
        SELECT product_index, {in_units(decayed_sum("views"))} AS recent_views,
            {in_units(decayed_sum("views", "squared_decay"))} AS recent_squared_views,
            {in_units(decayed_sum("product_clicks"))} AS recent_clicks
        FROM (
            SELECT *, {decay_sql("period_start", as_of, window)} AS decay,
                {squared_decay_sql("period_start", as_of, window)} AS squared_decay
            FROM {engagement}
        ) AS weighted
        GROUP BY product_index
    """


def _units_where(after: int, until: int) -> str:
    inside = f"ordered_at > {after} AND ordered_at <= {until}"
    return f"CAST(SUM(CASE WHEN {inside} THEN net_quantity ELSE 0 END) AS BIGINT)"

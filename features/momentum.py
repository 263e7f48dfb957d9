"""What is selling now: demand of each product in the last days against the days before."""

from features.decay import decay_sql, decayed_sum, in_units, squared_decay_sql


def product_momentum_sql(sales: str, as_of: int, window: int) -> str:
    """SQL of momentum by product.

    `trend` is net units with the window (microseconds) as half-life; `recent_units` and `earlier_units` are
    net units of the last window and of the one before.
    """
    recent, earlier = as_of - window, as_of - 2 * window
    return f"""
        SELECT product_index, {in_units(decayed_sum("net_quantity"))} AS trend,
            {_units_where(f"ordered_at > {recent}")} AS recent_units,
            {_units_where(f"ordered_at > {earlier} AND ordered_at <= {recent}")} AS earlier_units
        FROM (SELECT *, {decay_sql("ordered_at", as_of, window)} AS decay FROM {sales}) AS weighted
        GROUP BY product_index
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


def _units_where(condition: str) -> str:
    return f"CAST(SUM(CASE WHEN {condition} THEN net_quantity ELSE 0 END) AS BIGINT)"

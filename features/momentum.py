"""What is selling now: demand of each product in the last days against the days before."""

from features.attribution import net_sales_sql
from features.decay import decay_sql, decayed_sum, half_life_us, in_units
from features.engine import Engine


def product_momentum_sql(as_of: int, window_days: float) -> str:
    """SQL of momentum by product.

    `trend` is net units with the window as half-life; `recent_units` and `earlier_units` are net units of
    the last window and of the one before; `sellers` counts creators with net units at all.
    """
    window = half_life_us(window_days)
    recent, earlier = as_of - window, as_of - 2 * window
    in_earlier_window = f"ordered_at > {earlier} AND ordered_at <= {recent}"
    return f"""
        SELECT product_id,
            {in_units(decayed_sum("net_quantity"))} AS trend,
            {_units_where(f"ordered_at > {recent}")} AS recent_units,
            {_units_where(in_earlier_window)} AS earlier_units,
            {_units_where("TRUE")} AS net_units,
            COUNT(DISTINCT CASE WHEN net_quantity > 0 THEN creator_id END) AS sellers
        FROM (SELECT *, {decay_sql("ordered_at", as_of, window)} AS decay FROM ({net_sales_sql()}) AS net)
            AS weighted
        GROUP BY product_id
    """


def create_momentum(engine: Engine, as_of: int, window_days: float) -> None:
    """Create `product_momentum`."""
    engine.run(f"CREATE OR REPLACE TABLE product_momentum AS {product_momentum_sql(as_of, window_days)}")


def _units_where(condition: str) -> str:
    return f"CAST(SUM(CASE WHEN {condition} THEN net_quantity ELSE 0 END) AS BIGINT)"

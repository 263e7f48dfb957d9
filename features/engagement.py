"""Engagement totals by channel: how much each creator's contents moved for each product."""

from features.decay import decay_sql, decayed_sum, squared_decay_sql
from features.engine import Engine

CHANNELS = ("views", "likes", "comments", "shares", "product_clicks", "add_to_carts")
# Those that rates are made of, whose spread must be known.
FUNNEL = ("views", "product_clicks", "add_to_carts")


def pair_engagement_sql(as_of: int, half_life_us: int) -> str:
    """SQL of each channel's decayed total (in millionths) by creator and product.

    `squared_<channel>` are the totals with the weights squared.
    """
    sums = ", ".join(
        [
            *(f"{decayed_sum(channel)} AS {channel}" for channel in CHANNELS),
            *(f"{decayed_sum(channel, 'squared_decay')} AS squared_{channel}" for channel in FUNNEL),
        ]
    )
    return f"""
        SELECT creator_id, product_id, COUNT(DISTINCT content_id) AS contents, {sums}
        FROM (
            SELECT *, {decay_sql("period_start", as_of, half_life_us)} AS decay,
                {squared_decay_sql("period_start", as_of, half_life_us)} AS squared_decay
            FROM state_engagement
        ) AS weighted
        GROUP BY creator_id, product_id
    """


def create_engagement(engine: Engine, as_of: int, half_life_us: int) -> None:
    """Create `pair_engagement`."""
    engine.run(f"CREATE OR REPLACE TABLE pair_engagement AS {pair_engagement_sql(as_of, half_life_us)}")

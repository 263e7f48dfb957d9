"""Engagement totals by channel: how much each creator's contents moved for each product."""

from features.decay import decay_sql, decayed_sum
from features.engine import Engine

CHANNELS = ("views", "likes", "comments", "shares", "product_clicks", "add_to_carts")


def pair_engagement_sql(as_of: int, half_life_us: int) -> str:
    """SQL of each channel's decayed total (in millionths) by creator and product."""
    sums = ", ".join(f"{decayed_sum(channel)} AS {channel}" for channel in CHANNELS)
    return f"""
        SELECT creator_id, product_id, COUNT(DISTINCT content_id) AS contents, {sums}
        FROM (SELECT *, {decay_sql("period_start", as_of, half_life_us)} AS decay FROM state_engagement)
            AS weighted
        GROUP BY creator_id, product_id
    """


def create_engagement(engine: Engine, as_of: int, half_life_us: int) -> None:
    """Create `pair_engagement`."""
    engine.run(f"CREATE OR REPLACE TABLE pair_engagement AS {pair_engagement_sql(as_of, half_life_us)}")

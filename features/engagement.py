"""Engagement totals by channel: how much each creator's contents moved for each product."""

from features.decay import decay_sql, decayed_sum, squared_decay_sql

CHANNELS = ("views", "likes", "comments", "shares", "product_clicks", "add_to_carts")
# Those that rates are made of, whose spread must be known.
FUNNEL = ("views", "product_clicks", "add_to_carts")


def pair_engagement_sql(engagement: str, as_of: int, half_life: float) -> str:
    """SQL of each channel's decayed total (in millionths) by creator and product, and of its first period.

    `squared_<channel>` are the totals with the weights squared.
    """
    sums = ", ".join(
        [
            *(f"{decayed_sum(channel)} AS {channel}" for channel in CHANNELS),
            *(f"{decayed_sum(channel, 'squared_decay')} AS squared_{channel}" for channel in FUNNEL),
        ]
    )
    return f"""
        SELECT creator_index, product_index, MIN(period_start) AS started_at, {sums}
        FROM (
            SELECT *, {decay_sql("period_start", as_of, half_life)} AS decay,
                {squared_decay_sql("period_start", as_of, half_life)} AS squared_decay
            FROM {engagement}
        ) AS weighted
        GROUP BY creator_index, product_index
    """

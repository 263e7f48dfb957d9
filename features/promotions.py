"""Promotions: how much creators post, how many promote the same product, what comes back of it."""

import numpy as np

from features.pairs import PairTotals
from recsys.arrays import Float64, sums_by


def creator_contents_sql(engagement: str, sales: str, as_of: int, window: int) -> str:
    """SQL of each creator's contents: how many, how many of the last `window` (microseconds), their views.

    Views count on contents older than the window alone, since younger ones are still being watched:
    `watched` such contents have `views` views, whose squares sum up to `squared_views`.
    """
    since = as_of - window
    watched = f"CASE WHEN posted_at <= {since} THEN views ELSE 0 END"
    exact = f"CAST({watched} AS DECIMAL(19,0))"
    return f"""
        SELECT creator_index,
            COUNT(*) AS contents,
            CAST(SUM(CASE WHEN posted_at > {since} THEN 1 ELSE 0 END) AS BIGINT) AS recent_contents,
            CAST(SUM(CASE WHEN posted_at <= {since} THEN 1 ELSE 0 END) AS BIGINT) AS watched,
            CAST(SUM({watched}) AS BIGINT) AS views,
            CAST(SUM({exact} * {exact}) AS DOUBLE) AS squared_views
        FROM (
            SELECT creator_index, content_index, MIN(moment) AS posted_at, CAST(SUM(views) AS BIGINT) AS views
            FROM (
                SELECT creator_index, content_index, period_start AS moment, views FROM {engagement}
                UNION ALL
                SELECT creator_index, content_index, ordered_at AS moment, 0 AS views FROM {sales}
            ) AS traces
            GROUP BY creator_index, content_index
        ) AS posted
        GROUP BY creator_index
    """


def product_returns_sql(sales: str, as_of: int, refund_window: int) -> str:
    """SQL of units sold so long ago that they can come back no more, and how many of them stayed sold."""
    return f"""
        SELECT product_index, CAST(SUM(quantity) AS BIGINT) AS settled_units,
            CAST(SUM(net_quantity) AS BIGINT) AS kept_units
        FROM {sales}
        WHERE ordered_at <= {as_of - refund_window}
        GROUP BY product_index
    """


def product_promoters(pairs: PairTotals, since: int, n_products: int) -> dict[str, Float64]:
    """How many creators promote each product and what they sold, and of those who began after `since`."""
    new = pairs.started_at > since
    return {
        "promoters": np.bincount(pairs.product_index, minlength=n_products).astype(np.float64),
        "units": sums_by(pairs.product_index, pairs.net_units, n_products),
        "new_promoters": sums_by(pairs.product_index, new, n_products),
        "new_units": sums_by(pairs.product_index, np.where(new, pairs.net_units, 0), n_products),
    }

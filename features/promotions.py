"""Promotions: since when a creator promotes a product, how much is posted, how many promote the same."""

from features.attribution import net_sales_sql
from features.engine import Engine


def pair_starts_sql() -> str:
    """SQL of the instant at which each pair was first seen: its first engagement or, without any, sale."""
    return """
        SELECT creator_id, product_id, MIN(started_at) AS started_at
        FROM (
            SELECT creator_id, product_id, period_start AS started_at FROM state_engagement
            UNION ALL
            SELECT creator_id, product_id, ordered_at AS started_at FROM state_sales
        ) AS traces
        GROUP BY creator_id, product_id
    """


def creator_contents_sql(as_of: int, window: int) -> str:
    """SQL of each creator's contents: how many, how many of the last `window` (microseconds), their views.

    Views count on contents older than the window alone, since younger ones are still being watched:
    `watched` such contents have `views` views, whose squares sum up to `squared_views`.
    """
    since = as_of - window
    watched = f"CASE WHEN posted_at <= {since} THEN views ELSE 0 END"
    exact = f"CAST({watched} AS DECIMAL(19,0))"
    return f"""
        SELECT creator_id,
            COUNT(*) AS contents,
            CAST(SUM(CASE WHEN posted_at > {since} THEN 1 ELSE 0 END) AS BIGINT) AS recent_contents,
            CAST(SUM(CASE WHEN posted_at <= {since} THEN 1 ELSE 0 END) AS BIGINT) AS watched,
            CAST(SUM({watched}) AS BIGINT) AS views,
            CAST(SUM({exact} * {exact}) AS DOUBLE) AS squared_views
        FROM (
            SELECT creator_id, content_id, MIN(moment) AS posted_at, CAST(SUM(views) AS BIGINT) AS views
            FROM (
                SELECT creator_id, content_id, period_start AS moment, views FROM state_engagement
                UNION ALL
                SELECT creator_id, content_id, ordered_at AS moment, 0 AS views FROM state_sales
            ) AS traces
            GROUP BY creator_id, content_id
        ) AS posted
        GROUP BY creator_id
    """


def product_promoters_sql(as_of: int, window: int) -> str:
    """SQL of how many creators promote each product, how many began within `window`, and what those sold."""
    since = as_of - window
    return f"""
        SELECT product_id, COUNT(*) AS promoters,
            CAST(SUM(CASE WHEN started_at > {since} THEN 1 ELSE 0 END) AS BIGINT) AS new_promoters,
            CAST(SUM(CASE WHEN started_at > {since} THEN units ELSE 0 END) AS BIGINT) AS new_units
        FROM (
            SELECT pair_starts.creator_id, pair_starts.product_id, started_at, COALESCE(net_units, 0) AS units
            FROM pair_starts LEFT JOIN pair_sales USING (creator_id, product_id)
        ) AS pairs
        GROUP BY product_id
    """


def product_returns_sql(as_of: int, refund_window: int) -> str:
    """SQL of units sold so long ago that they can come back no more, and how many of them stayed sold."""
    return f"""
        SELECT product_id, CAST(SUM(quantity) AS BIGINT) AS settled_units,
            CAST(SUM(net_quantity) AS BIGINT) AS kept_units
        FROM ({net_sales_sql()}) AS net
        WHERE ordered_at <= {as_of - refund_window}
        GROUP BY product_id
    """


def create_promotions(engine: Engine, as_of: int, window: int, refund_window: int) -> None:
    """Create `pair_starts`, `creator_contents`, `product_promoters` and `product_returns`."""
    engine.run(f"CREATE OR REPLACE TABLE pair_starts AS {pair_starts_sql()}")
    engine.run(f"CREATE OR REPLACE TABLE creator_contents AS {creator_contents_sql(as_of, window)}")
    engine.run(f"CREATE OR REPLACE TABLE product_promoters AS {product_promoters_sql(as_of, window)}")
    engine.run(f"CREATE OR REPLACE TABLE product_returns AS {product_returns_sql(as_of, refund_window)}")

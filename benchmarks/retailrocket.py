"""RetailRocket: visitors of a shop as creators, views and carts as engagement, buys as sales.

A visitor's page view of a product is both a view and a product click, and the visitor's interest in one
product is one content. Prices, brands, categories and followers are unknown.
"""

from pathlib import Path
from typing import Final

import duckdb

from benchmarks.data import load
from benchmarks.export import Settings

FILES: Final = ("events.tsv", "test_buy.tsv")

SETTINGS: Final = Settings(
    currency="EUR",
    horizon_days=14,
    half_life_days=60,
    reason="The events span 139 days of one shop: two weeks to predict leave nine such windows to learn\n"
    "from, and two months are a little less than half of the time line. Chosen by the time line alone.",
)


def convert(folder: Path, database: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Make the tables of the export in `database`; answers what was left out, with counts."""
    pair = {"user": "BIGINT", "item": "BIGINT"}
    load(database, "raw", folder / "events.tsv", {**pair, "behaviour": "VARCHAR", "ts": "BIGINT"})
    load(database, "test_buy", folder / "test_buy.tsv", pair)
    # An event told twice is one event, so that each buy has a sale_id of its own.
    database.execute("""
        CREATE TABLE events AS
        SELECT DISTINCT 'u' || "user" AS creator_id, 'i' || item AS product_id,
               'u' || "user" || '-i' || item AS content_id, behaviour, ts, to_timestamp(ts) AS moment
        FROM raw
    """)
    # Of the held-out buys only the ids are taken, so that a benchmark can ask about all of them.
    database.execute("""
        CREATE TABLE creators AS
        SELECT DISTINCT 'u' || "user" AS creator_id, 0 AS follower_count
        FROM (SELECT "user" FROM raw UNION SELECT "user" FROM test_buy)
    """)
    database.execute("""
        CREATE TABLE products AS
        SELECT 'i' || item AS product_id, 'unknown' AS brand_id, 'unknown' AS category,
               1.0 AS price, 0.1 AS commission_rate
        FROM (SELECT item FROM raw UNION SELECT item FROM test_buy)
    """)
    database.execute("""
        CREATE TABLE engagement AS
        SELECT content_id, product_id, date_trunc('day', moment) AS period_start, creator_id,
               'VIDEO' AS content_type,
               count(*) FILTER (behaviour = 'view') AS views,
               count(*) FILTER (behaviour = 'view') AS product_clicks,
               count(*) FILTER (behaviour = 'cart') AS add_to_carts,
               max(moment) AS updated_at
        FROM events WHERE behaviour IN ('view', 'cart') GROUP BY ALL
    """)
    database.execute("""
        CREATE TABLE sales AS
        SELECT content_id || '-' || ts AS sale_id, moment AS ordered_at, creator_id, product_id, content_id,
               1 AS quantity, 1.0 AS amount, 0.1 AS commission_rate, moment AS updated_at
        FROM events WHERE behaviour = 'buy'
    """)
    return {
        "events told more than once": database.table("raw").shape[0] - database.table("events").shape[0],
        "events of an unknown behaviour": database.sql(
            "SELECT 1 FROM events WHERE behaviour NOT IN ('view', 'cart', 'buy')"
        ).shape[0],
        "held-out buys": database.table("test_buy").shape[0],
    }

"""Ciao: reviewers as creators, times trusted as followers, good reviews as sales.

A review is shown once and followed once; from four stars on it also counts as one sale. Helpfulness is
inverted in the data (1 is best), so that the more helpful a review, the more likes it gets. Prices and
brands are unknown.
"""

from pathlib import Path
from typing import Final

import duckdb

from benchmarks.data import load
from benchmarks.export import Settings

FILES: Final = ("ratings.tsv", "trust.tsv")

SETTINGS: Final = Settings(
    currency="EUR",
    horizon_days=180,
    half_life_days=730,
    reason="The ratings span eleven years, about 70 a day over 105,114 products: half a year to predict\n"
    "leaves 20 such windows to learn from, and a taste shown two years ago, a fifth of the time line,\n"
    "counts half. Chosen by the time line alone.",
)


def convert(folder: Path, database: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Make the tables of the export in `database`; answers what was left out, with counts."""
    numbers = dict.fromkeys(("user", "item", "category", "rating", "helpfulness", "ts"), "BIGINT")
    load(database, "ratings", folder / "ratings.tsv", numbers)
    load(database, "trust", folder / "trust.tsv", {"truster": "BIGINT", "trusted": "BIGINT"})
    # Times are dates: one reviewer on one product on one date is one review. As nothing orders its rows, the
    # greatest values win, as they do between states of one row.
    database.execute("""
        CREATE TABLE reviews AS
        SELECT 'u' || "user" AS creator_id, 'i' || item AS product_id,
               'u' || "user" || '-i' || item AS content_id, ts, to_timestamp(ts) AS moment,
               max(rating) AS rating, greatest(0, 5 - min(helpfulness)) AS likes
        FROM ratings GROUP BY "user", item, ts
    """)
    _create_creators(database)
    # A few products appear in two categories: the one named most often, then the lower number.
    database.execute("""
        CREATE TABLE products AS
        SELECT 'i' || item AS product_id, 'unknown' AS brand_id, 'c' || category AS category,
               1.0 AS price, 0.1 AS commission_rate
        FROM (SELECT item, category, count(*) AS times FROM ratings GROUP BY ALL)
        QUALIFY row_number() OVER (PARTITION BY item ORDER BY times DESC, category) = 1
    """)
    database.execute("""
        CREATE TABLE engagement AS
        SELECT content_id, product_id, date_trunc('day', moment) AS period_start, creator_id,
               'VIDEO' AS content_type, count(*) AS views, sum(likes) AS likes, count(*) AS product_clicks,
               max(moment) AS updated_at
        FROM reviews GROUP BY ALL
    """)
    database.execute("""
        CREATE TABLE sales AS
        SELECT content_id || '-' || ts AS sale_id, moment AS ordered_at, creator_id, product_id, content_id,
               1 AS quantity, 1.0 AS amount, 0.1 AS commission_rate, moment AS updated_at
        FROM reviews WHERE rating >= 4
    """)
    return {
        "ratings told more than once for one date": database.table("ratings").shape[0]
        - database.table("reviews").shape[0]
    }


def _create_creators(database: duckdb.DuckDBPyConnection) -> None:
    database.execute("""
        CREATE TABLE creators AS
        SELECT 'u' || id AS creator_id, coalesce(follower_count, 0) AS follower_count, joined_at
        FROM (
            SELECT "user" AS id FROM ratings UNION SELECT truster FROM trust UNION SELECT trusted FROM trust
        )
        LEFT JOIN (SELECT trusted AS id, count(DISTINCT truster) AS follower_count FROM trust GROUP BY id)
            USING (id)
        LEFT JOIN (SELECT "user" AS id, to_timestamp(min(ts)) AS joined_at FROM ratings GROUP BY id)
            USING (id)
    """)

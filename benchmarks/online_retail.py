"""UCI Online Retail: customers as creators, invoice lines as sales, returns as refunds.

There is no engagement. A product is its cleaned description (the data has no stock code), a content one
customer's day.
"""

from collections import defaultdict
from pathlib import Path
from typing import Final

import duckdb

from benchmarks.data import load
from benchmarks.export import Settings
from benchmarks.returns import Order, Return, match_returns

FILES: Final = ("online_retail.parquet",)

SETTINGS: Final = Settings(
    currency="GBP",
    horizon_days=30,
    half_life_days=120,
    reason="The invoices span 374 days: one month to predict leaves eleven such windows to learn from, and\n"
    "a third of a year lets one season fade before the next. Chosen by the time line alone.",
)

COLUMNS: Final = {
    "Description": "VARCHAR",
    "Quantity": "BIGINT",
    "InvoiceDate": "TIMESTAMP",
    "UnitPrice": "DOUBLE",
    "CustomerID": "BIGINT",
    "Country": "VARCHAR",
}

# Lines of an invoice that sell nothing a creator could promote.
NOT_PRODUCTS: Final = (
    "ADJUST BAD DEBT",
    "AMAZON FEE",
    "BANK CHARGES",
    "CARRIAGE",
    "CRUK COMMISSION",
    "DISCOUNT",
    "DOTCOM POSTAGE",
    "HIGH RESOLUTION IMAGE",
    "MANUAL",
    "NEXT DAY CARRIAGE",
    "PACKING CHARGE",
    "POSTAGE",
    "SAMPLES",
)


def convert(folder: Path, database: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Make the tables of the export in `database`; answers what was left out, with counts."""
    load(database, "raw", folder / FILES[0], COLUMNS)
    _create_lines(database)
    _create_creators(database)
    _create_orders(database)
    unmatched = _create_refunds(database)
    _create_sales(database)
    database.execute("""
        CREATE TABLE products AS
        SELECT product_id, 'unknown' AS brand_id, 'unknown' AS category, median(price) AS price,
               0.1 AS commission_rate, product_id AS title
        FROM orders GROUP BY product_id
    """)
    database.execute("""
        CREATE TABLE engagement (
            content_id VARCHAR, product_id VARCHAR, period_start TIMESTAMPTZ, creator_id VARCHAR,
            content_type VARCHAR, views BIGINT, product_clicks BIGINT, updated_at TIMESTAMPTZ)
    """)
    reasons = database.sql(
        "SELECT reason, count(*) FROM lines WHERE reason IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    return {f"rows {reason}": rows for reason, rows in reasons.fetchall()} | {
        "returned units without an earlier sale": unmatched
    }


def _create_lines(database: duckdb.DuckDBPyConnection) -> None:
    names = ", ".join(f"'{name}'" for name in NOT_PRODUCTS)
    database.execute(f"""
        CREATE TABLE lines AS
        SELECT 'u' || CustomerID AS creator_id,
               regexp_replace(trim(upper(Description)), '\\s+', ' ', 'g') AS product_id,
               Quantity AS quantity, UnitPrice AS price, InvoiceDate AS moment,
               NULLIF(Country, 'Unspecified') AS region,
               CASE WHEN CustomerID IS NULL THEN 'without a customer'
                    WHEN coalesce(product_id, '') IN ('', {names}) THEN 'of what is no product'
                    WHEN coalesce(UnitPrice, 0) <= 0 THEN 'without a price'
                    WHEN coalesce(Quantity, 0) = 0 THEN 'without a quantity' END AS reason
        FROM raw
    """)


def _create_creators(database: duckdb.DuckDBPyConnection) -> None:
    # A few customers order from two countries: the one of most lines, then the first by name.
    database.execute("""
        CREATE TABLE creators AS
        SELECT creator_id, 0 AS follower_count, region
        FROM (
            SELECT creator_id, region, count(*) AS times FROM lines WHERE creator_id IS NOT NULL GROUP BY ALL
        )
        QUALIFY row_number() OVER (PARTITION BY creator_id ORDER BY region IS NULL, times DESC, region) = 1
    """)


def _create_orders(database: duckdb.DuckDBPyConnection) -> None:
    # The data has no invoice number: lines of one instant are numbered, in the same way in whatever order.
    database.execute("""
        CREATE TABLE orders AS
        SELECT creator_id || '-' || strftime(moment, '%Y%m%dT%H%M%S') || '-' || row_number() OVER (
                   PARTITION BY creator_id, moment ORDER BY product_id, price, quantity) AS sale_id,
               creator_id || '-' || strftime(moment, '%Y-%m-%d') AS content_id,
               creator_id, product_id, quantity, price, moment
        FROM lines WHERE reason IS NULL AND quantity > 0
    """)


def _create_refunds(database: duckdb.DuckDBPyConnection) -> int:
    returns: dict[tuple[str, str], list[Return]] = defaultdict(list)
    orders: dict[tuple[str, str], list[Order]] = defaultdict(list)
    database.execute("""
        CREATE TABLE came_back AS
        SELECT creator_id, product_id, epoch_us(moment) AS moment, -quantity AS quantity
        FROM lines WHERE reason IS NULL AND quantity < 0
    """)
    for creator, product, at, quantity in database.table("came_back").fetchall():
        returns[creator, product].append(Return(at, quantity))
    concerned = database.sql("""
        SELECT creator_id, product_id, epoch_us(moment), sale_id, quantity
        FROM orders SEMI JOIN came_back USING (creator_id, product_id)
    """)
    for creator, product, at, sale_id, quantity in concerned.fetchall():
        orders[creator, product].append(Order(at, sale_id, quantity))
    matches = [match_returns(orders[pair], back) for pair, back in returns.items()]
    states = [state for found, _ in matches for state in found]
    database.execute("CREATE TABLE refunds (sale_id VARCHAR, moment BIGINT, refunded_quantity BIGINT)")
    database.execute(
        "INSERT INTO refunds "
        "SELECT unnest(CAST($1 AS VARCHAR[])), unnest(CAST($2 AS BIGINT[])), unnest(CAST($3 AS BIGINT[]))",
        [[s.sale_id for s in states], [s.at for s in states], [s.refunded_quantity for s in states]],
    )
    return sum(unmatched for _, unmatched in matches)


def _create_sales(database: duckdb.DuckDBPyConnection) -> None:
    # Rounding takes off what binary fractions add to a product of a count and a price in pennies.
    database.execute("""
        CREATE TABLE sales AS
        SELECT sale_id, orders.moment AS ordered_at, creator_id, product_id, content_id, quantity,
               round(quantity * price, 4) AS amount, 0.1 AS commission_rate, state.refunded_quantity,
               make_timestamp(state.moment) AS updated_at
        FROM orders JOIN (
            SELECT sale_id, epoch_us(moment) AS moment, 0 AS refunded_quantity FROM orders
            UNION ALL SELECT sale_id, moment, refunded_quantity FROM refunds
        ) AS state USING (sale_id)
    """)

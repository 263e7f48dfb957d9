"""Attribution: each order line to its content, each content to its creator and product."""

from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from features.decay import decay_sql, decayed_sum, squared_decay_sql
from features.engine import Engine
from recsys.errors import DataError


@dataclass(frozen=True, slots=True)
class SalesTotals:
    """Totals of sales: order lines, units and money before and after refunds, exact."""

    orders: int
    units: int
    amount: Decimal
    net_units: int
    net_amount: Decimal


def net_sales_sql() -> str:
    """SQL of order lines with what is left of them: a cancelled or refunded sale reverses exactly."""
    return """
        SELECT sale_id, ordered_at, creator_id, product_id, content_id, buyer_id, commission_rate,
            quantity, amount,
            CASE WHEN status = 'CANCELLED' THEN 0 ELSE quantity - refunded_quantity END AS net_quantity,
            CASE WHEN status = 'CANCELLED' OR refunded_quantity = quantity THEN CAST(0 AS DECIMAL(18,4))
                WHEN refunded_quantity = 0 THEN amount
                ELSE CAST(amount * (quantity - refunded_quantity) / quantity AS DECIMAL(18,4))
            END AS net_amount
        FROM state_sales
    """


def content_sales_sql(as_of: int, half_life_us: int) -> str:
    """SQL of sales by content: what each video sold of each product it links to.

    `decayed_units`, in millionths, counts a unit half after each half-life of its order's age; for
    `squared_units` these weights are squared.
    """
    return f"""
        SELECT creator_id, product_id, content_id,
            COUNT(*) AS orders,
            CAST(SUM(quantity) AS BIGINT) AS units,
            CAST(SUM(amount) AS DECIMAL(38,4)) AS amount,
            CAST(SUM(net_quantity) AS BIGINT) AS net_units,
            CAST(SUM(net_amount) AS DECIMAL(38,4)) AS net_amount,
            {decayed_sum("net_quantity")} AS decayed_units,
            {decayed_sum("net_quantity", "squared_decay")} AS squared_units,
            MIN(ordered_at) AS first_ordered_at,
            MAX(ordered_at) AS last_ordered_at
        FROM (
            SELECT *, {decay_sql("ordered_at", as_of, half_life_us)} AS decay,
                {squared_decay_sql("ordered_at", as_of, half_life_us)} AS squared_decay
            FROM ({net_sales_sql()}) AS net
        ) AS weighted
        GROUP BY creator_id, product_id, content_id
    """


def pair_sales_sql() -> str:
    """SQL of `content_sales` by creator and product."""
    return """
        SELECT creator_id, product_id,
            COUNT(*) AS selling_contents,
            CAST(SUM(orders) AS BIGINT) AS orders,
            CAST(SUM(units) AS BIGINT) AS units,
            CAST(SUM(amount) AS DECIMAL(38,4)) AS amount,
            CAST(SUM(net_units) AS BIGINT) AS net_units,
            CAST(SUM(net_amount) AS DECIMAL(38,4)) AS net_amount,
            SUM(decayed_units) AS decayed_units,
            SUM(squared_units) AS squared_units,
            MIN(first_ordered_at) AS first_ordered_at,
            MAX(last_ordered_at) AS last_ordered_at
        FROM content_sales
        GROUP BY creator_id, product_id
    """


def create_attribution(engine: Engine, as_of: int, half_life_us: int) -> SalesTotals:
    """Create `content_sales` and `pair_sales`; returns their totals, reconciled with the order lines.

    Raises `DataError` should the three levels ever differ: nothing may be trained on sales that were lost
    or counted twice.
    """
    engine.run(f"CREATE OR REPLACE TABLE content_sales AS {content_sales_sql(as_of, half_life_us)}")
    engine.run(f"CREATE OR REPLACE TABLE pair_sales AS {pair_sales_sql()}")
    sums = "COUNT(*), SUM(quantity), SUM(amount), SUM(net_quantity), SUM(net_amount)"
    lines = _totals(engine, sums, f"({net_sales_sql()})")
    for level in ("content_sales", "pair_sales"):
        sums = "SUM(orders), SUM(units), SUM(amount), SUM(net_units), SUM(net_amount)"
        attributed = _totals(engine, sums, level)
        if attributed != lines:
            raise DataError(f"{level} does not reconcile with the orders: {attributed} against {lines}")
    return lines


def _totals(engine: Engine, sums: str, relation: str) -> SalesTotals:
    ((orders, units, amount, net_units, net_amount),) = engine.rows(f"SELECT {sums} FROM {relation} AS t")
    return SalesTotals(
        int(str(orders or 0)),
        int(str(units or 0)),
        cast(Decimal, amount or Decimal(0)),
        int(str(net_units or 0)),
        cast(Decimal, net_amount or Decimal(0)),
    )

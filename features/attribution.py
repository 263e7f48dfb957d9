"""Attribution: what is left of each order line, and what each creator sold of each product."""

from features.decay import decay_sql, decayed_sum, squared_decay_sql


def net_sales_sql(sales: str, buyer: str = "buyer_id") -> str:
    """SQL of order lines with what is left of them: a cancelled or refunded sale reverses exactly.

    `sales` is a SELECT of them, `buyer` the SQL of who bought. Of a sale that came back in part money stays
    in proportion to its units,
    rounded half up to a ten-thousandth. Only whole numbers are divided, after their remainder is gone, so
    that every engine answers the same as long as a sale is below 2⁵¹ ten-thousandths, 225 billion.
    """
    return f"""
        SELECT creator_index, product_index, content_index, ordered_at, {buyer} AS buyer_id, commission_rate,
            quantity, amount,
            CASE WHEN status = 'CANCELLED' THEN 0 ELSE quantity - refunded_quantity END AS net_quantity,
            CASE WHEN status = 'CANCELLED' OR refunded_quantity = quantity THEN CAST(0 AS DECIMAL(18,4))
                WHEN refunded_quantity = 0 THEN amount
                ELSE {_proportion("parts", "quantity - refunded_quantity", "quantity")}
            END AS net_amount,
            valid_from, valid_until
        FROM (
            SELECT *, CAST(CAST(amount AS DECIMAL(38,4)) * 10000 AS DECIMAL(38,0)) AS parts
            FROM ({sales}) AS states
        ) AS lines
    """


def pair_sales_sql(sales: str, as_of: int, half_life: float) -> str:
    """SQL of net units by creator and product, and of the first order.

    `decayed_units`, in millionths, counts a unit half after each half-life (microseconds) of its order's
    age; for `squared_units` these weights are squared.
    """
    return f"""
        SELECT creator_index, product_index, MIN(ordered_at) AS started_at,
            CAST(SUM(net_quantity) AS BIGINT) AS net_units,
            {decayed_sum("net_quantity")} AS decayed_units,
            {decayed_sum("net_quantity", "squared_decay")} AS squared_units
        FROM (
            SELECT *, {decay_sql("ordered_at", as_of, half_life)} AS decay,
                {squared_decay_sql("ordered_at", as_of, half_life)} AS squared_decay
            FROM {sales}
        ) AS weighted
        GROUP BY creator_index, product_index
    """


def _proportion(parts: str, kept: str, quantity: str) -> str:
    """SQL of `parts` (ten-thousandths) times `kept / quantity`, as money."""
    doubled = f"(2 * {parts} * ({kept}) + {quantity})"
    divisor = f"(2 * {quantity})"
    rounded = f"ROUND(({doubled} - MOD({doubled}, {divisor})) / {divisor})"
    return f"CAST(CAST({rounded} AS DECIMAL(18,0)) * CAST(0.0001 AS DECIMAL(5,4)) AS DECIMAL(18,4))"

"""What a sale pays: the share of the list price, and the rates of collaborations."""

import numpy as np
import pyarrow as pa

from features.attribution import net_sales_sql
from features.columns import numbers
from features.engine import Engine
from recsys.arrays import CSR, csr
from recsys.value.context import PaidShares


def paid_shares(engine: Engine) -> PaidShares:
    """What order lines paid of the list price; 1 where nothing was sold."""
    table = engine.table(f"""
        SELECT CAST(ROUND(100 * CAST(amount AS DOUBLE) / (quantity * CAST(price AS DOUBLE))) AS BIGINT)
            AS percent, COUNT(*) AS lines, CAST(SUM(net_amount) AS DOUBLE) AS paid,
            CAST(SUM(CAST(net_quantity AS DECIMAL(18,0)) * price) AS DOUBLE) AS listed
        FROM ({net_sales_sql()}) AS net JOIN state_products USING (product_id)
        WHERE price > 0 GROUP BY percent ORDER BY percent
    """)
    percent, lines, paid, listed = (numbers(table, name) for name in ("percent", "lines", "paid", "listed"))
    if not listed.sum() > 0:
        return PaidShares(1.0, 1.0, 1.0)
    upto = np.cumsum(lines) / lines.sum()
    low, high = (float(percent[np.searchsorted(upto, level)]) / 100 for level in (0.05, 0.95))
    return PaidShares(low, float(paid.sum() / listed.sum()), high)


def rate_bonus(engine: Engine, products: pa.Table, shape: tuple[int, int]) -> CSR:
    """How much more than the open rate active collaborations pay."""
    table = engine.table("""
        SELECT creator_index, product_index, CAST(commission_rate AS DOUBLE) AS rate
        FROM state_collaborations JOIN creator_indexes USING (creator_id)
        JOIN product_indexes USING (product_id)
        WHERE status = 'ACTIVE' ORDER BY creator_index, product_index
    """)
    product = table["product_index"].to_numpy()
    bonus = numbers(table, "rate") - numbers(products, "commission_rate")[product]
    return csr(bonus, table["creator_index"].to_numpy(), product, shape)

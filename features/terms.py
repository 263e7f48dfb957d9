"""What a sale pays: the share of the list price, and the rates of collaborations."""

import numpy as np
import pyarrow as pa

from features.columns import numbers
from features.snapshot import Snapshot
from recsys.arrays import CSR, csr
from recsys.value.context import PaidShares


def paid_shares(snapshot: Snapshot) -> PaidShares:
    """What order lines paid of the list price; 1 where nothing was sold."""
    table = snapshot.engine.table(f"""
        SELECT CAST(ROUND(100 * CAST(amount AS DOUBLE) / (quantity * CAST(price AS DOUBLE))) AS BIGINT)
            AS percent, COUNT(*) AS lines, CAST(SUM(net_amount) AS DOUBLE) AS paid,
            CAST(SUM(CAST(net_quantity AS DECIMAL(18,0)) * price) AS DOUBLE) AS listed
        FROM {snapshot.sales} JOIN {snapshot.products} USING (product_index)
        WHERE price > 0 GROUP BY percent ORDER BY percent
    """)
    percent, lines, paid, listed = (numbers(table, name) for name in ("percent", "lines", "paid", "listed"))
    if not listed.sum() > 0:
        return PaidShares(1.0, 1.0, 1.0)
    upto = np.cumsum(lines) / lines.sum()
    low, high = (float(percent[np.searchsorted(upto, level)]) / 100 for level in (0.05, 0.95))
    return PaidShares(low, float(paid.sum() / listed.sum()), high)


def rate_bonus(snapshot: Snapshot, products: pa.Table) -> CSR:
    """How much more than the open rate active collaborations pay."""
    table = snapshot.engine.table(f"""
        SELECT creator_index, product_index, CAST(commission_rate AS DOUBLE) AS rate
        FROM {snapshot.collaborations}
        WHERE status = 'ACTIVE' ORDER BY creator_index, product_index
    """)
    product = table["product_index"].to_numpy()
    bonus = numbers(table, "rate") - numbers(products, "commission_rate")[product]
    return csr(bonus, table["creator_index"].to_numpy(), product, snapshot.shape)

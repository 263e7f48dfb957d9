"""The audience of each creator: what its buyers bought from other creators, by product category."""

import pyarrow as pa

from features.categories import category_codes, category_names
from features.snapshot import Snapshot
from recsys.arrays import csr
from recsys.audience import Audience


def audience_sql(sales: str, products: str) -> str:
    """SQL of how many buyers of each creator bought in each category from others, and their net units.

    What a buyer bought from others is what it bought in all less what it bought from this creator: so
    creators meet categories of their buyers, never each other.
    """
    return f"""
        WITH purchases AS (
            SELECT buyer_id, creator_index, category, CAST(SUM(net_quantity) AS BIGINT) AS units
            FROM {sales} JOIN {products} USING (product_index)
            WHERE buyer_id IS NOT NULL AND net_quantity > 0
            GROUP BY buyer_id, creator_index, category
        ), audiences AS (
            SELECT DISTINCT buyer_id, creator_index FROM purchases
        ), baskets AS (
            SELECT buyer_id, category, CAST(SUM(units) AS BIGINT) AS units
            FROM purchases GROUP BY buyer_id, category
        )
        SELECT creator_index, category, COUNT(*) AS buyers, CAST(SUM(units) AS BIGINT) AS units
        FROM (
            SELECT audiences.creator_index, baskets.category,
                baskets.units - COALESCE(purchases.units, 0) AS units
            FROM audiences JOIN baskets ON audiences.buyer_id = baskets.buyer_id
            LEFT JOIN purchases ON purchases.buyer_id = audiences.buyer_id
                AND purchases.creator_index = audiences.creator_index
                AND purchases.category = baskets.category
        ) AS elsewhere
        WHERE units > 0
        GROUP BY creator_index, category ORDER BY creator_index, category
    """


def build_audience(snapshot: Snapshot, products: pa.Table) -> Audience:
    """The audience as known at the instant; `products` are in the order of their indexes."""
    found = snapshot.engine.table(audience_sql(snapshot.sales, snapshot.products))
    names = category_names(products)
    cells = found["creator_index"].to_numpy(), category_codes(found["category"], names)
    shape = (snapshot.shape[0], len(names))
    return Audience(
        buyers=csr(found["buyers"].to_numpy(), *cells, shape),
        units=csr(found["units"].to_numpy(), *cells, shape),
    )

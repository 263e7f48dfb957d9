"""What promotions came to: net units and money of pairs over the horizon from their start."""

from dataclasses import dataclass

from features.attribution import net_sales_sql
from features.engine import Engine
from recsys.arrays import Float64, Int32, Int64


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Promotions that began in some period, one entry a pair, in the order of creators, then products.

    `started_at` is in microseconds of UTC; `units` are those ordered, `net_units`, `amount` and `commission`
    what is left of them after refunds and cancellations.
    """

    creators: Int32
    products: Int32
    started_at: Int64
    units: Float64
    net_units: Float64
    amount: Float64
    commission: Float64

    def __len__(self) -> int:
        return len(self.creators)


def read_outcomes(engine: Engine, begin: int, end: int, horizon: int, until: int | None = None) -> Outcomes:
    """Promotions with `begin` ≤ start < `end`, and what they sold in `horizon` from it (all microseconds).

    With `until`, sales from then on do not count, however young the promotion.

    Reads the state and the pair starts of the last `build_features`; it is for the caller to ask for
    promotions whose horizon is over. Net figures hold only where no sale can come back any more.
    """
    limit = f"started_at + {horizon}" if until is None else f"LEAST(started_at + {horizon}, {until})"
    table = engine.table(f"""
        SELECT CAST(creator_index AS INTEGER) AS creators, CAST(product_index AS INTEGER) AS products,
            started_at, CAST(SUM(COALESCE(quantity, 0)) AS DOUBLE) AS units,
            CAST(SUM(COALESCE(net_quantity, 0)) AS DOUBLE) AS net_units,
            CAST(SUM(COALESCE(net_amount, 0)) AS DOUBLE) AS amount,
            CAST(SUM(COALESCE(CAST(net_amount * commission_rate AS DECIMAL(38,8)), 0)) AS DOUBLE)
                AS commission
        FROM (SELECT * FROM pair_starts WHERE started_at >= {begin} AND started_at < {end}) AS begun
        LEFT JOIN ({net_sales_sql()}) AS net
            ON net.creator_id = begun.creator_id AND net.product_id = begun.product_id
            AND ordered_at < {limit}
        JOIN creator_indexes ON creator_indexes.creator_id = begun.creator_id
        JOIN product_indexes ON product_indexes.product_id = begun.product_id
        GROUP BY creator_index, product_index, started_at ORDER BY creator_index, product_index
    """)
    return Outcomes(**{name: table[name].to_numpy() for name in table.column_names})

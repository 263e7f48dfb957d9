"""Labels: what became of pairs after an instant, told by two snapshots or by promotions that are over."""

from dataclasses import dataclass

import numpy as np

from features.snapshot import Snapshot
from recsys.arrays import CSR, Bool, Float64, Int32, Int64, csr


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Promotions that began in some period, one entry a pair, in the order of creators, then products.

    `started_at` is in microseconds of UTC; `units` are those ordered, `net_units`, `amount` and `commission`
    what is left of them after refunds and cancellations. `views` and `clicks` are those of its contents, 0
    where a market reports none.
    """

    creators: Int32
    products: Int32
    started_at: Int64
    units: Float64
    net_units: Float64
    amount: Float64
    commission: Float64
    views: Float64
    clicks: Float64

    def __len__(self) -> int:
        return len(self.creators)


def first_sales(at_cutoff: Snapshot, at_end: Snapshot) -> CSR:
    """Net units of pairs that sold for the first time between two snapshots: creators × products.

    A pair with net units at the cutoff is old and so left out.
    """
    return _of_first_sales(at_cutoff, at_end, "CAST(SUM(net_quantity) AS BIGINT)")


def first_commission(at_cutoff: Snapshot, at_end: Snapshot) -> CSR:
    """Net commission of the same pairs."""
    earned = "CAST(net_amount * commission_rate AS DECIMAL(38,8))"
    return _of_first_sales(at_cutoff, at_end, f"CAST(SUM({earned}) AS DOUBLE)")


def _of_first_sales(at_cutoff: Snapshot, at_end: Snapshot, total: str) -> CSR:
    table = at_end.engine.table(f"""
        SELECT creator_index, product_index, {total} AS total
        FROM {at_end.sales} WHERE ordered_at > {at_cutoff.instant} AND NOT EXISTS (
            SELECT 1 FROM (SELECT creator_index AS creator, product_index AS product FROM {at_cutoff.sales}
                WHERE net_quantity > 0) AS old
            WHERE creator = sales.creator_index AND product = sales.product_index
        )
        GROUP BY creator_index, product_index HAVING SUM(net_quantity) > 0 ORDER BY 1, 2
    """)
    cells = table["creator_index"].to_numpy(), table["product_index"].to_numpy()
    return csr(table["total"].to_numpy(), *cells, at_end.shape)


def read_outcomes(at_end: Snapshot, begin: int, end: int, horizon: int, until: int | None = None) -> Outcomes:
    """Promotions with `begin` ≤ start < `end`, and what they sold in `horizon` from it (all microseconds).

    With `until`, sales from then on do not count, however young the promotion. `at_end` is what is known of
    them: it is for the caller to ask for promotions whose horizon is over by then. Net figures hold only
    where no sale can come back any more.
    """
    limit = f"started_at + {horizon}" if until is None else f"LEAST(started_at + {horizon}, {until})"
    begun = f"({_begun_sql(at_end, begin, end)}) AS begun"
    table = at_end.engine.table(f"""
        SELECT begun.creator_index AS creators, begun.product_index AS products, started_at,
            CAST(SUM(COALESCE(quantity, 0)) AS DOUBLE) AS units,
            CAST(SUM(COALESCE(net_quantity, 0)) AS DOUBLE) AS net_units,
            CAST(SUM(COALESCE(net_amount, 0)) AS DOUBLE) AS amount,
            CAST(SUM(COALESCE(CAST(net_amount * commission_rate AS DECIMAL(38,8)), 0)) AS DOUBLE)
                AS commission,
            COALESCE(ANY_VALUE(seen.views), 0.0) AS views, COALESCE(ANY_VALUE(seen.clicks), 0.0) AS clicks
        FROM {begun}
        LEFT JOIN {at_end.sales}
            ON sales.creator_index = begun.creator_index AND sales.product_index = begun.product_index
            AND ordered_at < {limit}
        LEFT JOIN (
            SELECT begun.creator_index, begun.product_index, CAST(SUM(views) AS DOUBLE) AS views,
                CAST(SUM(product_clicks) AS DOUBLE) AS clicks
            FROM {begun} JOIN {at_end.engagement} USING (creator_index, product_index)
            WHERE period_start < {limit} GROUP BY ALL
        ) AS seen
            ON seen.creator_index = begun.creator_index AND seen.product_index = begun.product_index
        GROUP BY begun.creator_index, begun.product_index, started_at ORDER BY 1, 2
    """)
    return Outcomes(**{name: table[name].to_numpy() for name in table.column_names})


def sold_by_age(at_end: Snapshot, begin: int, end: int, horizon: int, steps: int) -> Float64:
    """Units that promotions with `begin` ≤ start < `end` sold by each of so many equal parts of `horizon`.

    `(1 + steps,)`, from 0 at their start to all at the end of the horizon, which is to be over by then.
    """
    table = at_end.engine.table(f"""
        SELECT CAST(FLOOR((ordered_at - started_at) * {steps} / {horizon}) AS BIGINT) AS part,
            CAST(SUM(quantity) AS DOUBLE) AS units
        FROM ({_begun_sql(at_end, begin, end)}) AS begun
        JOIN {at_end.sales} USING (creator_index, product_index)
        WHERE ordered_at < started_at + {horizon}
        GROUP BY part ORDER BY part
    """)
    sold = np.zeros(1 + steps)
    sold[1 + table["part"].to_numpy()] = table["units"].to_numpy()
    return np.cumsum(sold)


def promoting_creators(at_end: Snapshot, begin: int, end: int) -> Bool:
    """By creator: did a content of theirs begin at `begin` ≤ time < `end`, with whatever product."""
    table = at_end.engine.table(f"""
        SELECT DISTINCT creator_index FROM (
            SELECT creator_index, content_index, MIN(moment) AS posted_at FROM (
                SELECT creator_index, content_index, period_start AS moment FROM {at_end.engagement}
                UNION ALL
                SELECT creator_index, content_index, ordered_at AS moment FROM {at_end.sales}
            ) AS traces
            GROUP BY creator_index, content_index
        ) AS posted
        WHERE posted_at >= {begin} AND posted_at < {end} ORDER BY 1
    """)
    promoting = np.zeros(at_end.shape[0], dtype=np.bool_)
    promoting[table["creator_index"].to_numpy()] = True
    return promoting


def _begun_sql(snapshot: Snapshot, begin: int, end: int) -> str:
    """SQL of the pairs first seen within a period: by their first engagement or, without any, sale."""
    return f"""
        SELECT creator_index, product_index, MIN(moment) AS started_at
        FROM (
            SELECT creator_index, product_index, period_start AS moment FROM {snapshot.engagement}
            WHERE period_start < {end}
            UNION ALL
            SELECT creator_index, product_index, ordered_at AS moment FROM {snapshot.sales}
            WHERE ordered_at < {end}
        ) AS traces
        GROUP BY creator_index, product_index HAVING MIN(moment) >= {begin}
    """

"""What contents bring by how many others promoted the product when they were posted."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from features.snapshot import Snapshot
from recsys.arrays import Array, Float64, Int32, Int64
from recsys.split import DAY_US

# So long after a content of theirs creators count among those who promote its product.
MEMORY_DAYS: Final = 28
# Days before these say nothing of shoppers as they are.
_LOOK_BACK_DAYS: Final = 180
_UNIT: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class CrowdedDays:
    """What contents of one product that were posted on one day brought on one day: an entry each.

    Of `chances` (views) so many were `taken` (clicks where a market reports them, else units), while `crowd`
    creators promoted the product when the contents were posted. Each content counts less the more of it
    there is, so that none outweighs all others. `promoting` (products) is how many do now.
    """

    products: Int32
    days: Int64
    crowd: Float64
    chances: Float64
    taken: Float64
    promoting: Float64

    def __len__(self) -> int:
        return len(self.products)

    @classmethod
    def unknown(cls, promoting: Float64) -> Self:
        """Of a market that reports no views."""
        nothing = np.zeros(0)
        return cls(nothing.astype(np.int32), nothing.astype(np.int64), nothing, nothing, nothing, promoting)


@dataclass(frozen=True, slots=True)
class Promoting:
    """Who promotes a product when: from the day after a content until `MEMORY_DAYS` later, no creator twice.

    `begins` and `ends` are sorted keys of product and day.
    """

    begins: Int64
    ends: Int64
    first_day: int
    last_day: int

    @classmethod
    def of(cls, creators: Array, products: Array, days: Array) -> Self:
        """From contents, an entry each."""
        order = np.lexsort((days, products, creators))
        creators, products, begin = (column[order] for column in (creators, products, days))
        end = begin + MEMORY_DAYS
        # The pair's next content takes over.
        again = (creators[1:] == creators[:-1]) & (products[1:] == products[:-1])
        end[:-1] = np.where(again, np.minimum(end[:-1], begin[1:]), end[:-1])
        first, last = (int(begin.min()), int(end.max())) if len(begin) else (0, 0)
        found = cls(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), first, last)
        begins, ends = (np.sort(found._keys(products, day + 1)) for day in (begin, end))
        return cls(begins, ends, first, last)

    def count(self, products: Array, days: Array) -> Float64:
        """How many promote each of some products on each of some days."""
        at, before = self._keys(products, days), self._keys(products, np.full_like(days, self.first_day))
        counts = [
            np.searchsorted(edges, at, side="right") - np.searchsorted(edges, before)
            for edges in (self.begins, self.ends)
        ]
        return (counts[0] - counts[1]).astype(np.float64)

    def _keys(self, products: Array, days: Array) -> Int64:
        width = self.last_day - self.first_day + 3
        return products.astype(np.int64) * width + np.clip(days - self.first_day, 0, width - 1)


def read_crowding(known: Snapshot) -> CrowdedDays:
    """What is known at an instant of contents that were posted while it was known who else promoted.

    That is later than `MEMORY_DAYS` after all history begins, or of a product that was listed since then.
    """
    today, n_products = known.instant // DAY_US, known.shape[1]
    seen = _seen_sql(known, today)
    creators, products, days = _columns(known, f"{_posts_sql(seen)} ORDER BY 1, 2, 3, 4")[1:]
    promoting = Promoting.of(creators, products, days)
    now = promoting.count(np.arange(n_products), np.full(n_products, today))
    if not len(days):
        return CrowdedDays.unknown(now)
    product, day, posted, chances, taken = _columns(known, _days_sql(known, seen))
    begin = promoting.first_day
    whole = (posted >= begin + MEMORY_DAYS) | (_listed(known, begin)[product] > begin)
    product, day, posted = product[whole], day[whole], posted[whole]
    crowd = promoting.count(product, posted)
    return CrowdedDays(
        product.astype(np.int32), day, crowd, chances[whole] / _UNIT, taken[whole] / _UNIT, now
    )


def _columns(known: Snapshot, sql: str) -> list[Int64]:
    table = known.engine.table(sql)
    return [table[name].to_numpy().astype(np.int64) for name in table.column_names]


def _listed(known: Snapshot, otherwise: int) -> Int64:
    """The day on which each product was listed."""
    products, days = _columns(
        known,
        f"SELECT product_index, {_day('listed_at')} FROM {known.products} WHERE listed_at IS NOT NULL",
    )
    listed = np.full(known.shape[1], otherwise, dtype=np.int64)
    listed[products] = days
    return listed


def _day(instant: str) -> str:
    return f"CAST(FLOOR({instant} / {DAY_US}) AS BIGINT)"


def _seen_sql(known: Snapshot, today: int) -> str:
    """Views and clicks by content, product and day."""
    return f"""
        SELECT creator_index, content_index, product_index, {_day("period_start")} AS day,
            CAST(SUM(views) AS BIGINT) AS views, CAST(SUM(product_clicks) AS BIGINT) AS clicks
        FROM {known.engagement}
        WHERE views > 0 AND period_start >= {(today - _LOOK_BACK_DAYS) * DAY_US}
        GROUP BY 1, 2, 3, 4
    """


def _posts_sql(seen: str) -> str:
    return f"""
        SELECT content_index, creator_index, product_index, MIN(day) AS posted
        FROM ({seen}) AS seen GROUP BY 1, 2, 3
    """


def _days_sql(known: Snapshot, seen: str) -> str:
    """Chances and what was taken of them (in millionths) by product, day, and day of the post."""
    clicked = known.engine.count(f"SELECT COUNT(*) FROM {known.engagement} WHERE product_clicks > 0")
    sold = f"""
        SELECT content_index AS content, product_index AS product, {_day("ordered_at")} AS sold_on,
            CAST(SUM(quantity) AS BIGINT) AS units
        FROM {known.sales} GROUP BY 1, 2, 3
    """
    counted = (
        f"SELECT *, clicks AS taken FROM ({seen}) AS seen"
        if clicked
        else f"""
        SELECT seen.*, COALESCE(units, 0) AS taken FROM ({seen}) AS seen LEFT JOIN ({sold}) AS sold
            ON content_index = content AND product_index = product AND day = sold_on
        """
    )

    def total(what: str) -> str:
        # Whole numbers add up to the same in any order.
        return f"CAST(SUM(CAST(ROUND({_UNIT} * {what} / (1.0 + views * usual)) AS BIGINT)) AS BIGINT)"

    return f"""
        WITH counted AS ({counted}),
        rates AS (
            SELECT product_index AS product, CAST(SUM(taken) AS DOUBLE) / SUM(views) AS usual
            FROM counted GROUP BY 1
        ),
        posts AS (
            SELECT content_index AS content, product_index AS linked, MIN(day) AS posted
            FROM counted GROUP BY 1, 2
        )
        SELECT product_index, day, posted, {total("views")} AS chances, {total("taken")} AS taken
        FROM counted JOIN rates ON product_index = product
            JOIN posts ON content_index = content AND product_index = linked
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """

"""What a policy of the closed loop is asked, and the policies that need no model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import duckdb
import numpy as np
import pyarrow.parquet as pq

from benchmarks.told import Lists
from recsys.arrays import Bool, Float64, Int64
from recsys.split import DAY_US
from recsys.topk import top_k
from training.simulation.truth import Truth, expected_commission

K: Final = 20
CHART_DAYS: Final = 7


@dataclass(frozen=True, slots=True, eq=False)
class Morning:
    """What there is to know before the lists of a day are made.

    `export` holds what is known at `as_of` (microseconds of UTC), the beginning of the market's day `day`;
    `home` is the policy's own folder, kept from morning to morning. `allowed` (creators × products) says what
    may stand on whose list: the creator is there and may link the product today, which is new to it.
    """

    export: Path
    home: Path
    day: int
    as_of: int
    allowed: Bool


class Policy(Protocol):
    """Makes everybody's list of a day."""

    def lists(self, morning: Morning) -> Lists:
        """`K` products for each creator; none that is not allowed."""
        ...


class Organic:
    """No lists at all: what creators do by themselves. A reference, no contestant."""

    def lists(self, morning: Morning) -> Lists:
        """Nothing."""
        return Lists(np.full((len(morning.allowed), K), -1, dtype=np.int64))


class ByPopularity:
    """What sold most units of late, the same for everybody."""

    def lists(self, morning: Morning) -> Lists:
        """Best sellers of the last `CHART_DAYS`."""
        return Lists(ranked(chart(morning.export, morning.as_of, morning.allowed.shape[1]), morning.allowed))


class ByCommission:
    """What a unit earns most on, whoever would buy it."""

    def lists(self, morning: Morning) -> Lists:
        """Highest price times commission rate."""
        table = pq.read_table(morning.export / "products.parquet")
        earned = np.zeros(morning.allowed.shape[1])
        number = numbers_of(table["product_id"].to_pylist())
        earned[number] = table["price"].to_numpy() * table["commission_rate"].to_numpy()
        return Lists(ranked(earned, morning.allowed))


@dataclass(frozen=True, slots=True, eq=False)
class Oracle:
    """What truly earns most in a video of the creator posted today: no policy can know more.

    Greedy: it does not save a product for a better day, and repeats of links are left to the creators.
    """

    truth: Truth

    def lists(self, morning: Morning) -> Lists:
        """Highest expected net commission at the open rate."""
        creators, products = (np.arange(n) for n in morning.allowed.shape)
        day = np.asarray(morning.day)
        worth = expected_commission(self.truth, creators[:, None], products[None, :], day)
        return Lists(ranked(worth, morning.allowed))


def ranked(scores: Float64, allowed: Bool) -> Int64:
    """The `K` best allowed products of each creator: `scores` are creators × products, or products alone."""
    barred = np.where(allowed, scores, -np.inf).astype(np.float32)
    return top_k(barred, K).indices.astype(np.int64)


def numbers_of(ids: Sequence[str]) -> Int64:
    """The numbers in the simulation's ids of creators or products."""
    return np.asarray([int(one[1:]) for one in ids], dtype=np.int64)


def chart(export: Path, as_of: int, n_products: int) -> Float64:
    """Net units of each product, by number, ordered in the `CHART_DAYS` before `as_of`, as known then."""
    files = f"'{export}/sales/*.parquet'"
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"""
            SELECT product_id, SUM(quantity - refunded_quantity) AS units
            FROM (
                SELECT *, ROW_NUMBER() OVER (
                    PARTITION BY sale_id ORDER BY updated_at DESC, refunded_quantity DESC, status DESC
                ) AS place
                FROM read_parquet({files})
                WHERE epoch_us(ordered_at) > {as_of - CHART_DAYS * DAY_US}
            ) AS states
            WHERE place = 1 AND status <> 'CANCELLED'
            GROUP BY product_id
            """
        ).fetchall()
    units = np.zeros(n_products)
    units[numbers_of([product for product, _ in rows])] = [float(sold) for _, sold in rows]
    return units

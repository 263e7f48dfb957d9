"""What lists told of the promotions that followed them, beside what then came of these."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from recsys.arrays import Bool, Float64, Int64

TENTHS: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """Net commission that lists tell of their entries, with its interval: each creators × k, NaN for none."""

    commission: Float64
    low: Float64
    high: Float64


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """Products by number, creators × k, best first, padded with -1; `told` of them, where a policy does."""

    products: Int64
    told: Told | None = None

    def holds(self, creators: Int64, products: Int64) -> Int64:
        """The place of each pair on its creator's list; -1 where it has none."""
        at = self.products[creators] == products[:, np.newaxis]
        return np.where(at.any(axis=1), at.argmax(axis=1), -1)


@dataclass(frozen=True, slots=True, eq=False)
class Promise:
    """What the lists of one day told of the pairs that followed them on that day, one entry a pair."""

    day: int
    creator: Int64
    product: Int64
    commission: Float64
    low: Float64
    high: Float64

    @classmethod
    def of(cls, day: int, lists: Lists, creators: Int64, products: Int64) -> Self:
        """Of what creators linked on that day; nothing where the lists told nothing."""
        if lists.told is None:
            nobody, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
            return cls(day, nobody, nobody, nothing, nothing, nothing)
        creator, product = np.unique(np.column_stack([creators, products]), axis=0).T
        place = lists.holds(creator, product)
        followed = place >= 0
        creator, product, at = creator[followed], product[followed], (creator[followed], place[followed])
        told = lists.told
        return cls(day, creator, product, told.commission[at], told.low[at], told.high[at])


@dataclass(frozen=True, slots=True, eq=False)
class Earned:
    """What each order line earned: creator and product by number, the day of the order, net commission."""

    creator: Int64
    product: Int64
    ordered: Float64
    commission: Float64

    def of(self, promise: Promise, horizon_days: float) -> Float64:
        """What each pair of a promise earned within the horizon from its day."""
        within = (self.ordered >= promise.day) & (self.ordered < promise.day + horizon_days)
        shape = (
            int(max(self.creator.max(initial=-1), promise.creator.max(initial=-1))) + 1,
            int(max(self.product.max(initial=-1), promise.product.max(initial=-1))) + 1,
        )
        total = np.zeros(shape)
        np.add.at(total, (self.creator[within], self.product[within]), self.commission[within])
        return total[promise.creator, promise.product]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """Promotions that followed a list: net commission told with its interval, and what happened."""

    told: Float64
    low: Float64
    high: Float64
    happened: Float64

    @classmethod
    def of(cls, promises: Sequence[Promise], orders: Earned, horizon_days: float, last_day: int) -> Self:
        """Of the promises whose horizon lies before `last_day`, after which nothing more is known."""
        over = [promise for promise in promises if promise.day + horizon_days <= last_day]
        return cls(
            _joined([promise.commission for promise in over]),
            _joined([promise.low for promise in over]),
            _joined([promise.high for promise in over]),
            _joined([orders.of(promise, horizon_days) for promise in over]),
        )

    @classmethod
    def pooled(cls, parts: Sequence[Self]) -> Self:
        """All of several episodes."""
        return cls(
            _joined([part.told for part in parts]),
            _joined([part.low for part in parts]),
            _joined([part.high for part in parts]),
            _joined([part.happened for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.told)

    @property
    def ratio(self) -> float:
        """Told over happened, in total."""
        return float(self.told.sum() / self.happened.sum()) if self.happened.sum() else float("nan")

    @property
    def coverage(self) -> float:
        """Share of promotions that earned what their interval says, ends included."""
        inside: Bool = (self.happened >= self.low) & (self.happened <= self.high)
        return float(inside.mean()) if len(self) else float("nan")

    def tenths(self) -> list[tuple[float, float]]:
        """Totals told and happened by tenth of what was told, the least first."""
        order = np.argsort(self.told, kind="stable")
        return [
            (float(self.told[some].sum()), float(self.happened[some].sum()))
            for some in np.array_split(order, TENTHS)
        ]


def _joined(arrays: Sequence[Float64]) -> Float64:
    return np.concatenate([np.zeros(0), *arrays])

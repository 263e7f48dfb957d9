"""How a real feed arrives: states of one row as history, late, twice, and in no order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.arrays import Flags, Floats, Integers
from training.simulation.clock import MICROSECONDS_PER_DAY, Clock
from training.simulation.engagement import Engagement
from training.simulation.orders import Orders

SALE_STATUSES = ("PLACED", "SETTLED", "CANCELLED")
_PLACED, _SETTLED, _CANCELLED = range(3)
_SETTLES_AFTER_DAYS = 14.0
_MINUTE = 1.0 / 1440.0


@dataclass(frozen=True, slots=True, eq=False)
class SaleStates:
    """One entry a reported state of an order line."""

    order: Integers
    updated_at: Integers
    """Microseconds of UTC, distinct within an order."""
    refunded: Integers
    status: Integers
    """Position in `SALE_STATUSES`."""


@dataclass(frozen=True, slots=True, eq=False)
class EngagementStates:
    """One entry a reported state of an engagement row."""

    row: Integers
    updated_at: Integers
    complete: Floats
    """Share of the row's counts that this state knows of."""


def sale_states(rng: np.random.Generator, clock: Clock, orders: Orders, late_share: float) -> SaleStates:
    """Placed, then refunded, settled or cancelled; whatever would be reported after the window is missing."""
    n = len(orders.ordered)
    late = rng.random(n) < late_share
    delay = np.where(late, rng.uniform(1.0, 5.0, n), rng.uniform(0.5, 10.0, n) * _MINUTE)
    placed = orders.ordered + delay
    refunded = np.where(orders.refunded > 0, placed + rng.uniform(3.0, 20.0, n), np.inf)
    settled = np.where(orders.cancelled, np.inf, orders.ordered + _SETTLES_AFTER_DAYS)
    cancelled = np.where(orders.cancelled, placed + rng.uniform(0.02, 3.0, n), np.inf)
    moment = np.concatenate([placed, refunded, settled, cancelled])
    order = np.tile(np.arange(n), 4)
    known = np.flatnonzero(np.isfinite(moment) & (moment < clock.days))
    order, moment = order[known], moment[known]
    status = np.where(moment >= settled[order], _SETTLED, _PLACED)
    return SaleStates(
        order=order,
        updated_at=clock.instant(moment),
        refunded=np.where(moment >= refunded[order], orders.refunded[order], 0),
        status=np.where(moment >= cancelled[order], _CANCELLED, status),
    )


def engagement_states(
    rng: np.random.Generator, clock: Clock, engagement: Engagement, late_share: float
) -> EngagementStates:
    """Counts complete by the end of their day; those of the late share partial then, complete days later."""
    n = len(engagement.day)
    evening = clock.start + (engagement.day + 1) * MICROSECONDS_PER_DAY - rng.integers(1, 3_600_000_000, n)
    late = np.flatnonzero(rng.random(n) < late_share)
    complete = np.ones(n)
    complete[late] = rng.uniform(0.4, 0.8, len(late))
    caught_up = evening[late] + rng.integers(MICROSECONDS_PER_DAY, 4 * MICROSECONDS_PER_DAY, len(late))
    in_time = caught_up < clock.end
    return EngagementStates(
        row=np.concatenate([np.arange(n), late[in_time]]),
        updated_at=np.concatenate([evening, caught_up[in_time]]),
        complete=np.concatenate([complete, np.ones(int(in_time.sum()))]),
    )


def delivery(rng: np.random.Generator, rows: int, replay_share: float) -> Integers:
    """Positions of a feed in order of arrival: every row once, the replayed share twice, all shuffled."""
    replayed: Flags = rng.random(rows) < replay_share
    return rng.permutation(np.concatenate([np.arange(rows), np.flatnonzero(replayed)]))

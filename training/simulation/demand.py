"""How much shoppers want on a day: product trends, weekdays, and events such as a deals week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.arrays import Floats, Integers
from training.simulation.settings import SimulationSettings
from training.simulation.taxonomy import LEAVES, TOPS, leaf_tops

WEEKDAY_LIFT: tuple[float, ...] = (0.92, 0.92, 0.95, 1.0, 1.05, 1.1, 1.06)
"""Views of a day against an average day, Monday first."""
_EVENT_NAMES = ("Deals days", "Flash weekend", "Super sale", "Shopping festival")
_DAYS_PER_EVENT = 30
SITEWIDE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Trends:
    """Curve 1 + amplitude * logistic((t - middle) / rise) * exp(-max(t - peak, 0) / fade).

    The peak is at middle + 3 * rise. All arrays are (products,), days from the window's start; amplitude 0 is
    a product without a trend.
    """

    amplitude: Floats
    middle_day: Floats
    rise_days: Floats
    fade_days: Floats

    def at(self, product: Integers, day: Integers) -> Floats:
        """Factor on the click rate, at least 1; `product` and `day` broadcast."""
        middle, rise = self.middle_day[product], self.rise_days[product]
        logistic = 1.0 / (1.0 + np.exp(np.clip(-(day - middle) / rise, -50.0, 50.0)))
        fade = np.exp(-np.maximum(day - middle - 3.0 * rise, 0.0) / self.fade_days[product])
        return 1.0 + self.amplitude[product] * logistic * fade


@dataclass(frozen=True, slots=True, eq=False)
class DemandEvents:
    """Dates on which shoppers look for deals; one entry an event."""

    names: tuple[str, ...]
    first_day: Integers
    last_day: Integers
    """Exclusive."""
    top: Integers
    """Top category that it is for, or `SITEWIDE`."""
    lift: Floats
    """Factor on the conversion."""


def draw_trends(rng: np.random.Generator, settings: SimulationSettings, listed_day: Integers) -> Trends:
    """Draws trends that start after listing; they peak before, within or after the window."""
    n = settings.products
    trending = rng.random(n) < settings.trend_share
    earliest = np.maximum(listed_day, -20).astype(np.float64)
    return Trends(
        amplitude=np.where(trending, settings.trend_scale * rng.uniform(1.0, 3.5, n), 0.0),
        middle_day=earliest + 4.0 + rng.random(n) * np.maximum(settings.days - earliest, 1.0),
        rise_days=rng.uniform(1.0, 4.0, n),
        fade_days=rng.uniform(6.0, 18.0, n),
    )


def draw_events(rng: np.random.Generator, settings: SimulationSettings) -> DemandEvents:
    """Draws about one event a month, each within the window."""
    count = max(1, settings.days // _DAYS_PER_EVENT)
    length = np.minimum(rng.integers(2, 5, count), settings.days)
    first = np.floor(rng.random(count) * (settings.days - length + 1)).astype(np.int64)
    sitewide = rng.random(count) < 0.4
    return DemandEvents(
        names=tuple(f"{_EVENT_NAMES[i % len(_EVENT_NAMES)]} {i + 1}" for i in range(count)),
        first_day=first,
        last_day=first + length,
        top=np.where(sitewide, SITEWIDE, rng.integers(0, len(TOPS), count)),
        lift=rng.uniform(1.5, 2.3, count),
    )


def event_lift(events: DemandEvents, days: int) -> Floats:
    """(days, leaves) factor on the conversion; overlapping events multiply."""
    day = np.arange(days)
    leaf_top = leaf_tops()
    lift = np.ones((days, len(LEAVES)))
    for first, last, top, factor in zip(
        events.first_day, events.last_day, events.top, events.lift, strict=True
    ):
        on = (day >= first) & (day < last)
        hit = np.ones(len(LEAVES), dtype=np.bool_) if top == SITEWIDE else leaf_top == top
        lift[np.ix_(on, hit)] *= factor
    return lift

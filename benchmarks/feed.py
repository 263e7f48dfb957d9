"""The export of a market as it grows: every morning the rows that became known since the last.

A table that grows is a folder of files, one a morning, as the data contract allows; what a row says is
decided once, so that a later morning never takes back what an earlier one reported.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.market import LINGER_DAYS, Activity, Market
from training.simulation.arrays import Flags
from training.simulation.clock import Clock
from training.simulation.columns import Table, concatenate, take
from training.simulation.disorder import delivery, engagement_states, sale_states
from training.simulation.files import write_table
from training.simulation.lists import Impressions
from training.simulation.randomness import Concern, generator
from training.simulation.tables import (
    collaborations_table,
    creators_table,
    demand_events_table,
    engagement_table,
    impressions_table,
    products_table,
    sales_table,
    samples_table,
)

_LAST_REPORT_DAYS = LINGER_DAYS + 60
"""Days after the span by which the last state of the last order is surely reported."""


class Feed:
    """Keeps the export folder of one market, of which it must be told every activity, in order."""

    def __init__(self, folder: Path, market: Market) -> None:
        self.folder = folder
        self._market = market
        self._orders = 0
        self._activities = 0
        self._shown = 0
        # Rows of the tables that grow, which are still to be known.
        self._pending: dict[str, list[Table]] = {"engagement": [], "sales": []}
        clock = market.clock
        for name in self._pending:
            (folder / name).mkdir(parents=True)
        (folder / "marketplace.toml").write_text('currency = "USD"\n', "utf-8")
        n_products = market.settings.world.products
        _write(folder, "demand_events", demand_events_table(clock, market.stage.events))
        _write(folder, "collaborations", collaborations_table(clock, market.collaborations, n_products))
        _write(folder, "samples", samples_table(clock, market.samples))
        self.tell(market.history)

    def tell(self, activity: Activity) -> None:
        """Takes in what happened; it is reported when it becomes known."""
        world = self._market.settings.world
        rng = generator(world.seed, Concern.DISORDER, self._activities)
        clock = self._market.clock
        open_end = Clock(clock.start_date, clock.days + _LAST_REPORT_DAYS)
        seen = engagement_states(rng, open_end, activity.engagement, world.late_share)
        sold = sale_states(rng, open_end, activity.orders, world.late_share)
        self._pending["engagement"].append(engagement_table(clock, activity.engagement, seen))
        self._pending["sales"].append(sales_table(clock, activity.orders, sold, first_number=self._orders))
        self._orders += len(activity.orders.creator)
        self._activities += 1

    def show(self, impressions: Impressions) -> None:
        """Reports lists that were shown on the morning of the market's day."""
        (self.folder / "impressions").mkdir(exist_ok=True)
        table = impressions_table(self._market.clock, impressions, first_number=self._shown)
        write_table(self.folder / "impressions" / f"{self._market.day:05d}.parquet", table, "parquet")
        self._shown += len(impressions.creator)

    def write(self) -> int:
        """Writes what is known on the morning of the market's day; answers that instant in microseconds."""
        market = self._market
        morning = replace(market.clock, days=market.day)
        creators, products = market.stage.creators, market.stage.products
        _write(
            self.folder,
            "creators",
            creators_table(morning, creators, market.stage.truth.growth, market.joined),
        )
        listed = products.listed_day <= market.day
        _write(self.folder, "products", _rows(products_table(morning, products), listed))
        stream = generator(market.settings.world.seed, Concern.DELIVERY, market.day)
        for name in self._pending:
            self._report(stream, name, morning)
        return morning.end

    def _report(self, stream: np.random.Generator, name: str, morning: Clock) -> None:
        """Writes the rows known by the morning, in no order and some twice, and keeps the others."""
        table = concatenate(self._pending[name])
        known = table["updated_at"].values < morning.end
        self._pending[name] = [_rows(table, ~known)]
        replay_share = self._market.settings.world.replay_share
        arrived = take(_rows(table, known), delivery(stream, int(known.sum()), replay_share))
        write_table(self.folder / name / f"{morning.days:05d}.parquet", arrived, "parquet")


def _rows(table: Table, chosen: Flags) -> Table:
    return take(table, np.flatnonzero(chosen))


def _write(folder: Path, name: str, table: Table) -> None:
    write_table(folder / f"{name}.parquet", table, "parquet")

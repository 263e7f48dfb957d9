"""The export of a growing market holds what is known, no more and no less."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pytest

from benchmarks.feed import Feed
from benchmarks.market import Market, MarketSettings
from features.engine import open_engine
from features.intake import read_export
from training.simulation.clock import MICROSECONDS_PER_DAY
from training.simulation.settings import SimulationSettings

SMALL = SimulationSettings(
    creators=50, products=40, days=33, seed=3, posts_per_week=7.0, late_share=0.2, replay_share=0.1
)
WARM_UP = 30
TIMES = {
    "creators": ("joined_at",),
    "products": ("listed_at",),
    "engagement": ("period_start", "updated_at"),
    "sales": ("ordered_at", "updated_at"),
    "samples": ("requested_at", "posted_at"),
    "collaborations": ("since",),
}


@dataclass(frozen=True)
class Grown:
    """A market some mornings after its warm-up, with its export as of the last of them."""

    market: Market
    folder: Path
    as_of: int


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Grown:
    market = Market(MarketSettings(SMALL, WARM_UP))
    feed = Feed(tmp_path_factory.mktemp("feed") / "export", market)
    lists = np.random.default_rng(1).integers(0, SMALL.products, (SMALL.creators, 20))
    feed.write()
    for _ in range(SMALL.days - WARM_UP):
        feed.tell(market.advance(lists))
        as_of = feed.write()
    return Grown(market, feed.folder, as_of)


def _number(grown: Grown, select: str, table: str) -> float:
    files = (
        grown.folder / table / "*.parquet"
        if (grown.folder / table).is_dir()
        else (grown.folder / f"{table}.parquet")
    )
    with duckdb.connect() as connection:
        return float(connection.execute(f"SELECT {select} FROM read_parquet('{files}')").fetchall()[0][0])


@pytest.mark.parametrize("table", TIMES)
def test_nothing_lies_after_the_morning(grown: Grown, table: str) -> None:
    assert grown.as_of == grown.market.clock.start + SMALL.days * MICROSECONDS_PER_DAY
    for column in TIMES[table]:
        assert 0 < _number(grown, f"MAX(epoch_us({column}))", table) <= grown.as_of


def test_the_nightly_job_finds_no_bad_row(grown: Grown, tmp_path: Path) -> None:
    with open_engine(tmp_path / "work") as engine:
        validated = read_export(engine, grown.folder, tmp_path, grown.as_of)

    assert validated.report.faults() == []
    assert validated.held_back == 0


def test_sales_of_the_last_days_are_reported_but_for_the_late(grown: Grown) -> None:
    told = _number(grown, "COUNT(DISTINCT sale_id)", "sales")
    newest = _number(grown, "MAX(epoch_us(ordered_at))", "sales")
    keys = _number(grown, "COUNT(DISTINCT (sale_id, content_id, product_id))", "sales")

    assert newest > grown.as_of - MICROSECONDS_PER_DAY
    assert told == keys > 100


def test_each_morning_adds_what_was_not_known_the_morning_before(grown: Grown) -> None:
    def instant(which: str, day: int) -> int:
        file = grown.folder / "sales" / f"{day:05d}.parquet"
        with duckdb.connect() as connection:
            found = connection.execute(f"SELECT {which}(epoch_us(updated_at)) FROM read_parquet('{file}')")
            return int(found.fetchall()[0][0])

    morning = grown.market.clock.start + WARM_UP * MICROSECONDS_PER_DAY

    assert instant("MAX", WARM_UP) < morning <= instant("MIN", WARM_UP + 1)


def test_the_catalog_is_that_of_the_morning(tmp_path: Path) -> None:
    market = Market(MarketSettings(SMALL, 1))
    feed = Feed(tmp_path / "export", market)
    creators, products = market.stage.creators, market.stage.products
    as_of = feed.write()
    morning = Grown(market, feed.folder, as_of)

    assert _number(morning, "COUNT(*)", "creators") == (creators.joined_day < 1).sum() < SMALL.creators
    listed = products.listed_day <= 1
    assert _number(morning, "COUNT(*)", "products") == listed.sum() < SMALL.products
    # What closes later is still on sale.
    still = _number(morning, "COUNT(*) FILTER (is_active)", "products")
    assert still == (listed & (products.closed_day > 1)).sum()

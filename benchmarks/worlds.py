"""`python -m benchmarks.worlds OUT`: is what is told true, and do lists earn, in many simulated worlds?

In each world creators are left to themselves for `FIRST_NIGHT` days; then a night trains, and its lists are
shown, logged and followed by a tenth of the links for four weeks, until a second night. Both releases are
asked for everybody's 20 products by the code that serves, whether or not the gate lets them be served. What
is told of a pair is held against `benchmarks.promotion`. In the shown lists places 10 and 20 are drawn evenly
from what the creator may link; nothing else is explored.

`OUT/worlds/NAME.json` holds the figures of a world, and a world that is there is not run again;
`OUT/worlds.json` all of them, `OUT/worlds.md` a table, `OUT/worlds.png` a plot.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.feed import Feed
from benchmarks.market import Market, MarketSettings
from benchmarks.promotion import HORIZON_DAYS, prospects
from benchmarks.served import Served, served_lists, simple_lists
from benchmarks.worlds_figures import Earning, Room, Telling, begun_promotions, earning, telling
from benchmarks.worlds_report import plot_worlds, report
from recsys.arrays import Bool, Float64, Int64
from recsys.errors import RecsysError
from recsys.release.reader import open_release
from recsys.release.store import ReleaseStore
from serving.loaded import LoadedRelease
from serving.objectives import Objective
from training.nightly import NightOptions, run_night
from training.simulation.lists import Impressions
from training.simulation.settings import SimulationSettings
from training.simulation.truth import WEEK_DAYS
from training.simulation.worlds import RANDOM, WORLDS, differences, world_settings

SIZE: Final = SimulationSettings(creators=2_000, products=600)
RANDOM_SEEDS: Final = range(101, 111)
FIRST_NIGHT: Final = 62
SECOND_NIGHT: Final = 90
FOLLOW: Final = 0.1
EXPLORED: Final = (9, 19)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.worlds", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for figures, table and plot")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=names(), help="some worlds")
    parser.add_argument("--creators", type=int, default=SIZE.creators)
    parser.add_argument("--products", type=int, default=SIZE.products)
    given = parser.parse_args(arguments)
    out: Path = given.out
    size = replace(SIZE, creators=given.creators, products=given.products)
    folder = out / "worlds"
    folder.mkdir(parents=True, exist_ok=True)
    for name in given.only or names():
        path = folder / f"{name}.json"
        if not path.exists():
            try:
                found = run_world(name, size, folder / f"{name}.work")
            except RecsysError as error:
                found = {"error": str(error)}
            path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        print(f"{name}: {path.read_text(encoding='utf-8')}", flush=True)
    every = {
        name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in names()
        if (folder / f"{name}.json").exists()
    }
    (out / "worlds.json").write_text(json.dumps(every, indent=2) + "\n", encoding="utf-8")
    text = report(every)
    (out / "worlds.md").write_text(text, encoding="utf-8")
    plot_worlds(every).savefig(out / "worlds.png", dpi=120)
    print(text)
    return 0


def names() -> list[str]:
    """All worlds of the benchmark: those with a name, and the random ones by their seed."""
    return [*WORLDS, *(f"{RANDOM}-{seed}" for seed in RANDOM_SEEDS)]


def settings_of(name: str, size: SimulationSettings) -> SimulationSettings:
    """The settings of one of `names`."""
    world, _, seed = name.partition("-")
    return world_settings(world, replace(size, seed=int(seed)) if seed else size)


def run_world(name: str, size: SimulationSettings, folder: Path) -> dict[str, object]:
    """Both nights of a world and what they came to; working files lie in `folder` and go afterwards."""
    begun = time.perf_counter()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    span = SECOND_NIGHT + WEEK_DAYS + HORIZON_DAYS
    world = replace(settings_of(name, size), days=span)
    market = Market(MarketSettings(world, warm_up_days=FIRST_NIGHT, follow=FOLLOW))
    feed = Feed(folder / "export", market)
    served = served_lists(_night(feed, market, folder / "home"))
    first = telling(served, prospects(market), _cold(market), seed=world.seed)
    _follow(market, feed, served)
    release = _night(feed, market, folder / "home")
    served, truth = served_lists(release), prospects(market)
    second = telling(served, truth, _cold(market), seed=world.seed)
    alone = served_lists(release, Objective.EARNINGS if served.told else None)
    simple, room = simple_lists(release), Room.of(market)
    earned = earning(served, alone, simple, truth, _informed(market), _allowed(market), room)
    lists = np.full((world.creators, served.products.shape[1]), -1, dtype=np.int64)
    chosen = begun_promotions(market.fork(0.0), release, truth, lists)
    lists[served.creators] = served.products
    followed = begun_promotions(market.fork(1.0), release, truth, lists)
    shutil.rmtree(folder)
    return {
        **_figures(first, second, earned),
        "chosen": asdict(chosen),
        "followed": asdict(followed),
        "world": differences(world),
        "seconds": round(time.perf_counter() - begun),
    }


def _night(feed: Feed, market: Market, home: Path) -> LoadedRelease:
    """The release of the market's morning, loaded as the service loads it."""
    as_of = feed.write()
    result = run_night(NightOptions(data=feed.folder, home=home, as_of=as_of, prepared=0), lambda _: None)
    release = ReleaseStore(home).releases / result.release_id
    return LoadedRelease.of(open_release(release))


def _follow(market: Market, feed: Feed, served: Served) -> None:
    """Four weeks in which a tenth of the links follow these lists, which are logged every week."""
    rng = np.random.default_rng(market.settings.world.seed)
    while market.day < SECOND_NIGHT:
        if (market.day - FIRST_NIGHT) % WEEK_DAYS == 0:
            lists, chance = _shown(rng, market, served)
            feed.show(Impressions.of_lists(market.day, lists, chance))
        feed.tell(market.advance(lists))


def _shown(rng: np.random.Generator, market: Market, served: Served) -> tuple[Int64, Float64]:
    """Lists of all creators by number with the chance of each place; without what was linked meanwhile."""
    n_creators, n_products = market.promoted.shape
    k = served.products.shape[1]
    lists, chance = np.full((n_creators, k), -1, dtype=np.int64), np.ones((n_creators, k))
    lists[served.creators] = served.products
    rows = np.arange(n_creators)[:, None]
    allowed = _allowed(market)
    lists[~allowed[rows, np.maximum(lists, 0)]] = -1
    for place in EXPLORED:
        free: Bool = allowed.copy()
        kept = np.nonzero((lists >= 0) & (np.arange(k) != place))
        free[kept[0], lists[kept]] = False
        keys = np.where(free, rng.random((n_creators, n_products)), -1.0)
        some = free.any(axis=1)
        lists[:, place] = np.where(some, keys.argmax(axis=1), -1)
        chance[:, place] = 1.0 / np.maximum(free.sum(axis=1), 1)
    return lists, chance


def _allowed(market: Market) -> Bool:
    allowed = market.linkable() & market.joined[:, None] & ~market.promoted
    return np.asarray(allowed, dtype=np.bool_)


def _cold(market: Market) -> Bool:
    return np.asarray(~market.promoted.any(axis=1), dtype=np.bool_)


def _informed(market: Market) -> Float64:
    """The commission of every pair as one expects who knows all but what is each pair's own."""
    truth = market.stage.truth
    known = replace(truth, rates=replace(truth.rates, own_taste=0.0))
    return prospects(market, known).commission


def _figures(first: Telling, second: Telling, earned: Earning) -> dict[str, object]:
    return {
        "told_over_true": second.told_over_true,
        "told_over_true_first_night": first.told_over_true,
        "told_over_true_cold": second.cold,
        "fifths": second.fifths,
        "top5": second.top5,
        "coverage80": second.coverage80,
        "coverage80_first_night": first.coverage80,
        **asdict(earned),
        "places": second.places,
    }


if __name__ == "__main__":
    sys.exit(main())

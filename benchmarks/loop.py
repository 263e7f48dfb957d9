"""`python -m benchmarks.loop OUT`: policies side by side in a market that learns from what they recommend.

Each policy has its own copy of one simulated market. After a warm-up of `WARM_UP_DAYS` in which creators
choose by themselves, it gives every creator a list of 20 each night, made from the export as known by then;
creators follow it with noise (`MarketSettings`), viewers buy by the hidden truth, and the next night trains
on that. Judged are the contents posted on the nights, by what their sales earn in the end. Lists hold
nothing that the creator has linked before, under every policy. Copies of one seed share everything but the
policy and the viewers' chance.

What the hidden truth holds is the simulation's and not chosen here. Chosen are how creators take to lists
(`MarketSettings`) and the size of the market: as many products as creators. In a catalog of 300, with lists
of 20, active creators have soon promoted what is best for them, and even the oracle earns only 1.6 times as
much as the best simple policy.

`cleared` ranks by earnings less what a place takes from the others who follow, in a world where sales fall
with each: `--world crowded --only ours cleared`.

`OUT/loop.json` holds the figures, `OUT/loop.md` a table and `OUT/loop.png` how commission accumulates; those
of a `--world` have its name.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

from benchmarks.episode import Episode, run_episode
from benchmarks.launch import Launches, find_launches
from benchmarks.loop_report import Outcome, figures, plot_commission, report
from benchmarks.market import Market, MarketSettings
from benchmarks.policies import ByCommission, ByPopularity, Oracle, Organic, Policy
from benchmarks.trained import Trained, affinity, earnings, net_earnings
from recsys.errors import RecsysError
from training.simulation.settings import SimulationSettings
from training.simulation.worlds import RANDOM, WORLDS, world_settings

WARM_UP_DAYS: Final = 60
MARKET: Final = SimulationSettings(creators=1_000, products=1_000)
FIRST_SEED: Final = 7
PLAIN: Final = "default"

MakePolicy: TypeAlias = Callable[[Market], Policy]

POLICIES: Final[Mapping[str, MakePolicy]] = {
    "organic": lambda _: Organic(),
    "popularity": lambda _: ByPopularity(),
    "commission": lambda _: ByCommission(),
    "cf": lambda _: Trained(affinity),
    "ours": lambda _: Trained(earnings, with_windows=True),
    "cleared": lambda _: Trained(net_earnings, with_windows=True),
    "oracle": lambda market: Oracle(market.stage.truth),
}
"""A new policy for a market."""
# In the plain market nothing saturates, so that cleared lists are ours.
USUAL: Final = tuple(name for name in POLICIES if name != "cleared")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loop", description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for figures, table and plot")
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--world", choices=(*WORLDS, RANDOM), default=PLAIN)
    parser.add_argument("--only", nargs="+", metavar="POLICY", choices=POLICIES, default=USUAL)
    parser.add_argument("--size", type=int, help="creators, and as many products")
    given = parser.parse_args(arguments)
    if given.nights < 1 or given.seeds < 1:
        parser.error("--nights and --seeds must be at least 1")
    out: Path = given.out
    try:
        seeds = range(FIRST_SEED, FIRST_SEED + given.seeds)
        market = MARKET if given.size is None else replace(MARKET, creators=given.size, products=given.size)
        if given.world != PLAIN:
            market = world_settings(given.world, market)
        policies = {name: POLICIES[name] for name in given.only}
        outcomes = compare(out / "loop", given.nights, seeds, policies, market)
    except RecsysError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    found = figures(outcomes)
    name = "loop" if given.world == PLAIN else f"loop-{given.world}"
    (out / f"{name}.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    text = report(outcomes)
    (out / f"{name}.md").write_text(text, encoding="utf-8")
    plot_commission(outcomes).savefig(out / f"{name}.png", dpi=120)
    print(text)
    return 0


def compare(
    work: Path,
    nights: int,
    seeds: Sequence[int],
    policies: Mapping[str, MakePolicy],
    market: SimulationSettings,
) -> dict[str, Outcome]:
    """One episode for each policy and seed, by policy; working files lie under `work`, which begins anew."""
    shutil.rmtree(work, ignore_errors=True)
    runs: dict[str, list[tuple[Episode, Launches]]] = {name: [] for name in policies}
    for seed in seeds:
        for name, make in policies.items():
            folder = work / f"{name}-{seed}"
            folder.mkdir(parents=True)
            runs[name].append(_run(make, market_settings(market, nights, seed), folder))
            shutil.rmtree(folder)
            episode = runs[name][-1][0]
            print(f"seed {seed}: {name} {episode.total:,.0f} in {episode.seconds.sum():.0f} s", flush=True)
    return {
        name: Outcome(tuple(episode for episode, _ in both), tuple(launches for _, launches in both))
        for name, both in runs.items()
    }


def market_settings(market: SimulationSettings, nights: int, seed: int) -> MarketSettings:
    """The market of one seed, with so many nights after the warm-up."""
    span = WARM_UP_DAYS + nights
    return MarketSettings(replace(market, days=span, seed=seed), warm_up_days=WARM_UP_DAYS)


def _run(make: MakePolicy, settings: MarketSettings, folder: Path) -> tuple[Episode, Launches]:
    market = Market(settings)
    policy = make(market)
    episode = run_episode(policy, market, folder)
    return episode, find_launches(market.stage.truth, episode, settings.warm_up_days)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m benchmarks.together OUT`: are plans near the best there is, and lists right together?

Figures go to `OUT/market.json` as each part is done, all of them as a table to `OUT/market.md`. With `--only`
some parts are run, and the figures of the others stay as they are. Part `plan_ciao` needs Ciao's `trust.tsv`.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from benchmarks.clearing_markets import best_in_parts, full_size_market, random_market, saturating_market
from benchmarks.crowding import CASES, found_crowds
from benchmarks.data import MissingDataError, find_data, find_dataset
from benchmarks.followed import lists_followed
from benchmarks.plan_cases import exact_worth, large, small_case, trust
from benchmarks.sample_requests import requests_in_simulation
from benchmarks.tables import table
from recsys.clearing.clear import clear
from recsys.clearing.prices import wanted
from recsys.errors import UsageError
from recsys.plan.greedy import choose
from recsys.plan.limits import Limits

REQUESTS_SEEDS: Final = (31, 32, 33)
FOLLOWED_SEEDS: Final = (41, 42, 43)


Figures: TypeAlias = dict[str, float]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts; answers the exit code, 3 where the data is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.together", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for figures and working files")
    parser.add_argument("--only", nargs="+", metavar="PART", choices=PARTS, default=tuple(PARTS))
    given = parser.parse_args(arguments)
    out: Path = given.out
    out.mkdir(parents=True, exist_ok=True)
    try:
        if "plan_ciao" in given.only:
            _ciao()
        figures = _all_parts(out, given.only)
    except MissingDataError as error:
        print(error, file=sys.stderr)
        return 3
    rows = [(part, name, f"{value:,.4g}") for part, found in figures.items() for name, value in found.items()]
    report = "\n".join(table(("part", "figure", "value"), rows))
    print(report)
    (out / "market.md").write_text(report + "\n", encoding="utf-8")
    return 0


def _all_parts(out: Path, asked: Sequence[str]) -> dict[str, Figures]:
    """The figures of parts that are asked for, beside those that are there; each is kept once it is known."""
    kept = out / "market.json"
    found: dict[str, Figures] = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    for name in asked:
        print(name, flush=True)
        found[name] = PARTS[name](out)
        found = {part: found[part] for part in PARTS if part in found}
        kept.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return found


def _ciao() -> Path:
    return find_dataset(find_data(None, os.environ), "ciao", ("trust.tsv",)) / "trust.tsv"


def plans_against_the_optimum(cases: int) -> Figures:
    """Worth of the plan over that of the integer program."""
    ratios = []
    for seed in range(cases):
        coverage, limits = small_case(seed)
        best = exact_worth(coverage, limits)
        try:
            found = choose(coverage, limits)
        except UsageError:
            if best is not None:
                ratios.append(0.0)
            continue
        ratios.append(found.worth / best if best else 1.0)
    return {"cases": float(len(ratios)), "mean": float(np.mean(ratios)), "least": float(np.min(ratios))}


def plans_on_trust(path: Path, samples: Sequence[int]) -> Figures:
    """People reached by the plan over those reached by as many of the most trusted."""
    coverage = trust(path)
    sizes = np.diff(coverage.audiences.starts)
    largest = np.argsort(-sizes, kind="stable").astype(np.int32)
    return {
        f"reach_at_{n}_over_top": choose(coverage, Limits(n, np.ones(len(coverage)))).worth
        / coverage.worth(largest[:n])
        for n in samples
    }


def plan_of_full_size() -> Figures:
    """Seconds and the peak memory of this process, in GB."""
    coverage = large(seed=0)
    begin = time.perf_counter()
    chosen = choose(coverage, Limits(1_000, np.ones(len(coverage))))
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    return {
        "pairs": float(len(coverage.audiences.members)),
        "chosen": float(len(chosen.candidates)),
        "seconds": seconds,
        "peak_gb": peak,
    }


def clearing_against_lp(markets: int) -> Figures:
    """Worth of the lists over that of the linear programme, and by how much a capacity is passed at most."""
    ratios, over = [], []
    for seed in range(markets):
        market = random_market(seed)
        cleared = clear(market)
        ratios.append(cleared.worth / best_in_parts(market))
        over.append(float((market.load(cleared.chosen) / market.capacity - 1.0).max()))
    return {
        "markets": float(markets),
        "mean": float(np.mean(ratios)),
        "least": float(np.min(ratios)),
        "most_over_capacity": max(max(over), 0.0),
    }


def clearing_of_full_size() -> Figures:
    """Seconds, the peak memory of this process in GB, and by how much a capacity is passed at most."""
    market = full_size_market(seed=0)
    begin = time.perf_counter()
    cleared = clear(market)
    seconds = time.perf_counter() - begin
    over = float((market.load(cleared.chosen) / market.capacity - 1.0).max())
    return {
        "candidates": float((market.products >= 0).sum()),
        "listed": float(cleared.chosen.sum()),
        "seconds": seconds,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9,
        "most_over_capacity": max(over, 0.0),
    }


def clearing_a_crowd() -> Figures:
    """What is earned when all follow at once, against lists as if alone, over three markets."""
    found = []
    for seed in (5, 6, 7):
        market = saturating_market(seed)
        alone = wanted(market.values, market.places)
        cleared = clear(market)
        before, after = market.promoters(alone), market.promoters(cleared.chosen)
        found.append(
            {
                "earned_over_alone": cleared.worth / market.worth(alone),
                "share_of_lists_before": float(before.max()) / len(market.products),
                "share_of_lists_after": float(after.max()) / len(market.products),
                "products_before": float((before > 0).sum()),
                "products_after": float((after > 0).sum()),
            }
        )
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}


PARTS: Final[Mapping[str, Callable[[Path], Figures]]] = {
    "plan_exact": lambda _: plans_against_the_optimum(100),
    "plan_ciao": lambda _: plans_on_trust(_ciao(), (10, 50, 100, 500, 1_000)),
    "plan_large": lambda _: plan_of_full_size(),
    "clearing_lp": lambda _: clearing_against_lp(50),
    "clearing_saturating": lambda _: clearing_a_crowd(),
    "clearing_large": lambda _: clearing_of_full_size(),
    "sample_requests": lambda out: requests_in_simulation(REQUESTS_SEEDS, out / "requests.work"),
    "lists_followed": lambda out: lists_followed(FOLLOWED_SEEDS, out / "followed.work"),
    "crowd_halves_at": lambda out: found_crowds(CASES, out / "crowds.work"),
}
"""Figures by their name, of the folder for working files."""


if __name__ == "__main__":
    sys.exit(main())

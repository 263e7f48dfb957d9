"""`python -m benchmarks.temporal OUT`: the recipe against tuned peers on the temporal splits of real data.

The tables go to `OUT/temporal.md`. What is tuned is tuned on the horizon before the test, each peer with as
many trials as the recipe; the test is judged once.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from benchmarks.command import run_command
from benchmarks.contest import Contest, Split, run_contest
from benchmarks.convert import CONVERTERS
from benchmarks.data import find_data, find_dataset
from benchmarks.held_out import read_held_out
from benchmarks.tables import figure_text, gain_text, table
from features.settings import MarketplaceSettings
from recsys.evaluation import ALL
from recsys.split import DAY_US
from training.inputs import open_night
from training.judgement import RECIPE, K

RETAILROCKET: Final = "retailrocket"


@dataclass(frozen=True, slots=True)
class Source:
    """Which split of which export: the last horizon, or with `test_buy` the held-out purchases."""

    name: str
    export: Path
    home: Path
    test_buy: Path | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit code, that of the converters where the data is missing."""
    return run_command("temporal", __doc__, _sections, arguments)


def section(contest: Contest) -> str:
    """The part of the report on one split."""
    return "\n".join(
        [
            f"### {contest.name}",
            "",
            f"{contest.about} {contest.n_test:,} creators judged, {contest.n_validation:,} to choose on.",
            "",
            *_models(contest),
            "",
            *_segments(contest),
            "",
            "Chosen:",
            "",
            *(f"- {model}: {parameters}" for model, parameters in contest.chosen.items()),
            "",
        ]
    )


def _sections(out: Path) -> Iterator[str]:
    sources = _sources(out)
    # A process each: what one split needs of memory is given back before the next begins.
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), max_tasks_per_child=1) as processes:
        yield from processes.map(_run, sources)


def _sources(out: Path) -> list[Source]:
    homes = out / "temporal"
    data = find_dataset(find_data(None, os.environ), RETAILROCKET, CONVERTERS[RETAILROCKET].files)
    last_horizon = [Source(name, out / "exports" / name, homes / name) for name in CONVERTERS]
    held_out = Source("held-out", out / "exports" / RETAILROCKET, homes / "held-out", data / "test_buy.tsv")
    return [*last_horizon, held_out]


def _run(source: Source) -> str:
    contest = run_contest(_read(source), lambda model: print(f"{source.name}: {model}", flush=True))
    text = section(contest)
    # Minutes of work each: what is done stays, whatever becomes of the other splits.
    (source.home / "section.md").write_text(text, encoding="utf-8")
    return text


def _read(source: Source) -> Split:
    if source.test_buy:
        return read_held_out(source.export, source.test_buy, source.home)
    settings = MarketplaceSettings.beside(source.export)
    with open_night(source.export, source.home, settings, None) as night:
        days = (night.split.as_of - night.split.cutoff) / DAY_US
        about = f"First sales of the last {days:g} days. Chosen on the horizon before it."
        return Split(source.name, about, night.validation(), night.test())


def _models(contest: Contest) -> list[str]:
    header = ["model", f"NDCG@{K} (95 %)", f"recall@{K}", f"recipe less this model, paired, NDCG@{K} (95 %)"]
    rows = [
        [
            model,
            figure_text(contest.figure(model, ALL, "ndcg")),
            f"{contest.figure(model, ALL, 'recall').value:.4f}",
            "" if model == RECIPE else gain_text(contest.recipe_less(model)),
        ]
        for model in contest.evaluations
    ]
    return table(header, rows)


def _segments(contest: Contest) -> list[str]:
    header = ["segment", "creators", *(f"{model} NDCG@{K}" for model in contest.evaluations)]
    rows = [
        [
            segment,
            f"{contest.figure(RECIPE, segment, 'ndcg').n:,}",
            *(figure_text(contest.figure(model, segment, "ndcg")) for model in contest.evaluations),
        ]
        for segment in contest.segments()
    ]
    return table(header, rows)


if __name__ == "__main__":
    sys.exit(main())

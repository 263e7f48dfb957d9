"""`python -m benchmarks.cold OUT`: how well the recipe serves creators and products without history.

All history of a tenth of the creators, then of a tenth of the products, is hidden; what they sold is to be
ranked high. The recipe's parameters are chosen on items hidden from what is left. The tables go to
`OUT/cold.md`.
"""

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.cold_limit import attribute_limit
from benchmarks.cold_start import hide_creators, hide_products
from benchmarks.command import run_command
from benchmarks.known import read_known
from benchmarks.tables import interval_text, table
from features.build import FeatureSet
from recsys.blas import single_threaded
from recsys.bootstrap import Interval, mean_interval
from recsys.evaluation import EvaluationTask, evaluate
from recsys.models.contract import Recommender, TrainingData
from recsys.models.popularity import Popularity
from training.benchmark.hidden import choose_on_hidden
from training.judgement import K
from training.simulation.export import simulate
from training.simulation.settings import SimulationSettings
from training.simulation.truth_files import read_truth

SIMULATED: Final = "simulated"
# Larger than the default, of which a tenth of the products would nearly fit into one list.
MARKET: Final = SimulationSettings(creators=4_000, products=2_000)
SHARE: Final = 0.1
SEED: Final = 0
HEADER: Final = (
    "hidden",
    "creators",
    f"recipe NDCG@{K}",
    f"popularity NDCG@{K}",
    "ratio",
    "difference, paired",
)


@dataclass(frozen=True, slots=True)
class Case:
    """What was hidden, what is left to learn from, and what is asked."""

    name: str
    data: TrainingData
    task: EvaluationTask


@dataclass(frozen=True, slots=True)
class Result:
    """Mean NDCG of the recipe and of popularity, and their paired difference."""

    case: str
    n_creators: int
    recipe: Interval
    popularity: Interval
    difference: Interval

    def cells(self) -> Sequence[str]:
        """One row of the report."""
        ratio = f"{self.recipe.mean / self.popularity.mean:.2f}" if self.popularity.mean else "–"
        return (
            self.case,
            f"{self.n_creators:,}",
            interval_text(self.recipe),
            interval_text(self.popularity),
            ratio,
            interval_text(self.difference),
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit code, that of the converters where the data is missing."""
    return run_command("cold", __doc__, _sections, arguments)


def cases(data: TrainingData, features: FeatureSet) -> Iterator[Case]:
    """New creators, creators with two products, new products among each other."""
    sold = features.sold_units
    yield Case("creators, all history", *hide_creators(data, sold, SHARE, seed=SEED))
    yield Case("creators, all but two products", *hide_creators(data, sold, SHARE, kept=2, seed=SEED))
    yield Case("products, all history", *hide_products(data, sold, SHARE, seed=SEED))


def judge(case: Case) -> Result:
    """Choose the recipe on items hidden from what is left, fit it, and judge it beside popularity."""
    recipe = _values(choose_on_hidden(case.data, with_profile=True, seed=SEED), case)
    popularity = _values(Popularity(), case)
    return Result(
        case.name,
        len(case.task.rows),
        mean_interval(recipe, SEED),
        mean_interval(popularity, SEED),
        mean_interval(recipe - popularity, SEED),
    )


def _values(model: Recommender, case: Case) -> np.ndarray:
    values = evaluate(model.name, model.fit(case.data), case.task, ks=(K,), seed=SEED).values
    return values[f"ndcg@{K}"]


def _sections(out: Path) -> Iterator[str]:
    shop = out / "cold" / SIMULATED
    if not shop.exists():
        simulate(shop, MARKET)
    exports = {SIMULATED: shop} | {name: out / "exports" / name for name in ("retailrocket", "ciao")}
    for name, export in exports.items():
        yield _section(name, export, out / "cold" / "homes" / name)


def _section(name: str, export: Path, home: Path) -> str:
    # A new home, so that it holds the quarantine of this export alone.
    shutil.rmtree(home, ignore_errors=True)
    features = read_known(export, home).features
    hidden = list(cases(features.training_data, features))
    with single_threaded():
        results = [judge(case) for case in hidden]
        remarks = [_limit(hidden[0], results[0], features, export)] if name == SIMULATED else []
    rows = [result.cells() for result in results]
    return "\n".join([f"### {name}", "", *table(HEADER, rows), "", *remarks])


def _limit(case: Case, result: Result, features: FeatureSet, export: Path) -> str:
    limit = attribute_limit(case.data, case.task, features, read_truth(export / "truth"))
    return (
        f"At most {limit:.4f} ({limit / result.popularity.mean:.2f} times popularity) can be had from the "
        "attributes of creators without history, were the true tastes of their like known.\n"
    )


if __name__ == "__main__":
    sys.exit(main())

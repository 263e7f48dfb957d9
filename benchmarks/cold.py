"""`python -m benchmarks.cold OUT`: how well the recipe serves creators and products without history.

All history of a tenth of the creators, then of a tenth of the products, is hidden; what they sold is to be
ranked high. The recipe's parameters are chosen on items hidden from what is left. The tables go to
`OUT/cold.md`.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.convert import ensure_exports
from benchmarks.tables import table
from features.build import FeatureSet, build_features
from features.engine import open_engine
from features.settings import MarketplaceSettings
from recsys.blas import single_threaded
from recsys.bootstrap import Interval, mean_interval
from recsys.errors import RecsysError
from recsys.evaluation import EvaluationTask, evaluate
from recsys.holdout import hide_creators, hide_products, hold_out
from recsys.models.contract import Recommender, TrainingData
from recsys.models.popularity import Popularity
from recsys.models.recipe import default_recipe
from recsys.search import search
from recsys.tuning import MOST_CREATORS
from training.inputs import read_export
from training.judgement import K
from training.simulation.export import simulate
from training.simulation.settings import SimulationSettings

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
            _text(self.recipe),
            _text(self.popularity),
            ratio,
            _text(self.difference),
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit code, that of the converters where the data is missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cold", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for exports and tables")
    out: Path = parser.parse_args(arguments).out
    if code := ensure_exports(out / "exports"):
        return code
    shop = out / "cold" / SIMULATED
    if not shop.exists():
        simulate(shop, MARKET)
    exports = {SIMULATED: shop} | {name: out / "exports" / name for name in ("retailrocket", "ciao")}
    try:
        sections = [_section(name, export, out / "cold" / "homes" / name) for name, export in exports.items()]
    except RecsysError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    report = "\n".join(sections)
    (out / "cold.md").write_text(report, encoding="utf-8")
    return 0


def cases(data: TrainingData, features: FeatureSet) -> Iterator[Case]:
    """New creators, creators with two products, new products among each other."""
    sold = features.sold_units
    yield Case("creators, all history", *hide_creators(data, sold, SHARE, seed=SEED))
    yield Case("creators, all but two products", *hide_creators(data, sold, SHARE, kept=2, seed=SEED))
    yield Case("products, all history", *hide_products(data, sold, SHARE, seed=SEED))


def judge(case: Case) -> Result:
    """Choose the recipe on items hidden from what is left, fit it, and judge it beside popularity."""
    recipe = _values(_chosen(case.data), case)
    popularity = _values(Popularity(), case)
    return Result(
        case.name,
        len(case.task.rows),
        mean_interval(recipe, SEED),
        mean_interval(popularity, SEED),
        mean_interval(recipe - popularity, SEED),
    )


def _chosen(data: TrainingData) -> Recommender:
    left, task = hold_out(data, MOST_CREATORS, seed=SEED)
    recipe = default_recipe(len(data.rows), data.n_products, with_content=True, seed=SEED)
    return search(recipe, left, task, seed=SEED).blend


def _values(model: Recommender, case: Case) -> np.ndarray:
    values = evaluate(model.name, model.fit(case.data), case.task, ks=(K,), seed=SEED).values
    return values[f"ndcg@{K}"]


def _section(name: str, export: Path, home: Path) -> str:
    features = read_features(export, home)
    with single_threaded():
        rows = [judge(case).cells() for case in cases(features.training_data, features)]
    text = "\n".join([f"### {name}", "", *table(HEADER, rows), ""])
    print(text, flush=True)
    return text


def read_features(export: Path, home: Path) -> FeatureSet:
    """Features of all that an export holds; `home` is for working files and begins anew."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    settings = MarketplaceSettings.beside(export)
    with open_engine(home / "work") as engine:
        validated = read_export(engine, export, home, None)
        validated.report.require(settings.allowed_bad_share)
        return build_features(engine, settings, validated.as_of)


def _text(interval: Interval) -> str:
    return f"{interval.mean:.4f} ({interval.low:.4f} … {interval.high:.4f})"


if __name__ == "__main__":
    sys.exit(main())

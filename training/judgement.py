"""How the recipe and its peers did on the test horizon."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from recsys.bootstrap import Interval, mean_interval
from recsys.evaluation import ALL, EvaluationTask, Figure, evaluate
from recsys.models.blend import Blend
from recsys.models.contract import Scorer, TrainingData
from recsys.models.popularity import Popularity

KS = (5, 10, 20)
K = 20
BASELINE = "popularity"
RECIPE = "recipe"


@dataclass(frozen=True, slots=True)
class Judgement:
    """All figures, and the paired difference in NDCG@20 between the recipe and popularity."""

    figures: tuple[Figure, ...]
    over_popularity: Interval
    n_creators: int

    def figure(self, model: str, segment: str, metric: str, k: int) -> Figure:
        """One figure; raises `StopIteration` where it was not taken."""
        return next(
            f for f in self.figures if (f.model, f.segment, f.metric, f.k) == (model, segment, metric, k)
        )

    def metrics(self) -> dict[str, float]:
        """Every figure that exists, by `model/segment/metric_at_k`, for a manifest and for MLflow."""
        named = {
            f"{f.model}/{f.segment.replace(' ', '_')}/{f.metric}_at_{f.k}{suffix}": value
            for f in self.figures
            for suffix, value in (("", f.value), ("_low", f.low), ("_high", f.high))
        }
        named |= {
            f"recipe_over_popularity/all/ndcg_at_{K}{suffix}": value
            for suffix, value in (
                ("", self.over_popularity.mean),
                ("_low", self.over_popularity.low),
                ("_high", self.over_popularity.high),
            )
        }
        return {name: value for name, value in named.items() if isfinite(value)}


def judge_models(recipe: Blend, data: TrainingData, task: EvaluationTask, seed: int) -> Judgement:
    """Fit the recipe and popularity on what was known at the cutoff and judge them, and every part alone."""
    fitted = recipe.fit(data)
    scorers: Sequence[tuple[str, Scorer]] = (
        (RECIPE, fitted),
        (BASELINE, Popularity().fit(data)),
        *zip((part.name for part in (*recipe.parts, recipe.prior)), fitted.parts, strict=True),
    )
    evaluations = {name: evaluate(name, scorer, task, ks=KS, seed=seed) for name, scorer in scorers}
    key = f"ndcg@{K}"
    difference = evaluations[RECIPE].values[key] - evaluations[BASELINE].values[key]
    return Judgement(
        tuple(figure for evaluation in evaluations.values() for figure in evaluation.figures),
        mean_interval(difference, seed),
        len(difference),
    )


def segments_of(judgement: Judgement) -> list[str]:
    """Names of the segments, `all` first."""
    return list(dict.fromkeys([ALL, *(figure.segment for figure in judgement.figures)]))

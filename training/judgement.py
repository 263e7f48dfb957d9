"""How the recipe and its peers did on the test horizon."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

from recsys.bootstrap import Interval, mean_interval
from recsys.evaluation import ALL, EvaluationTask, Figure, evaluate
from recsys.models.blend import Blend, BlendScorer
from recsys.models.contract import Scorer, TrainingData
from recsys.models.popularity import Popularity

KS = (5, 10, 20)
K = 20
BASELINE = "popularity"
RECIPE = "recipe"
CHAMPION = "champion"


@dataclass(frozen=True, slots=True)
class Judgement:
    """All figures, and the paired difference in NDCG@20 between the recipe and popularity.

    `over_champion` is that to the choices of the champion, None where there are none to compare or they are
    the same.
    """

    figures: tuple[Figure, ...]
    over_popularity: Interval
    n_creators: int
    over_champion: Interval | None = None

    def figure(self, model: str, segment: str, metric: str, k: int) -> Figure:
        """One figure; raises `StopIteration` where it was not taken."""
        return next(
            f for f in self.figures if (f.model, f.segment, f.metric, f.k) == (model, segment, metric, k)
        )

    def metrics(self) -> dict[str, float]:
        """Every figure of the night's own models, by `model/segment/metric_at_k`, for manifest and MLflow."""
        own = (figure for figure in self.figures if figure.model != CHAMPION)
        return _existing(_by_name(own) | _over(BASELINE, self.over_popularity))

    def beside_champion(self) -> dict[str, float]:
        """The figures that depend on who is champion, for MLflow: a release must not."""
        if self.over_champion is None:
            return {}
        theirs = (figure for figure in self.figures if figure.model == CHAMPION)
        return _existing(_by_name(theirs) | _over(CHAMPION, self.over_champion))


def _by_name(figures: Iterable[Figure]) -> dict[str, float]:
    return {
        f"{f.model}/{f.segment.replace(' ', '_')}/{f.metric}_at_{f.k}{suffix}": value
        for f in figures
        for suffix, value in (("", f.value), ("_low", f.low), ("_high", f.high))
    }


def _over(rival: str, over: Interval) -> dict[str, float]:
    name = f"recipe_over_{rival}/all/ndcg_at_{K}"
    return {name: over.mean, f"{name}_low": over.low, f"{name}_high": over.high}


def _existing(named: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in named.items() if isfinite(value)}


def judge_models(
    recipe: Blend,
    fitted: BlendScorer,
    data: TrainingData,
    task: EvaluationTask,
    seed: int,
    champion: tuple[Scorer, EvaluationTask] | None = None,
) -> Judgement:
    """Judge the recipe as `fitted` on what was known at the cutoff, popularity, and every part alone.

    `champion` are its choices fitted likewise, and the same task with the rows that it would see.
    """
    scorers: Sequence[tuple[str, Scorer]] = (
        (RECIPE, fitted),
        (BASELINE, Popularity().fit(data)),
        *zip((part.name for part in (*recipe.parts, recipe.prior)), fitted.parts, strict=True),
    )
    evaluations = {name: evaluate(name, scorer, task, ks=KS, seed=seed) for name, scorer in scorers}
    if champion is not None:
        evaluations[CHAMPION] = evaluate(CHAMPION, *champion, ks=KS, seed=seed)

    def over(rival: str) -> Interval:
        key = f"ndcg@{K}"
        return mean_interval(evaluations[RECIPE].values[key] - evaluations[rival].values[key], seed)

    return Judgement(
        tuple(figure for evaluation in evaluations.values() for figure in evaluation.figures),
        over(BASELINE),
        len(evaluations[RECIPE].values[f"ndcg@{K}"]),
        None if champion is None else over(CHAMPION),
    )


def segments_of(judgement: Judgement) -> list[str]:
    """Names of the segments, `all` first."""
    return list(dict.fromkeys([ALL, *(figure.segment for figure in judgement.figures)]))

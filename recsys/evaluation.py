"""Judges scorers on what happened after the cutoff."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.arrays import CSR, Bool, Float64, Int64
from recsys.bootstrap import mean_intervals
from recsys.metrics import PER_CREATOR, coverage, find_hits, gini, recommended_counts
from recsys.models.contract import CreatorRows, Scorer
from recsys.models.recommend import recommend

ALL = "all"
# Of more creators a sample is judged: 10,000 tell an NDCG of .2 or .3 to within .006.
MOST_JUDGED = 10_000


@dataclass(frozen=True, slots=True)
class EvaluationTask:
    """What a scorer knew and what it should have ranked high.

    `rows` and `exclude` (products already sold, barred from the lists) are as of the cutoff, `relevant`
    stores the pairs that sold for the first time after it; all are creators × products. `creator_segments`
    and `product_segments` are masks by name; the latter restrict what counts as relevant, never the ranking.
    """

    rows: CreatorRows
    exclude: CSR
    relevant: CSR
    eligible: Bool
    creator_segments: Mapping[str, Bool]
    product_segments: Mapping[str, Bool]

    def judged(self) -> "EvaluationTask":
        """Only the creators with something relevant: no metric is defined on the others."""
        return self.only(np.flatnonzero(np.diff(self.relevant.indptr) > 0))

    def only(self, creators: Int64) -> "EvaluationTask":
        """The task of some of its creators, by position."""
        return EvaluationTask(
            self.rows[creators],
            self.exclude[creators],
            self.relevant[creators],
            self.eligible,
            {name: mask[creators] for name, mask in self.creator_segments.items()},
            self.product_segments,
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a report: `metric@k` of a model on a segment, with its interval over n creators."""

    model: str
    segment: str
    metric: str
    k: int
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of one model, and per-creator values by `metric@k` on the creators judged, for paired tests.

    `n_creators` is how many there were to judge: figures are of a sample where it exceeds what may be judged.
    """

    figures: tuple[Figure, ...]
    values: Mapping[str, Float64]
    n_creators: int


def evaluate(
    name: str,
    scorer: Scorer,
    task: EvaluationTask,
    *,
    ks: Sequence[int] = (5, 10, 20),
    seed: int = 0,
    most: int = MOST_JUDGED,
) -> Evaluation:
    """Rank once at the largest k and take every figure from these lists.

    `task` must be `judged()`: every creator with at least one relevant product. Of more than `most`
    creators a sample is drawn by the seed, the same for all models. Lists and hits are held, creators ×
    products of scores never are.
    """
    n_creators = len(task.rows)
    if n_creators > most:
        task = task.only(np.sort(np.random.default_rng(seed).permutation(n_creators)[:most]))
    ranking = recommend(scorer, task.rows, max(ks), exclude=task.exclude, eligible=task.eligible)
    hits = find_hits(ranking, task.relevant)
    figures: list[Figure] = []
    values: dict[str, Float64] = {}
    for segment, chosen, relevant_hits, n_relevant in _segments(task, hits, ranking.indices):
        per_creator = {
            (metric, k): function(relevant_hits[chosen], n_relevant[chosen], k)
            for metric, function in PER_CREATOR.items()
            for k in ks
        }
        intervals = mean_intervals(np.column_stack(list(per_creator.values())), seed)
        figures += [
            Figure(name, segment, metric, k, interval.mean, interval.low, interval.high, len(chosen))
            for (metric, k), interval in zip(per_creator, intervals, strict=True)
        ]
        if segment == ALL:
            values = {f"{metric}@{k}": column for (metric, k), column in per_creator.items()}
    for k in ks:
        counts = recommended_counts(ranking, k, scorer.n_products)[task.eligible]
        for metric, value in (("coverage", coverage(counts)), ("gini", gini(counts))):
            figures.append(Figure(name, ALL, metric, k, value, value, value, len(task.rows)))
    return Evaluation(tuple(figures), values, n_creators)


def _segments(
    task: EvaluationTask, hits: Bool, ranked: np.ndarray
) -> Iterator[tuple[str, Int64, Bool, Int64]]:
    """Name, creators that count, hits and number of relevant products of each segment."""
    n_relevant = np.diff(task.relevant.indptr).astype(np.int64)
    yield ALL, np.arange(len(n_relevant)), hits, n_relevant
    for name, mask in task.creator_segments.items():
        yield name, np.flatnonzero(mask), hits, n_relevant
    for name, mask in task.product_segments.items():
        n_inside = np.asarray(task.relevant.sign() @ mask.astype(np.float32)).astype(np.int64)
        yield name, np.flatnonzero(n_inside > 0), hits & mask[ranked], n_inside

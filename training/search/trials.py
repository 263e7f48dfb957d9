"""What everything is chosen by: trials judged on the same creators, and the rule by which a step is sure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np

from recsys.arrays import Bool, Float32, Float64, Int64
from recsys.evaluation import EvaluationTask
from recsys.metrics import find_hits, ndcg, recall
from recsys.models.contract import Scorer
from recsys.models.recommend import recommend

K: Final = 20
ENOUGH_CREATORS: Final = 50
# Of a horizon's creators no search judges more: time must not grow with them.
MOST_CREATORS: Final = 2_000
# Of all searches in which nothing is better than what was there, so many take a step.
CHANCE: Final = 0.05
FLIPS: Final = 4_000

Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True)
class Trial(Generic[Choice]):
    """What could be chosen, and its `worth` to each of the creators that all trials of a search share."""

    choice: Choice
    values: Float64

    @property
    def figure(self) -> float:
        """What is maximised."""
        return float(self.values.mean())


def some_creators(creators: Int64, seed: int) -> Int64:
    """At most `MOST_CREATORS` of them, drawn at random, in their order."""
    drawn = np.random.default_rng(seed).permutation(len(creators))[:MOST_CREATORS]
    return creators[np.sort(drawn)]


def worth(hits: Bool, n_relevant: Int64) -> Float64:
    """NDCG + recall at `K` of each creator, by `hits` (n × K) as in `recsys.metrics`."""
    total: Float64 = ndcg(hits, n_relevant, K) + recall(hits, n_relevant, K)
    return total


def worth_of(scorer: Scorer, task: EvaluationTask) -> Float64:
    """What a fitted model's lists are worth to each creator of a judged task."""
    ranking = recommend(scorer, task.rows, K, exclude=task.exclude, eligible=task.eligible)
    return worth(find_hits(ranking, task.relevant), np.diff(task.relevant.indptr).astype(np.int64))


def take_step(
    current: Trial[Choice], trials: Sequence[Trial[Choice]], *, chance: float = CHANCE
) -> Trial[Choice]:
    """The best of the trials that are surely better than `current`; where there is none, `current`."""
    sure = _surely_positive([trial.values - current.values for trial in trials], chance)
    better = [trial for trial, is_sure in zip(trials, sure, strict=True) if is_sure]
    return max((current, *better), key=lambda trial: trial.figure)


def near_best(trials: Sequence[Trial[Choice]]) -> list[Trial[Choice]]:
    """The best trial and all that it is not surely better than.

    Their mean is what such creators can say: where they tell nothing it is the middle of all that was tried,
    a few cannot elect an outlier, many thousand decide alone.
    """
    best = max(trials, key=lambda trial: trial.figure)
    worse = _surely_positive([best.values - trial.values for trial in trials], CHANCE)
    return [trial for trial, is_worse in zip(trials, worse, strict=True) if not is_worse]


def _surely_positive(differences: Sequence[Float64], chance: float) -> Bool:
    """Which differences (one value a creator) exceed what the greatest of so many would be by chance.

    A paired randomisation test with the maximum statistic (Westfall and Young 1993; Nichols and Holmes 2002):
    without a true difference each creator's could as well be its opposite. So signs are flipped at random, a
    creator's in all differences alike, and what is sure exceeds the greatest `sum / root of the sum of
    squares` of them all in all but a share `chance` of the flips.
    """
    if not differences:
        return np.zeros(0, dtype=np.bool_)
    values = np.array(differences)
    lengths = np.sqrt(np.square(values).sum(axis=1, keepdims=True))
    values /= np.where(lengths > 0, lengths, 1.0)
    by_chance = (_signs(values.shape[1]) @ values.T.astype(np.float32)).max(axis=1)
    bar = float(np.quantile(by_chance, 1 - chance, method="higher"))
    # A difference of one creator alone equals that of half the flips, but for rounding.
    sure: Bool = values.sum(axis=1) > max(bar, 0.0) + 1e-5
    return sure


def _signs(n_creators: int) -> Float32:
    """Random signs, `FLIPS` × creators, the same for as many creators."""
    n_bits = FLIPS * n_creators
    drawn = np.random.default_rng(0).integers(0, 256, -(-n_bits // 8), dtype=np.uint8)
    bits = np.unpackbits(drawn, count=n_bits).reshape(FLIPS, n_creators)
    return 2 * bits.astype(np.float32) - 1

"""The order of the final list: by value, or by value against likeness to what is already in it.

Diversity is maximal marginal relevance (Carbonell & Goldstein 1998): each place goes to the candidate with
the greatest `(1 - diversity) · value - diversity · likeness`, its likeness being that to the most alike of
those chosen before.
"""

from dataclasses import dataclass

import numpy as np

from recsys.arrays import Float64, Int32
from recsys.errors import UsageError


@dataclass(frozen=True, slots=True)
class Reranked:
    """Positions of the chosen candidates, first place first, and the share of value given up for it."""

    positions: Int32
    cost: float


def rerank(values: Float64, categories: Int32, brands: Int32, k: int, diversity: float = 0.0) -> Reranked:
    """Choose k of n candidates by their `values` (n), or all where there are fewer; none comes twice.

    Two candidates are alike by a half for the same code in `categories` (n) and a half for the same in
    `brands` (n). Values are scaled to 0 … 1 among the candidates for the choice; of equal ones the earlier
    comes first. `cost` is 1 - (value of the list / value of the k most valuable); values that may be negative
    count from the least of them. Raises `UsageError` for k < 1, a diversity outside 0 … 1 or values that are
    NaN.
    """
    _check(values, k)
    if not 0 <= diversity <= 1:
        raise UsageError(f"diversity must be between 0 and 1, not {diversity}")
    by_value = np.argsort(-values, kind="stable").astype(np.int32)
    if diversity == 0 or len(values) == 0:
        return Reranked(by_value[:k], 0.0)
    chosen = by_value[
        _choose(_scaled(values)[by_value], categories[by_value], brands[by_value], k, diversity)
    ]
    return Reranked(chosen, _cost(values, chosen, by_value[:k]))


def best_of_each(values: Float64, groups: Int32, k: int) -> Int32:
    """Positions of the k greatest of n `values`, best first, at most one of each of `groups` (n).

    Of equal ones the earlier comes first. Raises `UsageError` for k < 1 or values that are NaN.
    """
    _check(values, k)
    by_value = np.argsort(-values, kind="stable")
    _, first = np.unique(groups[by_value], return_index=True)
    return by_value[np.sort(first)][:k].astype(np.int32)


def _check(values: Float64, k: int) -> None:
    if k < 1:
        raise UsageError(f"k must be at least 1, not {k}")
    if np.isnan(values).any():
        raise UsageError("values hold NaN and cannot be ranked")


def _choose(relevance: Float64, categories: Int32, brands: Int32, k: int, diversity: float) -> Int32:
    """Greedy choice among candidates in descending order of relevance."""
    likeness = np.zeros(len(relevance))
    left = np.ones(len(relevance), dtype=np.bool_)
    chosen = np.empty(min(k, len(relevance)), dtype=np.int32)
    for place in range(len(chosen)):
        marginal = (1.0 - diversity) * relevance - diversity * likeness
        best = int(np.where(left, marginal, -np.inf).argmax())
        chosen[place], left[best] = best, False
        alike = 0.5 * (categories == categories[best]) + 0.5 * (brands == brands[best])
        np.maximum(likeness, alike, out=likeness)
    return chosen


def _scaled(values: Float64) -> Float64:
    """Values as 0 … 1 from the least to the greatest; all 0 where they are equal."""
    spread = values.max() - values.min()
    scaled: Float64 = (values - values.min()) / spread if spread > 0 else np.zeros(len(values))
    return scaled


def _cost(values: Float64, chosen: Int32, best: Int32) -> float:
    gains = values - min(float(values.min()), 0.0)
    # Summed in one order, so that two lists of the same candidates cost exactly 0.
    kept = float(gains[np.sort(chosen)].sum())
    most = float(gains[np.sort(best)].sum())
    return min(max(1.0 - kept / most, 0.0), 1.0) if most > 0 else 0.0

"""Ranking metrics, one value a creator, so that intervals and segments come from the same numbers.

All take `hits` (n × K, bool: is the entry at this rank relevant) and `n_relevant` (n, above zero), and
look at the first k ranks. Formulas as in Järvelin and Kekäläinen, "Cumulated Gain-Based Evaluation of IR
Techniques" (2002), and Manning, Raghavan, Schütze, "Introduction to Information Retrieval" (2008), ch. 8.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from recsys.arrays import CSR, Bool, Float64, Int64
from recsys.topk import Ranking

PerCreator: TypeAlias = Callable[[Bool, Int64, int], Float64]


def find_hits(ranking: Ranking, relevant: CSR) -> Bool:
    """Which entries of each ranked list are stored in that row of `relevant`: n × k."""
    n_rows, k = ranking.indices.shape
    real = ranking.indices >= 0
    rows = np.repeat(np.arange(n_rows), k).reshape(n_rows, k)
    hits = np.zeros((n_rows, k), dtype=np.bool_)
    if real.any():
        hits[real] = np.asarray(relevant[rows[real], ranking.indices[real]]).ravel() != 0
    return hits


def recall(hits: Bool, n_relevant: Int64, k: int) -> Float64:
    """Share of the relevant products that are among the first k."""
    shares: Float64 = hits[:, :k].sum(axis=1) / n_relevant
    return shares


def ndcg(hits: Bool, n_relevant: Int64, k: int) -> Float64:
    """Discounted gain `Σ hitᵢ / log₂(i + 1)` over that of the best possible list of length k."""
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    ideal = np.cumsum(discounts)[np.minimum(n_relevant, k) - 1]
    gains: Float64 = hits[:, :k] @ discounts[: hits[:, :k].shape[1]] / ideal
    return gains


def average_precision(hits: Bool, n_relevant: Int64, k: int) -> Float64:
    """Mean of the precision at each hit, over the most hits that k ranks allow; its mean is MAP@k."""
    first = hits[:, :k]
    precision = np.cumsum(first, axis=1) / np.arange(1, first.shape[1] + 1)
    means: Float64 = (precision * first).sum(axis=1) / np.minimum(n_relevant, k)
    return means


def hit_rate(hits: Bool, n_relevant: Int64, k: int) -> Float64:
    """1 where any of the first k is relevant, else 0."""
    return np.asarray(hits[:, :k].any(axis=1), dtype=np.float64)


PER_CREATOR: Mapping[str, PerCreator] = MappingProxyType(
    {"recall": recall, "ndcg": ndcg, "map": average_precision, "hit_rate": hit_rate}
)


def recommended_counts(ranking: Ranking, k: int, n_products: int) -> Int64:
    """How many lists hold each product among their first k."""
    first = ranking.indices[:, :k]
    return np.bincount(first[first >= 0], minlength=n_products).astype(np.int64)


def coverage(counts: Int64) -> float:
    """Share of the products that are in at least one list."""
    return float((counts > 0).mean()) if len(counts) else 0.0


def gini(counts: Int64) -> float:
    """Gini coefficient of how often products are recommended: 0 all alike, towards 1 one takes all."""
    total = counts.sum()
    if not len(counts) or total == 0:
        return 0.0
    ascending = np.sort(counts).astype(np.float64)
    ranks = np.arange(1, len(counts) + 1)
    return float((2 * ranks - len(counts) - 1) @ ascending / (len(counts) * total))

"""The k best columns of each row of scores, the same list for the same scores."""

from dataclasses import dataclass

import numpy as np

from recsys.arrays import Float32, Int32
from recsys.errors import UsageError


@dataclass(frozen=True, slots=True)
class Ranking:
    """Ranked lists of unequal length, one a row.

    `indices` (n × k, int32) and `scores` (n × k, float32) are best first; `lengths` (n) says how many
    entries of each row are real. The rest is -1 and -inf, so that using it by mistake shows.
    """

    indices: Int32
    scores: Float32
    lengths: Int32

    def row(self, position: int) -> tuple[Int32, Float32]:
        """The real entries of one row: indices and scores, best first."""
        length = int(self.lengths[position])
        return self.indices[position, :length], self.scores[position, :length]


def top_k(scores: Float32, k: int) -> Ranking:
    """Rank each row of `scores` (n × m), higher first, equal scores by lower index.

    A score of -inf bars its column: barred columns are never returned, so a row may be shorter than k.
    Raises `UsageError` where k < 1 or a score is NaN.
    """
    if k < 1:
        raise UsageError(f"k must be at least 1, not {k}")
    if np.isnan(scores).any():
        raise UsageError("scores hold NaN and cannot be ranked")
    n_rows, n_columns = scores.shape
    indices = np.full((n_rows, k), -1, dtype=np.int32)
    values = np.full((n_rows, k), -np.inf, dtype=np.float32)
    lengths = np.zeros(n_rows, dtype=np.int32)
    for position, row in enumerate(scores):
        best = best_columns(row, min(k, n_columns))
        lengths[position] = len(best)
        indices[position, : len(best)] = best
        values[position, : len(best)] = row[best]
    return Ranking(indices, values, lengths)


def best_columns(row: Float32, k: int) -> Int32:
    """Indices of the k highest entries above -inf of a vector, best first, equal scores by lower index."""
    if k <= 0:
        return np.zeros(0, dtype=np.int32)
    threshold = np.partition(row, len(row) - k)[len(row) - k] if k < len(row) else -np.inf
    candidates = np.flatnonzero((row >= threshold) & (row > -np.inf))
    order = np.lexsort((candidates, -row[candidates]))
    return candidates[order[:k]].astype(np.int32)

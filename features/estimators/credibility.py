"""Means of values: credible as far as values vary more between entries than within them."""

import numpy as np
from scipy.optimize import brentq

from recsys.arrays import Float64


def smoothed_means(total: Float64, squares: Float64, count: Float64, prior: Float64) -> Float64:
    """Mean of each entry's values, leaning on a prior mean: `(total + k · prior) / (count + k)`.

    `total`, `squares` and `count` are the sums of the values, of their squares and their number. k is the
    ratio of the variances within and between entries, both relative to the prior mean (Bühlmann's
    credibility; Bühlmann and Gisler, "A Course in Credibility Theory", 2005). Entries that differ no more
    than their values suggest take the prior; where no entry has two values it counts as one value.
    """
    k = prior_weight(total / prior, squares / np.square(prior), count)
    if np.isinf(k):
        return prior.copy()
    weight = count + k
    mean: Float64 = np.divide(total + k * prior, weight, out=prior.copy(), where=weight > 0)
    return mean


def prior_weight(total: Float64, squares: Float64, count: Float64) -> float:
    """k in [0, ∞] of entries whose prior means are 1."""
    several = count >= 2
    if not several.any():
        return 1.0
    n, mean = count[several], total[several] / count[several]
    within = max(float((squares[several] - n * mean**2).sum() / (n - 1).sum()), 0.0)
    return within / between if (between := _variance_between(np.square(mean - 1.0), within / n)) else np.inf


def _variance_between(strayed: Float64, noise: Float64) -> float:
    """Solves `mean(strayed / (between + noise)) = 1`: each entry counts by how well its mean is known.

    `strayed` are squared distances of means from the prior, `noise` the variance that chance gives each.
    Paule and Mandel, "Consensus values and weighting factors" (1982).
    """

    def surplus(between: float) -> float:
        return float((strayed / (between + noise)).mean()) - 1.0

    if not noise.any():
        return float(strayed.mean())
    if surplus(0.0) <= 0:
        return 0.0
    # At the greatest distance no summand is above 1.
    return float(brentq(surplus, 0.0, float(strayed.max())))

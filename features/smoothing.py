"""Empirical Bayes: small counts lean on what is usual, large ones speak for themselves."""

import numpy as np

from recsys.arrays import Float64, Int64, sums_by

# A ratio from no data at all is that of this many expected events at the prior mean.
WEAKEST_PRIOR, STRONGEST_PRIOR = 0.1, 1e4


def relative_rate(observed: Float64, expected: Float64) -> Float64:
    """Each entry's rate as a multiple of what was expected: `(observed + s) / (expected + s)`.

    The gamma–Poisson estimate of Clayton and Kaldor ("Empirical Bayes estimates of age-standardized relative
    risks", 1987): with Poisson counts around `θ · expected` and θ from a gamma of mean 1 and shape s, this
    is the posterior mean of θ. s comes from the data by moments; where counts vary no more than chance
    makes them, it is large and all multiples are near 1. Without anything expected or observed it is 1.
    """
    total = float(np.square(expected).sum())
    excess = float((np.square(observed - expected) - np.maximum(observed, 0.0)).sum())
    shape = total / excess if excess > 0 else STRONGEST_PRIOR
    shape = min(max(shape, WEAKEST_PRIOR), STRONGEST_PRIOR)
    rate: Float64 = (np.maximum(observed, 0.0) + shape) / (expected + shape)
    return rate


def rate_within_groups(observed: Float64, exposure: Float64, groups: Int64) -> Float64:
    """Events per unit of exposure of each entry, leaning on its group, which leans on the whole.

    `groups` numbers each entry's group from 0. Entries without exposure get their group's rate; where there
    is no event at all, a rate of 0.5 over the whole exposure stands in, so that logarithms exist.
    """
    overall = max(float(observed.sum()), 0.5) / max(float(exposure.sum()), 1.0)
    n_groups = int(groups.max(initial=-1)) + 1
    group_observed = sums_by(groups, observed, n_groups)
    group_exposure = sums_by(groups, exposure, n_groups)
    of_group = (overall * relative_rate(group_observed, overall * group_exposure))[groups]
    rate: Float64 = of_group * relative_rate(observed, of_group * exposure)
    return rate


def smoothed_mean(total: Float64, squares: Float64, count: Float64, prior: Float64) -> Float64:
    """Mean of each entry's values, leaning on a prior mean by how much values vary within an entry.

    `total`, `squares` and `count` are the sums of the values, of their squares and their number. The weight
    of the prior is the ratio of the variances within and between entries, both relative to the prior mean
    (Bühlmann's credibility; Efron and Morris, "Data Analysis Using Stein's Estimator", 1975).
    """
    weight = _prior_weight(total / prior, squares / np.square(prior), count)
    mean: Float64 = (total + weight * prior) / (count + weight)
    return mean


def _prior_weight(total: Float64, squares: Float64, count: Float64) -> float:
    several = count >= 2
    if not several.any():
        return 1.0
    n, mean = count[several], total[several] / count[several]
    within = float((squares[several] - n * mean**2).sum() / (n - 1).sum())
    between = float(mean.var() - within * (1.0 / n).mean())
    return min(max(within / between, WEAKEST_PRIOR), STRONGEST_PRIOR) if between > 0 else STRONGEST_PRIOR

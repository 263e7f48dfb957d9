"""Units of one promotion as a random count: gamma–Poisson, of which refunds take a share away."""

import numpy as np

from recsys.arrays import Float64


def chance_of_any(mean: Float64, shape: float) -> Float64:
    """Chance of at least one from a negative binomial: `1 - (1 + mean / shape) ** -shape`.

    The number of units is Poisson around a mean that itself varies by luck, as a gamma of that shape. If each
    unit is kept with the same chance, what is kept is negative binomial again, of the same shape.
    """
    chance: Float64 = -np.expm1(-shape * np.log1p(mean / shape))
    return chance


def quantile(mean: Float64, shape: float, level: float) -> Float64:
    """The least count that is not exceeded with chance `level`, by entry of `mean`."""
    from scipy.stats import nbinom

    return np.asarray(nbinom.ppf(level, shape, shape / (shape + mean)), dtype=np.float64)


def cumulative(count: Float64, mean: Float64, shape: float) -> Float64:
    """Chance of no more than `count` (whole numbers from -1), by entry: inverse to `quantile`."""
    from scipy.special import betainc

    upto: Float64 = np.where(
        count < 0, 0.0, betainc(shape, np.maximum(count, 0.0) + 1.0, shape / (shape + mean))
    )
    return upto


def logit(chance: Float64) -> Float64:
    """Log odds; chances of 0 and 1 are taken as just short of that."""
    bounded = np.clip(chance, 1e-9, 1.0 - 1e-9)
    odds: Float64 = np.log(bounded / (1.0 - bounded))
    return odds


def expit(log_odds: Float64) -> Float64:
    """The chance of some log odds."""
    chance: Float64 = 1.0 / (1.0 + np.exp(-log_odds))
    return chance

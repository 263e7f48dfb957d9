"""Counts that may exceed their exposure: Poisson around a rate that varies as a gamma."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from features.estimators.groups import smoothed
from features.estimators.strength import enough_of, log_rising, most_likely
from features.estimators.tally import Tally
from recsys.arrays import Float64


@dataclass(frozen=True, slots=True)
class GammaPoisson:
    """Counts y ~ Poisson(rate · exposure); rates vary around `mean` (by entry) as gammas of shape `shape`.

    Clayton and Kaldor, "Empirical Bayes estimates of age-standardized relative risks" (1987). A shape of ∞
    says that all rates are their mean. What was counted without any exposure says nothing of a rate.
    """

    mean: Float64
    shape: float

    @staticmethod
    def pooled(observed: float, exposure: float) -> float:
        """A total over its exposure; without any event half a one stands in, so that logarithms exist."""
        return observed / exposure if observed > 0 and exposure > 0 else 0.5 / max(exposure, 1.0)

    @classmethod
    def fitted(cls, observed: Float64, exposure: Float64, mean: Float64) -> Self:
        """The shape by maximum likelihood (negative binomial); ∞ also where nothing at all was counted."""
        seen = enough_of(np.flatnonzero(exposure > 0))
        expected, counted = (mean * exposure)[seen], np.maximum(observed[seen], 0.0)
        some = counted > 0
        if not some.any():
            return cls(mean, np.inf)
        counts, log_expected = counted[some], np.log(expected[some])

        def log_likelihood(shape: float) -> float:
            of_counts = log_rising(np.full(len(counts), shape), counts) + counts * (
                log_expected - np.log(expected[some] + shape)
            )
            return float(of_counts.sum() - shape * np.log1p(expected / shape).sum())

        return cls(mean, most_likely(log_likelihood, float((counts * log_expected).sum() - expected.sum())))

    def posterior(self, observed: Float64, exposure: Float64) -> Float64:
        """The expected rate of each entry: `mean · (observed + shape) / (mean · exposure + shape)`."""
        if np.isinf(self.shape):
            return self.mean.copy()
        counted = np.where(exposure > 0, np.maximum(observed, 0.0), 0.0)
        rate: Float64 = self.mean * (counted + self.shape) / (self.mean * exposure + self.shape)
        return rate

    def weights(self, exposure: Float64) -> Float64:
        """What a count of each entry says of a mean that entries share, 1 where exposure is small.

        Sums so weighted have a variance equal to their mean: they are counts again, one level up.
        """
        weight: Float64 = 1.0 / (1.0 + self.mean * exposure / self.shape)
        return weight


def multiples(tally: Tally) -> Float64:
    """Each entry's count as a multiple of what was expected, around 1: `(observed + s) / (expected + s)`."""
    return smoothed(GammaPoisson, tally, np.ones(len(tally.exposure)))

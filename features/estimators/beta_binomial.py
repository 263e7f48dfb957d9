"""Counts that are bounded by their exposure: binomial around a share that varies as a beta."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from features.estimators.strength import enough_of, log_rising, most_likely
from recsys.arrays import Float64


@dataclass(frozen=True, slots=True)
class BetaBinomial:
    """Counts k ~ Binomial(exposure, share); shares vary around `mean` (by entry) as betas.

    `concentration` is the sum of the beta's parameters: a prior like so many trials. ∞ says that all shares
    are their mean. Griffiths, "Maximum likelihood estimation for the beta-binomial distribution" (1973).
    """

    mean: Float64
    concentration: float

    @staticmethod
    def pooled(observed: float, exposure: float) -> float:
        """A total over its exposure, with half a hit and half a miss more where it is all or nothing."""
        some = 0.0 < observed < exposure
        return observed / exposure if some else (min(observed, exposure) + 0.5) / (exposure + 1.0)

    @classmethod
    def fitted(cls, observed: Float64, exposure: Float64, mean: Float64) -> Self:
        """The concentration by maximum likelihood; ∞ also where all or nothing was counted."""
        seen = enough_of(np.flatnonzero(exposure > 0))
        trials, share = exposure[seen], mean[seen]
        hits = np.clip(observed[seen], 0.0, trials)
        misses = trials - hits
        if not (hits > 0).any() or not (misses > 0).any():
            return cls(mean, np.inf)

        def log_likelihood(concentration: float) -> float:
            ways = log_rising(share * concentration, hits) + log_rising((1.0 - share) * concentration, misses)
            return float((ways - log_rising(np.full(len(trials), concentration), trials)).sum())

        limit = float((hits * np.log(share) + misses * np.log1p(-share)).sum())
        return cls(mean, most_likely(log_likelihood, limit))

    def posterior(self, observed: Float64, exposure: Float64) -> Float64:
        """The expected share of each entry: `(observed + c · mean) / (exposure + c)`."""
        if np.isinf(self.concentration):
            return self.mean.copy()
        hits = np.clip(observed, 0.0, exposure)
        share: Float64 = (hits + self.concentration * self.mean) / (exposure + self.concentration)
        return share

    def weights(self, exposure: Float64) -> Float64:
        """What a trial of each entry says of a mean that entries share, 1 where there are few.

        Sums so weighted vary as binomial counts do: they are trials again, one level up.
        """
        # Of fewer than one trial, decayed, none says more than a whole one.
        trials = np.maximum(exposure, 1.0)
        weight: Float64 = 1.0 / (1.0 + (trials - 1.0) / (self.concentration + 1.0))
        return weight

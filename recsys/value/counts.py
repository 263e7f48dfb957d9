"""Units of one promotion as a random count: gamma–Poisson, of which refunds take a share away."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from recsys.arrays import Float64


@dataclass(frozen=True, slots=True)
class Counts:
    """Negative binomial counts: Poisson around means that vary by luck as gammas of `shape`, one an entry.

    Both arrays have one length. Whatever is told of a promotion's units is told of this one distribution.
    """

    mean: Float64
    shape: Float64

    def chance_of_any(self) -> Float64:
        """Chance of at least one: `1 - (1 + mean / shape) ** -shape`."""
        return chance_of_any(self.mean, self.shape)

    def quantile(self, level: Float64 | float) -> Float64:
        """The least count that is not exceeded with chance `level`, 0 at least."""
        from scipy.stats import nbinom

        found = nbinom.ppf(np.maximum(level, 0.0), self.shape, self.shape / (self.shape + self.mean))
        return np.asarray(np.maximum(found, 0.0), dtype=np.float64)

    def middle(self, share: float, happens: Float64) -> tuple[Float64, Float64]:
        """Least and greatest count of the middle `share` of outcomes, or as near to it as whole counts come.

        As much is left out at either end. Where nothing is likelier than what would be left out below, none
        of it is: the middle then begins at 0, and all that is left out lies above. Outcomes are these counts
        with the chance `happens`, else nothing.
        """
        end = (1.0 - share) / 2.0
        low = self.quantile(1.0 - (1.0 - end) / happens)
        high = self.quantile(1.0 - np.where(low > 0, end, 2.0 * end) / happens)
        held, held_below = (1.0 - happens * (1.0 - self._up_to(count)) for count in (high, high - 1.0))
        nearer = (low == 0) & (high > 0) & (share - held_below < held - share)
        return low, np.where(nearer, high - 1.0, high)

    def _up_to(self, count: Float64) -> Float64:
        """The chance of no more than so many."""
        from scipy.stats import nbinom

        chance = nbinom.cdf(count, self.shape, self.shape / (self.shape + self.mean))
        return np.asarray(chance, dtype=np.float64)

    def and_then(self, others: Self) -> Self:
        """These, and others behind them."""
        parts = (self.mean, others.mean), (self.shape, others.shape)
        return type(self)(*(np.concatenate(part) for part in parts))

    def kept(self, share: Float64) -> Self:
        """What is left of the units if each stays sold with the same chance: of the same shape."""
        return type(self)(self.mean * share, self.shape)

    def blurred(self, spread: Float64) -> Self:
        """The same about a mean that is known but to a log-normal of mean 1 whose log deviates by `spread`.

        The variances of the two factors on the mean combine as `(1 + 1/s)·exp(spread²) - 1`; their product is
        taken for a gamma of that variance.
        """
        varies = (1.0 + 1.0 / self.shape) * np.exp(np.square(spread)) - 1.0
        return type(self)(self.mean, 1.0 / varies)


def chance_of_any(mean: Float64, shape: Float64 | float) -> Float64:
    """Chance of at least one from a negative binomial."""
    chance: Float64 = -np.expm1(-shape * np.log1p(mean / shape))
    return chance

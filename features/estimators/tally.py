"""Decayed totals as counts: how many events of full weight say as much."""

from dataclasses import dataclass

import numpy as np

from recsys.arrays import Float64, Int32, Int64, sums_by


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts y and exposures e, each of which weighs w by its age: by entry Σ w·y, Σ w·e and Σ w²·e."""

    observed: Float64
    exposure: Float64
    squares: Float64

    @classmethod
    def undecayed(cls, observed: Float64, exposure: Float64) -> "Tally":
        """All weighs 1."""
        return cls(observed, exposure, exposure)

    def counts(self) -> tuple[Float64, Float64]:
        """Counts and exposures as of events that weigh 1 and say as much.

        If y is Poisson of mean ∝ e, Σ w·y has mean ∝ Σ w·e and variance ∝ Σ w²·e. Divided by their ratio it
        has a variance equal to its mean again, and the exposure becomes Kish's effective size
        (Σ w·e)² / Σ w²·e ("Survey Sampling", 1965).
        """
        scale = np.divide(
            self.exposure, self.squares, out=np.ones(len(self.exposure)), where=self.squares > 0
        )
        return self.observed * scale, self.exposure * scale

    def times(self, factor: Float64) -> "Tally":
        """Every entry's events taken so many times."""
        return Tally(self.observed * factor, self.exposure * factor, self.squares * factor)

    def expecting(self, rate: Float64 | float) -> "Tally":
        """The same counts over what a rate lets expect, instead of over the exposure."""
        return Tally(self.observed, self.exposure * rate, self.squares * rate)

    def by(self, groups: Int32 | Int64, n_groups: int) -> "Tally":
        """The tally of each group, numbered from 0."""
        return Tally(
            sums_by(groups, self.observed, n_groups),
            sums_by(groups, self.exposure, n_groups),
            sums_by(groups, self.squares, n_groups),
        )

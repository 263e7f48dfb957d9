"""The value model: what promoting a pair brings, from features of the pair and a few numbers."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from recsys.arrays import Array, Float32, Float64, Int32
from recsys.value.context import FEATURES, PairContext
from recsys.value.counts import chance_of_any, expit, logit, quantile
from recsys.value.estimates import Estimates

OFFSET = FEATURES.index("log_expected")
KEPT = FEATURES.index("log_kept")
# Where the interval may begin: at nothing, or above such shares of the distribution.
LEFT_OUT_BELOW = (0.05, 0.1)


@dataclass(frozen=True, slots=True)
class UnitsModel:
    """Mean units of a promotion before refunds, and how far a count strays from it.

    `log mean = log_expected + intercept + Σ coefficient · (feature - centre) / scale`, over the features but
    `log_expected`, whose coefficient is 1. The chance of any unit is that of a negative
    binomial of shape `shape`, of which the log odds are stretched by `stretch` and shifted by `shift`. The
    interval holds `level` of that distribution.
    """

    centre: Float64
    scale: Float64
    coefficients: Float64
    intercept: float
    shape: float
    stretch: float
    shift: float
    level: float

    def mean(self, features: Float32) -> Float64:
        """Mean units, before refunds, of rows of features (n × `FEATURES`)."""
        standardised = (features - self.centre) / self.scale
        standardised[:, OFFSET] = 0.0
        log_mean = features[:, OFFSET] + self.intercept + standardised @ self.coefficients
        mean: Float64 = np.exp(log_mean)
        return mean

    def chance(self, mean: Float64) -> Float64:
        """Chance of at least one unit."""
        return expit(self.stretch * logit(chance_of_any(mean, self.shape)) + self.shift)

    def interval(self, mean: Float64) -> tuple[Float64, Float64]:
        """Units that the count stays within with a chance of 80 %: the shortest range, low and high."""
        _, low, high = self.shortest(mean)
        return low, high

    def shortest(self, mean: Float64) -> tuple[Float64, Float64, Float64]:
        """What share of the distribution the interval leaves out below it, and its low and high end."""
        below = low = np.zeros(len(mean))
        high = quantile(mean, self.shape, self.level)
        for left_out in LEFT_OUT_BELOW:
            begin, end = (quantile(mean, self.shape, upto) for upto in (left_out, left_out + self.level))
            shorter = end - begin < high - low
            below, low, high = (
                np.where(shorter, other, one) for other, one in ((left_out, below), (begin, low), (end, high))
            )
        return below, low, high

    def state(self) -> dict[str, Array]:
        """The arrays from which `from_state` restores it."""
        numbers = np.array([self.intercept, self.shape, self.stretch, self.shift, self.level])
        return {
            "centre": self.centre,
            "scale": self.scale,
            "coefficients": self.coefficients,
            "numbers": numbers,
        }

    @classmethod
    def from_state(cls, state: dict[str, Array]) -> Self:
        """Restore what `state` gave."""
        centre, scale, coefficients, numbers = (
            state[name].astype(np.float64, copy=False)
            for name in ("centre", "scale", "coefficients", "numbers")
        )
        intercept, shape, stretch, shift, level = numbers.tolist()
        return cls(centre, scale, coefficients, intercept, shape, stretch, shift, level)


@dataclass(frozen=True, slots=True)
class ValueModel:
    """Values any pair of a release: a units model, and the context that its features come from."""

    units: UnitsModel
    context: PairContext
    support: float

    def estimate(self, creators: Int32, products: Int32, scores: Float32) -> Estimates:
        """Expected outcome of pairs given by creator index, product index and affinity score."""
        features = self.context.features(creators, products, scores)
        return self.estimate_of(features, creators, products)

    def earnings(self, creators: Int32, products: Int32, scores: Float32) -> Float64:
        """`Estimates.earnings` alone, for when there are very many pairs."""
        kept = self._kept(self.context.features(creators, products, scores))
        commission = kept * self._earned(creators, products) * self.context.paid.mean
        return commission * self.units.chance(kept)

    def estimate_of(self, features: Float32, creators: Int32, products: Int32) -> Estimates:
        """The same from features that are there already."""
        kept, earned, paid = self._kept(features), self._earned(creators, products), self.context.paid
        low, high = self.units.interval(kept)
        return Estimates(
            chance=self.units.chance(kept),
            units=kept,
            gmv=kept * self.context.price[products] * paid.mean,
            commission=kept * earned * paid.mean,
            commission_low=low * earned * paid.low,
            commission_high=high * earned * paid.high,
        )

    def _kept(self, features: Float32) -> Float64:
        """Mean units that stay sold."""
        kept: Float64 = self.units.mean(features) * np.exp(features[:, KEPT].astype(np.float64))
        return kept

    def _earned(self, creators: Int32, products: Int32) -> Float64:
        """Commission on a unit at the list price."""
        return self.context.price[products] * self.context.commission_rates(creators, products)

    def state(self) -> dict[str, Array]:
        """The arrays from which `from_state` restores it."""
        arrays: dict[str, Array] = {"support": np.array(self.support)}
        arrays |= {f"units.{name}": array for name, array in self.units.state().items()}
        return arrays | {f"context.{name}": array for name, array in self.context.state().items()}

    @classmethod
    def from_state(cls, state: dict[str, Array]) -> Self:
        """Restore what `state` gave."""
        return cls(
            UnitsModel.from_state(_under("units.", state)),
            PairContext.from_state(_under("context.", state)),
            float(state["support"]),
        )


def _under(prefix: str, state: dict[str, Array]) -> dict[str, Array]:
    return {name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)}

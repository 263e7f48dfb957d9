"""The value model: what promoting a pair brings, from features of the pair and a few numbers."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from recsys.arrays import Array, Float32, Float64, Int32
from recsys.value.asking import Asking
from recsys.value.context import FEATURES, PairContext
from recsys.value.counts import Counts
from recsys.value.estimates import Estimates, Outlook
from recsys.value.untried import Untried

OFFSET = FEATURES.index("log_expected")
KEPT = FEATURES.index("log_kept")
# So much of the distribution lies within the interval.
MIDDLE = 0.8
# Of a normal, in deviations: half of what is doubted lies no further off than this.
QUARTILE = 0.6745
# Logarithms of φ: from counts that hardly stray from Poisson to one promotion in fifty selling it all.
STRAYS = (-4.0, 4.0)


@dataclass(frozen=True, slots=True)
class UnitsModel:
    """Units of a promotion before refunds: their mean, and how far a count strays from it.

    `log mean = log_expected + intercept + Σ coefficient · (feature - centre) / scale`, over the features but
    `log_expected`, whose coefficient is 1. No feature counts beyond `low` and `high`, the range learned from,
    but that what scores less than all of it is told less (`low` is -inf there).
    That is the mean where creators chose the pair by themselves; `untried` says what becomes of it where they
    did not. A count strays as a negative binomial of variance `mean + φ·mean²`, with
    `log φ = strays[0] + strays[1] · log mean` within `STRAYS`, where the log mean counts from `strays[2]` to
    `strays[3]`.
    """

    centre: Float64
    scale: Float64
    coefficients: Float64
    low: Float64
    high: Float64
    intercept: float
    strays: Float64
    untried: Untried

    def mean(self, features: Float32) -> Float64:
        """Mean units of rows of features (n × `FEATURES`), were all of them chosen by their creators."""
        within = np.clip(features.astype(np.float64), self.low, self.high)
        standardised = (within - self.centre) / self.scale
        standardised[:, OFFSET] = 0.0
        # Row by row: a product of matrices would add up in an order that depends on how many rows there are.
        deviation = np.einsum("nf,f->n", standardised, self.coefficients)
        mean: Float64 = np.exp(within[:, OFFSET] + self.intercept + deviation)
        return mean

    def counts(self, features: Float32) -> Counts:
        """Units before refunds of rows of features."""
        return self._told(*self._means(features))

    def counts_and_above(self, features: Float32) -> tuple[Counts, Counts]:
        """The same, and as they were with means as far above as the upper quartile of what is doubted."""
        mean, blur = self._means(features)
        return self._told(mean, blur), self.around(mean * np.exp(QUARTILE * blur))

    def _means(self, features: Float32) -> tuple[Float64, Float64]:
        """What is told of rows of features, and how much the logs of that are doubted."""
        return self.untried.of(self.mean(features), features)

    def _told(self, mean: Float64, blur: Float64) -> Counts:
        return self.around(mean).blurred(blur)

    def around(self, mean: Float64) -> Counts:
        """Counts of these means, were the means known."""
        return Counts(mean, straying(mean, self.strays))

    def of_chosen(self) -> Self:
        """The same for promotions that creators chose by themselves, as those that it learned from."""
        return replace(self, untried=Untried.as_chosen())

    def state(self) -> dict[str, Array]:
        """The arrays from which `from_state` restores it."""
        return {
            "centre": self.centre,
            "scale": self.scale,
            "coefficients": self.coefficients,
            "low": self.low,
            "high": self.high,
            "intercept": np.array(self.intercept),
            "strays": self.strays,
            "untried": self.untried.state(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Array]) -> Self:
        """Restore what `state` gave."""
        names = ("centre", "scale", "coefficients", "low", "high", "strays")
        arrays = {name: state[name].astype(np.float64, copy=False) for name in names}
        return cls(
            intercept=float(state["intercept"]),
            untried=Untried.from_state(state["untried"].astype(np.float64, copy=False)),
            **arrays,
        )


@dataclass(frozen=True, slots=True)
class ValueModel:
    """Values any pair of a release: a units model, and the context that its features come from.

    `beside_others` (products) is the share of its units that a promotion keeps beside all who follow their
    lists too; None where nothing is known to be lost. `promoted_or_not` says that it learned from pairs that
    stood on lists instead of from promotions (`recsys.value.estimates`).
    """

    units: UnitsModel
    context: PairContext
    asking: Asking
    beside_others: Float64 | None = None
    promoted_or_not: bool = False

    def estimate(
        self, creators: Int32, products: Int32, scores: Float32, *, asked: bool = False
    ) -> Estimates:
        """Expected outcome of pairs given by creator index, product index and affinity score.

        Of promoting them, or with `asked` of asking the creator to.
        """
        features = self.context.features(creators, products, scores)
        return self.estimate_of(features, creators, products, asked=asked)

    def outlook(self, creators: Int32, products: Int32, scores: Float32, *, asked: bool = False) -> Outlook:
        """What `estimate` says without how sure that is, for when there are very many pairs."""
        features = self.context.features(creators, products, scores)
        kept = self.units.counts(features).kept(self._share(features, products))
        earned, chance = self._earned(creators, products), self._chance(creators, asked=asked)
        return self._outlook(kept, products, earned, chance)

    def estimate_of(
        self, features: Float32, creators: Int32, products: Int32, *, asked: bool = False
    ) -> Estimates:
        """The same from features that are there already."""
        share, earned = self._share(features, products), self._earned(creators, products)
        paid, chance = self.context.paid, self._chance(creators, asked=asked)
        kept, kept_above = (counts.kept(share) for counts in self.units.counts_and_above(features))
        # Both at once: what SciPy does for each call takes longer than a list's entries.
        low, high = kept.and_then(kept_above).middle(MIDDLE, np.tile(chance, 2))
        low, high = low[: len(chance)], np.maximum(*np.split(high, 2))
        outlook = self._outlook(kept, products, earned, chance)
        return Estimates(
            chance=outlook.chance,
            units=outlook.units,
            gmv=outlook.gmv,
            commission=outlook.commission,
            commission_low=low * earned * paid.low,
            commission_high=high * earned * paid.high,
            chance_promotes=chance,
            promoted_or_not=np.full(len(chance), self.promoted_or_not),
        )

    def of_chosen(self) -> Self:
        """The same for promotions that creators chose by themselves."""
        return replace(self, units=self.units.of_chosen())

    def _outlook(self, kept: Counts, products: Int32, earned: Float64, chance: Float64) -> Outlook:
        """Of what stays sold, where a unit earns so much and the creator promotes with a `chance`."""
        paid = self.context.paid.mean
        # The chance comes last, so that what is told of asking is exactly its share of what promoting brings.
        return Outlook(
            chance=chance * kept.chance_of_any(),
            units=chance * kept.mean,
            gmv=chance * (kept.mean * self.context.price[products] * paid),
            commission=chance * (kept.mean * earned * paid),
        )

    def _chance(self, creators: Int32, *, asked: bool) -> Float64:
        """The chance of a promotion; who does not promote sells nothing: that much of it all lies at 0."""
        return self.asking.chance(self.context.creators[creators]) if asked else np.ones(len(creators))

    def _share(self, features: Float32, products: Int32) -> Float64:
        """Of units what stays sold, beside all who promote the product too."""
        share: Float64 = np.exp(features[:, KEPT].astype(np.float64))
        return share if self.beside_others is None else share * self.beside_others[products]

    def _earned(self, creators: Int32, products: Int32) -> Float64:
        """Commission on a unit at the list price."""
        return self.context.price[products] * self.context.commission_rates(creators, products)

    def state(self) -> dict[str, Array]:
        """The arrays from which `from_state` restores it."""
        arrays: dict[str, Array] = {"asking": self.asking.state()}
        if self.promoted_or_not:
            arrays["promoted_or_not"] = np.array(1)
        if self.beside_others is not None:
            arrays["beside_others"] = self.beside_others
        arrays |= {f"units.{name}": array for name, array in self.units.state().items()}
        return arrays | {f"context.{name}": array for name, array in self.context.state().items()}

    @classmethod
    def from_state(cls, state: dict[str, Array]) -> Self:
        """Restore what `state` gave."""
        beside_others = state.get("beside_others")
        return cls(
            UnitsModel.from_state(_under("units.", state)),
            PairContext.from_state(_under("context.", state)),
            Asking.from_state(state["asking"].astype(np.float64, copy=False)),
            None if beside_others is None else beside_others.astype(np.float64, copy=False),
            "promoted_or_not" in state,
        )


def straying(mean: Float64, strays: Float64) -> Float64:
    """The shape `1 / φ` of counts of these means; `strays` as in `UnitsModel`."""
    base, slope, least, most = strays.tolist()
    # Means of 0 and ∞ have no logarithm to draw on, and none was learned from.
    log_mean = np.log(np.clip(mean, np.exp(least), np.exp(most)))
    shape: Float64 = np.exp(-np.clip(base + slope * log_mean, *STRAYS))
    return shape


def _under(prefix: str, state: dict[str, Array]) -> dict[str, Array]:
    return {name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)}

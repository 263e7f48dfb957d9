"""A value model that anyone can check by hand."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from recsys.arrays import Float32, Float64, Int32, empty_csr
from recsys.clearing.places import Places
from recsys.value.estimates import Estimates, Outlook
from serving.loaded import LoadedRelease
from serving.matches import Match

PRICE = 0.125


class Whole(ABC):
    """Ranks by the estimates that it tells."""

    @abstractmethod
    def estimate(
        self, creators: Int32, products: Int32, scores: Float32, *, asked: bool = False
    ) -> Estimates: ...

    def outlook(self, creators: Int32, products: Int32, scores: Float32, *, asked: bool = False) -> Outlook:
        return self.estimate(creators, products, scores, asked=asked)


@dataclass(frozen=True)
class FormulaValues(Whole):
    """`units = 2 ^ score`, `chance = units / (1 + units)`, sold at the price, with the interval from half of
    the commission to twice as much.
    """

    price: Float64
    commission_rate: Float64
    promoted_or_not: ClassVar[bool] = False

    def estimate(
        self, creators: Int32, products: Int32, scores: Float32, *, asked: bool = False
    ) -> Estimates:
        assert len(creators) == len(products) == len(scores)
        units = np.exp2(scores.astype(np.float64))
        gmv = units * self.price[products]
        commission = gmv * self.commission_rate[products]
        return Estimates(
            units / (1 + units),
            units,
            gmv,
            commission,
            commission / 2,
            commission * 2,
            np.ones(len(units)),
            np.full(len(units), self.promoted_or_not),
        )


def with_values(release: LoadedRelease) -> LoadedRelease:
    """The same release, with a value model; nothing is scarce, and every place costs `PRICE`."""
    products = release.products
    return replace(
        release,
        values=FormulaValues(products.price, products.commission_rate),
        payload=replace(release.payload, places=places(*release.payload.affinity.values.shape)),
    )


def places(n_creators: int, n_products: int) -> Places:
    """Of which none is scarce."""
    nothing = np.zeros(n_products)
    scarce = np.zeros(n_products, dtype=np.bool_)
    return Places(nothing, nothing + PRICE, scarce, empty_csr((n_creators, n_products)))


def earnings_of(match: Match) -> float:
    """What a creator's list is ranked by: commission times the chance that there is any."""
    return (match.expected_commission or 0.0) * (match.chance_of_sale or 0.0)

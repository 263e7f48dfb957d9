"""Everybody's list as a release serves it, by the very code that serves, and the simple lists beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.policies import numbers_of, ranked
from recsys.arrays import Bool, Float64, Int64
from serving.filters import ProductFilter
from serving.loaded import LoadedRelease
from serving.matcher import Matcher
from serving.objectives import Objective
from serving.rules import allowed_pairs

K: Final = 20
_PRIOR_PROMOTERS: Final = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """Lists of the creators who are still there: (n, K) and padded with -1 and NaN.

    `creators` and `products` are numbers of the simulation. `units` and the bounds of the commission are as
    told; NaN where the release has no value model.
    """

    creators: Int64
    products: Int64
    units: Float64
    low: Float64
    high: Float64

    @property
    def shown(self) -> Bool:
        """Which places hold a product."""
        shown: Bool = self.products >= 0
        return shown

    @property
    def told(self) -> bool:
        """Does the release tell values."""
        return bool(np.isfinite(self.units[self.shown]).any())


def served_lists(release: LoadedRelease, objective: Objective | None = None) -> Served:
    """Everybody's answer to a request that names no more than an objective."""
    matcher = Matcher(release)
    places = np.flatnonzero(release.creators.is_active).tolist()
    ids = [release.creator_id(place) for place in places]
    products = np.full((len(ids), K), -1, dtype=np.int64)
    told = np.full((3, len(ids), K), np.nan)
    for row, creator_id in enumerate(ids):
        matches = matcher.products_for(creator_id, K, objective=objective).matches
        products[row, : len(matches)] = numbers_of([match.product_id for match in matches])
        told[:, row, : len(matches)] = (
            np.array(
                [
                    (match.expected_units, match.expected_commission_low, match.expected_commission_high)
                    for match in matches
                ],
                dtype=np.float64,
            )
            .reshape(-1, 3)
            .T
        )
    return Served(numbers_of(ids), products, *told)


def simple_lists(release: LoadedRelease) -> Mapping[str, Int64]:
    """Lists by popularity, commission, both, smoothed yield and CF alone: (n, K) as in `Served`.

    The yield is net units a promoter, drawn to the mean of all products by ten promoters' worth of it.
    """
    creators = np.flatnonzero(release.creators.is_active).astype(np.int32)
    everything = np.arange(len(release.products.price), dtype=np.int32)
    allowed = allowed_pairs(release, ProductFilter().rules, creators, everything)
    number = numbers_of([release.product_id(product) for product in everything.tolist()])
    popularity = release.products.recent_units.astype(np.float64)
    commission = release.products.price * release.products.commission_rate
    sold = np.asarray(release.payload.sold_units.sum(axis=0), dtype=np.float64).ravel()
    mean = sold.sum() / max(release.promoters.sum(), 1)
    per_promoter = (sold + _PRIOR_PROMOTERS * mean) / (release.promoters + _PRIOR_PROMOTERS)
    scores = {
        "popularity": popularity,
        "commission": commission,
        "popularity × commission": popularity * commission,
        "yield × commission": per_promoter * commission,
    }

    affinity = release.payload.model.score(release.payload.rows[creators.astype(np.int64)]).astype(np.float64)

    def named(lists: Int64) -> Int64:
        return np.where(lists >= 0, number[np.maximum(lists, 0)], -1)

    return {name: named(ranked(score, allowed)) for name, score in (scores | {"cf": affinity}).items()}

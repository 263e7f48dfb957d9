"""What a brand's campaign is made of: creators with its products, and what each pair is expected to bring."""

from dataclasses import dataclass

import numpy as np

from recsys.arrays import Array, Bool, Float64, Int32
from recsys.campaign import CampaignData
from recsys.errors import ReleaseError, UnknownIdError
from recsys.plan.coverage import Coverage
from recsys.plan.groupings import NO_GROUP, Grouping
from recsys.plan.overlap import LEAST_SHOWN, coverage_of
from serving.columns import nulls
from serving.loaded import LoadedRelease
from serving.valid import nearest_of


@dataclass(frozen=True, slots=True)
class BrandPairs:
    """Pairs of a brand, one entry each.

    `posts` is the chance that the creator posts once it has a sample, `buyers` and `gmv` what the post is
    expected to bring within the horizon, `kept` what the brand keeps of a unit of money after commission.
    """

    creators: Int32
    products: Int32
    posts: Float64
    buyers: Float64
    gmv: Float64
    kept: Float64

    def __len__(self) -> int:
        return len(self.creators)

    def only(self, places: Array) -> "BrandPairs":
        """Those at some places, or of a mask."""
        return BrandPairs(*(getattr(self, name)[places] for name in self.__slots__))

    @property
    def spent_each(self) -> float:
        """What a buyer is expected to spend, over all pairs."""
        buyers = float(self.buyers.sum())
        return float(self.gmv.sum()) / buyers if buyers else 0.0


@dataclass(frozen=True, slots=True)
class BrandMarket:
    """One brand of a release; `strangers` (kinds of shopper) are those who have not bought from it."""

    release: LoadedRelease
    data: CampaignData
    brand: int
    products: Int32
    strangers: Bool

    @classmethod
    def of(cls, release: LoadedRelease, brand_id: str) -> "BrandMarket":
        """The brand of that id.

        Raises `UnknownIdError` where there is none, and `ReleaseError` where the release has no values or
        knows nothing of shoppers and samples.
        """
        names = sorted(release.products.brand.values, key=str.encode)
        if brand_id not in names:
            raise UnknownIdError("brand", brand_id, nearest_of(brand_id, names))
        data = release.payload.campaign
        if data is None or release.values is None:
            raise ReleaseError(
                f"release {release.release_id} knows too little of promotions and shoppers to plan by; "
                "train anew, with a history longer than the horizon"
            )
        brand = names.index(brand_id)
        strangers = np.ones(len(data.shoppers.sizes), dtype=np.bool_)
        strangers[data.shoppers.by_brand.of(brand)] = False
        return cls(release, data, brand, release.products_of_brand(brand_id), strangers)

    def pairs(self, creators: Int32, products: Int32, scores: Array) -> BrandPairs:
        """What pairs of the brand are expected to bring."""
        values = self.release.values
        if values is None:
            raise ReleaseError(f"release {self.release.release_id} has no value model; train anew")
        found = values.estimate(creators, products, scores.astype(np.float32, copy=False))
        return BrandPairs(
            creators,
            products,
            self.data.posting.chance(creators, np.full(len(creators), self.brand, dtype=np.int32)),
            found.units / self.data.shoppers.units_each,
            found.gmv,
            1.0 - self.release.products.commission_rate[products],
        )

    def costs(self, pairs: BrandPairs, sample_cost: float | None) -> Float64:
        """What a sample costs, by pair: `sample_cost`, or the list price of the product."""
        if sample_cost is not None:
            return np.full(len(pairs), sample_cost)
        return self.release.products.price[pairs.products]

    def quotas(self, pairs: BrandPairs) -> Grouping:
        """Pairs by product, and how many samples of each are still to give, where the brand says so."""
        products, of = np.unique(pairs.products, return_inverse=True)
        limited = ~nulls(self.release.payload.products, "sample_quota")[products]
        groups = np.where(limited[of], of, NO_GROUP).astype(np.int32)
        names = [self.release.product_id(product) for product in products.tolist()]
        return Grouping.at_most("product_id", names, groups, self.release.products.sample_quota[products])

    def new_shoppers(self, pairs: BrandPairs) -> Coverage:
        """What pairs bring in shoppers who have not bought from the brand."""
        return coverage_of(self.data.shoppers, pairs.creators, pairs.buyers, pairs.posts, self.strangers)

    def sales(self, pairs: BrandPairs) -> Coverage:
        """What pairs bring in buyers, those who know the brand too, each taken as a usual spender."""
        everybody = np.ones(len(self.data.shoppers.sizes), dtype=np.bool_)
        spenders = pairs.gmv / pairs.spent_each if pairs.spent_each else pairs.buyers
        return coverage_of(self.data.shoppers, pairs.creators, spenders, pairs.posts, everybody)

    def audience(self, creator: int) -> tuple["ShownCount", "ShownCount"]:
        """How many shoppers a creator's audience has, and how many of them know the brand."""
        shoppers = self.data.shoppers
        kinds = shoppers.by_creator.of(creator)
        everyone = int(shoppers.sizes[kinds].sum())
        new = int(shoppers.sizes[kinds[self.strangers[kinds]]].sum())
        return shown(everyone), shown(everyone - new, everyone)


@dataclass(frozen=True, slots=True)
class ShownCount:
    """A count of shoppers as it may be told: at least `low`, at most `high`."""

    low: int
    high: int


def shown(count: int, of: int | None = None, least: int = LEAST_SHOWN) -> ShownCount:
    """A count; a range where it, or what it leaves of another, is so small that it tells of somebody."""
    if count < least:
        return ShownCount(0, least - 1)
    if of is not None and of - count < least:
        return ShownCount(of - least + 1, of)
    return ShownCount(count, count)

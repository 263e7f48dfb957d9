"""What the caller wants to see, applied before the top k: k matches come back wherever k are valid."""

from dataclasses import dataclass

import numpy as np

from recsys.arrays import Bool, Int32
from recsys.errors import UsageError
from serving.loaded import LoadedRelease, entries


class FilterError(UsageError):
    """A filter contradicts itself: nothing could ever match it."""


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products a creator wants to see; None and False ask for nothing.

    `category` is a path prefix: `Beauty` means `Beauty` and `Beauty/Skin care`, not `Beautyful`.
    `exclude_promoted` bars products the creator has affinity or net units sold with.
    """

    category: str | None = None
    brand_id: str | None = None
    min_price: float | None = None
    max_price: float | None = None
    min_commission: float | None = None
    in_stock: bool = False
    with_samples: bool = False
    exclude_promoted: bool = True

    def __post_init__(self) -> None:
        """Refuse a range without members."""
        _check_range("price", self.min_price, self.max_price)

    def mask(self, release: LoadedRelease, creator: int) -> Bool:
        """The products that may be recommended to a creator."""
        products = release.products
        followers = int(release.creators.follower_count[creator])
        allowed = products.is_active & (products.min_followers <= followers)
        if self.category is not None:
            allowed &= in_category(release, self.category)
        if self.brand_id is not None:
            allowed &= products.brand.equals(self.brand_id)
        if self.min_price is not None:
            allowed &= products.price >= self.min_price
        if self.max_price is not None:
            allowed &= products.price <= self.max_price
        if self.min_commission is not None:
            allowed &= products.commission_rate >= self.min_commission
        if self.in_stock:
            allowed &= products.stock > 0
        if self.with_samples:
            allowed &= products.sample_quota > 0
        if self.exclude_promoted:
            allowed[entries(release.promoted_by_creator, creator)[0]] = False
        return allowed


@dataclass(frozen=True, slots=True)
class CreatorFilter:
    """Which creators a brand wants to see; None asks for nothing.

    `category` keeps creators whose history includes a product of that category or one below it.
    `exclude_promoted` bars creators from matches with a product they have affinity or net units sold with.
    """

    min_followers: int | None = None
    max_followers: int | None = None
    region: str | None = None
    language: str | None = None
    category: str | None = None
    exclude_promoted: bool = True

    def __post_init__(self) -> None:
        """Refuse a range without members."""
        _check_range("followers", self.min_followers, self.max_followers)

    def mask(self, release: LoadedRelease) -> Bool:
        """The creators that may be recommended, whatever the product."""
        creators = release.creators
        allowed = creators.is_active.copy()
        if self.min_followers is not None:
            allowed &= creators.follower_count >= self.min_followers
        if self.max_followers is not None:
            allowed &= creators.follower_count <= self.max_followers
        if self.region is not None:
            allowed &= creators.region.equals(self.region)
        if self.language is not None:
            allowed &= creators.language.equals(self.language)
        if self.category is not None:
            allowed &= release.creators_with_history_in(in_category(release, self.category))
        return allowed

    def pair_mask(self, release: LoadedRelease, products: Int32) -> Bool:
        """The creators that may be recommended for each of some products: creators × len(products)."""
        followers = release.creators.follower_count
        allowed = followers[:, np.newaxis] >= release.products.min_followers[products]
        allowed &= self.mask(release)[:, np.newaxis] & release.products.is_active[products]
        if self.exclude_promoted:
            for position, product in enumerate(products):
                allowed[entries(release.promoted_by_product, int(product))[0], position] = False
        return allowed


def in_category(release: LoadedRelease, category: str) -> Bool:
    """The products of a category or of one below it."""
    below = f"{category}/"
    return release.products.category.where(lambda path: path == category or path.startswith(below))


def _check_range(what: str, low: float | None, high: float | None) -> None:
    if low is not None and high is not None and low > high:
        raise FilterError(
            f"min_{what} ({low}) is above max_{what} ({high}), so nothing can match; "
            "swap the two or leave one out"
        )

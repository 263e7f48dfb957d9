"""What the caller wants to see, applied before the top k: k matches come back wherever k are valid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.arrays import Bool, Int32
from recsys.errors import UsageError
from recsys.ids import IdIndex
from serving.loaded import LoadedRelease
from serving.rules import ALWAYS, CREATOR_ACTIVE, IN_STOCK, NOT_PROMOTED, PLACE_LEFT, Rule


class FilterError(UsageError):
    """A filter contradicts itself: nothing could ever match it."""


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products a creator wants to see; None and False ask for nothing.

    `category` is a path prefix: `Beauty` means `Beauty` and `Beauty/Skin care`, not `Beautyful`.
    `min_commission` is of the rate that the creator would get: that of a collaboration where there is one.
    `exclude_promoted` bars products the creator has affinity or net units sold with, `in_stock` those without
    stock, `exclude` those of some ids; what is unknown is barred anyway.
    """

    category: str | None = None
    brand_id: str | None = None
    min_price: float | None = None
    max_price: float | None = None
    min_commission: float | None = None
    in_stock: bool = True
    with_samples: bool = False
    exclude_promoted: bool = True
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a range without members."""
        _check_range("price", self.min_price, self.max_price)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in force for this request."""
        asked = (*((IN_STOCK,) if self.in_stock else ()), *((NOT_PROMOTED,) if self.exclude_promoted else ()))
        return (*ALWAYS, *asked)

    @property
    def rules_together(self) -> tuple[Rule, ...]:
        """The same for lists that are to be right together: of what is scarce not all have a place."""
        return (*self.rules, *((PLACE_LEFT,) if self.in_stock else ()))

    def mask(self, release: LoadedRelease, creator: int) -> Bool:
        """The products that a creator wants to see, allowed or not."""
        products = release.products
        wanted = np.ones(len(products.is_active), dtype=np.bool_)
        if self.category is not None:
            wanted &= in_category(release, self.category)
        if self.brand_id is not None:
            wanted &= products.brand.equals(self.brand_id)
        if self.min_price is not None:
            wanted &= products.price >= self.min_price
        if self.max_price is not None:
            wanted &= products.price <= self.max_price
        if self.min_commission is not None:
            wanted &= release.commission_rates(creator) >= self.min_commission
        if self.with_samples:
            wanted &= products.sample_quota > 0
        wanted[_known(release.payload.affinity.products, self.exclude)] = False
        return wanted


@dataclass(frozen=True, slots=True)
class CreatorFilter:
    """Which creators a brand wants to see; None asks for nothing.

    `category` keeps creators whose history includes a product of that category or one below it,
    `min_recent_gmv` those who sold for so much of late, net of refunds (`CreatorTable.recent_gmv`).
    `exclude_promoted` bars creators from matches with a product they have affinity or net units sold with,
    `exclude` those of some ids; `works_with_brand` says whether they must promote anything of the brand or
    must not.
    """

    min_followers: int | None = None
    max_followers: int | None = None
    region: str | None = None
    language: str | None = None
    category: str | None = None
    min_recent_gmv: float | None = None
    exclude_promoted: bool = True
    exclude: tuple[str, ...] = ()
    works_with_brand: bool | None = None

    def __post_init__(self) -> None:
        """Refuse a range without members."""
        _check_range("followers", self.min_followers, self.max_followers)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in force for this request."""
        return (*ALWAYS, CREATOR_ACTIVE, *((NOT_PROMOTED,) if self.exclude_promoted else ()))

    def mask(self, release: LoadedRelease) -> Bool:
        """The creators that the brand wants to see, allowed or not.

        Raises `FilterError` where the release cannot tell what creators sold of late.
        """
        creators = release.creators
        wanted = np.ones(len(creators.is_active), dtype=np.bool_)
        if self.min_followers is not None:
            wanted &= creators.follower_count >= self.min_followers
        if self.max_followers is not None:
            wanted &= creators.follower_count <= self.max_followers
        if self.region is not None:
            wanted &= creators.region.equals(self.region)
        if self.language is not None:
            wanted &= creators.language.equals(self.language)
        if self.category is not None:
            wanted &= release.creators_with_history_in(in_category(release, self.category))
        if self.min_recent_gmv is not None:
            if creators.recent_gmv is None:
                raise FilterError(
                    f"release {release.release_id} was written by a version that did not keep what creators "
                    "sold of late; train anew, or leave min_recent_gmv out"
                )
            wanted &= creators.recent_gmv >= self.min_recent_gmv
        wanted[_known(release.payload.affinity.creators, self.exclude)] = False
        return wanted


def in_category(release: LoadedRelease, category: str) -> Bool:
    """The products of a category or of one below it."""
    below = f"{category}/"
    return release.products.category.where(lambda path: path == category or path.startswith(below))


def _known(index: IdIndex, ids: Sequence[str]) -> Int32:
    """The indexes of those of some ids that there are."""
    found = index.find_all(ids)
    return found[found >= 0]


def _check_range(what: str, low: float | None, high: float | None) -> None:
    if low is not None and high is not None and low > high:
        raise FilterError(
            f"min_{what} ({low}) is above max_{what} ({high}), so nothing can match; "
            "swap the two or leave one out"
        )

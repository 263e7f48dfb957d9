"""What may be asked, by keyword: the service's document says what each means. None asks nothing."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict


class Page(TypedDict, total=False):
    """How many, after how many, and without whom."""

    k: int | None
    skip: int | None
    exclude: Sequence[str] | None


class ProductQuery(Page, total=False):
    """Which products a creator wants."""

    objective: Literal["earnings", "sales", "affinity"] | None
    diversity: float | None
    category: str | None
    brand: str | None
    min_price: float | None
    max_price: float | None
    min_commission: float | None
    in_stock: bool | None
    with_samples: bool | None
    exclude_promoted: bool | None


class EligibilityQuery(TypedDict, total=False):
    """Which rules are in force."""

    in_stock: bool | None
    exclude_promoted: bool | None


class CreatorConditions(TypedDict, total=False):
    """Which creators a brand wants."""

    min_followers: int | None
    max_followers: int | None
    region: str | None
    language: str | None
    category: str | None
    exclude_promoted: bool | None


class CreatorQuery(CreatorConditions, Page, total=False):
    """Which creators a brand wants, and how many."""

    objective: Literal["gmv", "sales", "affinity"] | None


class SampleRequestsQuery(TypedDict, total=False):
    """What a sample costs."""

    sample_cost: float | None


class CampaignLimits(CreatorConditions, total=False):
    """What a campaign is for, and within which limits."""

    objective: Literal["new_shoppers", "gmv"] | None
    budget: float | None
    sample_cost: float | None
    shopper_worth: float | None
    min_by_region: Mapping[str, int] | None
    min_by_tier: Mapping[str, int] | None
    include: Sequence[str] | None
    exclude: Sequence[str] | None

"""What may be asked, by keyword: the service's document says what each means. None asks nothing."""

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict


class Page(TypedDict, total=False):
    """How many, after how many, and without whom."""

    k: int | None
    skip: int | None
    exclude: Sequence[str] | None


class ProductQuery(Page, total=False):
    """Which products a creator wants."""

    objective: Literal["net_earnings", "earnings", "sales", "affinity"] | None
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
    min_recent_gmv: float | None
    exclude_promoted: bool | None


class CreatorQuery(CreatorConditions, Page, total=False):
    """Which creators a brand wants, and how many."""

    objective: Literal["gmv", "new_shoppers", "sales", "affinity"] | None
    works_with_brand: bool | None
    tiers: str | None


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


class CreatorRow(TypedDict):
    """A creator: who has just signed up, or what has changed. Instants are ISO 8601 texts with a zone."""

    updated_at: str
    creator_id: str
    follower_count: int
    region: NotRequired[str | None]
    language: NotRequired[str | None]
    joined_at: NotRequired[str | None]
    is_active: NotRequired[bool]


class ProductRow(TypedDict):
    """A product: what is new in the catalog, or what has changed."""

    updated_at: str
    product_id: str
    brand_id: str
    category: str
    price: float
    commission_rate: float
    title: NotRequired[str | None]
    stock: NotRequired[int | None]
    sample_quota: NotRequired[int | None]
    min_followers: NotRequired[int | None]
    listed_at: NotRequired[str | None]
    regions: NotRequired[str | None]
    is_active: NotRequired[bool]


class SaleRow(TypedDict):
    """An order line; a refund is the same line again, with a newer `updated_at`."""

    updated_at: str
    sale_id: str
    ordered_at: str
    creator_id: str
    product_id: str
    content_id: str
    quantity: int
    amount: float
    commission_rate: float
    buyer_id: NotRequired[str | None]
    refunded_quantity: NotRequired[int]
    status: NotRequired[Literal["PLACED", "SETTLED", "CANCELLED"]]


class EngagementRow(TypedDict):
    """What one content moved for one product in one period, so far."""

    updated_at: str
    content_id: str
    product_id: str
    period_start: str
    creator_id: str
    content_type: NotRequired[Literal["VIDEO", "LIVE"]]
    views: int
    likes: NotRequired[int]
    comments: NotRequired[int]
    shares: NotRequired[int]
    product_clicks: int
    add_to_carts: NotRequired[int]


class Events(TypedDict, total=False):
    """Rows to keep, by their table."""

    creators: Sequence[CreatorRow] | None
    products: Sequence[ProductRow] | None
    sales: Sequence[SaleRow] | None
    engagement: Sequence[EngagementRow] | None

"""What the service answers, as parsed JSON, named as in its document; instants are ISO 8601 texts."""

from typing import TypedDict


class ReasonBody(TypedDict):
    """Why a match is recommended."""

    kind: str
    text: str
    evidence: dict[str, str | int | float]


class ProductMatchBody(TypedDict):
    """A product for the creator to promote."""

    creator_id: str
    product_id: str
    rank: int
    score: float
    expected_units: float | None
    expected_gmv: float | None
    expected_commission: float | None
    expected_commission_low: float | None
    expected_commission_high: float | None
    chance_of_sale: float | None
    promoted_or_not: bool
    commission_per_unit: float
    price: float
    commission_rate: float
    title: str | None
    category: str
    brand_id: str
    new_creator: bool
    summary: str
    reasons: list[ReasonBody]
    sources: list[str]
    propensity: float
    release_id: str


class ProductMatches(TypedDict):
    """The best products for a creator, best first."""

    release_id: str
    as_of: str
    currency: str
    horizon_days: float
    k: int
    objective: str
    diversity: float
    diversity_cost: float
    matches: list[ProductMatchBody]


class CreatorAnswer(TypedDict):
    """The list of one of several creators."""

    creator_id: str
    answer: ProductMatches


class CreatorProblem(TypedDict):
    """Why one of several creators has no answer."""

    creator_id: str
    detail: str


class ManyProductMatches(TypedDict):
    """The best products for each of several creators."""

    answers: list[CreatorAnswer]
    problems: list[CreatorProblem]


class RulingBody(TypedDict):
    """What one rule says of a pair."""

    rule: str
    description: str
    allowed: bool


class EligibilityBody(TypedDict):
    """Whether a product may be matched with a creator, and what each rule in force says of it."""

    creator_id: str
    product_id: str
    allowed: bool
    rulings: list[RulingBody]


class CreatorMatchBody(TypedDict):
    """A creator to promote the product."""

    creator_id: str
    product_id: str
    rank: int
    score: float
    expected_units: float | None
    expected_gmv: float | None
    expected_commission: float | None
    expected_commission_low: float | None
    expected_commission_high: float | None
    chance_of_sale: float | None
    promoted_or_not: bool
    commission_per_unit: float
    price: float
    commission_rate: float
    title: str | None
    category: str
    brand_id: str
    new_creator: bool
    summary: str
    reasons: list[ReasonBody]
    sources: list[str]
    propensity: float
    release_id: str
    follower_count: int
    region: str | None
    language: str | None
    expected_new_shoppers: float | None


class CreatorMatches(TypedDict):
    """The best creators for a product or a brand, best first."""

    release_id: str
    as_of: str
    currency: str
    horizon_days: float
    k: int
    objective: str
    tiers: dict[str, int]
    matches: list[CreatorMatchBody]


class CountBody(TypedDict):
    """A count of shoppers. Where it would tell of single ones it is a range."""

    low: int
    high: int


class PlannedSampleBody(TypedDict):
    """One sample, in the order of choice."""

    rank: int
    creator_id: str
    product_id: str
    title: str | None
    follower_count: int
    tier: str
    region: str | None
    required: bool
    chance_to_post: float
    expected_buyers: float
    expected_gmv: float
    audience: CountBody
    know_brand: CountBody
    cost: float
    added: float
    margin: float
    total_cost: float
    total_added: float
    pays: bool


class CampaignPlanBody(TypedDict):
    """The plan of a campaign."""

    release_id: str
    as_of: str
    currency: str
    horizon_days: float
    brand_id: str
    objective: str
    candidates: int
    stop_after: int
    tiers: dict[str, int]
    samples: list[PlannedSampleBody]


class RankedRequestBody(TypedDict):
    """A pending application for a sample."""

    rank: int
    application_id: str
    requested_at: str
    creator_id: str
    product_id: str
    title: str | None
    follower_count: int
    region: str | None
    chance_to_post: float
    expected_units: float
    expected_gmv: float
    added_gmv: float
    overlap: float
    cost: float
    margin: float
    approve: bool
    why: str


class SampleRequestsBody(TypedDict):
    """A brand's pending applications, best first."""

    release_id: str
    as_of: str
    currency: str
    horizon_days: float
    brand_id: str
    pending: int
    approved: int
    requests: list[RankedRequestBody]


class Live(TypedDict):
    """The process runs."""

    status: str


class Ready(TypedDict):
    """A verified release is being served."""

    status: str
    release_id: str
    as_of: str
    refused: str | None


class RecordedBody(TypedDict):
    """All rows are on the disk."""

    recorded: int
    repeated: int

"""What a brand sends to have its samples planned, and what it is answered."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.campaigns import Campaign, CampaignPlan
from serving.loaded import LoadedRelease
from serving.queries import CreatorConditions, Money, Text
from serving.sample_requests import RankedRequests

MAX_SAMPLES = 10_000
_Ids = Annotated[tuple[Text, ...], Field(strict=False)]
_Least = Annotated[int, Field(ge=0, le=MAX_SAMPLES)]


class CampaignQuestion(CreatorConditions):
    """A campaign to plan. Unknown fields are refused, so that a misspelt limit is not ignored."""

    brand_id: Text
    samples: int = Field(ge=1, le=MAX_SAMPLES, description="How many samples there are at most")
    objective: Literal["new_shoppers", "gmv"] = "new_shoppers"
    budget: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        default=None, description="What all samples may cost together"
    )
    sample_cost: Money | None = Field(
        default=None, description="What one costs; its product's price by default"
    )
    shopper_worth: Money | None = Field(
        default=None,
        description="What a new shopper is worth; by default what a buyer spends after commission",
    )
    min_by_region: dict[str, _Least] = Field(
        default={}, description="At least so many creators of each region"
    )
    min_by_tier: dict[str, _Least] = Field(default={}, description="At least so many creators of each tier")
    include: _Ids = ()
    exclude: _Ids = ()

    def campaign(self) -> Campaign:
        """The campaign; raises `UsageError` where it contradicts itself."""
        return Campaign(
            brand_id=self.brand_id,
            samples=self.samples,
            objective=self.objective,
            budget=self.budget,
            sample_cost=self.sample_cost,
            shopper_worth=self.shopper_worth,
            filters=self.filters(),
            min_by_region=self.min_by_region,
            min_by_tier=self.min_by_tier,
            include=self.include,
            exclude=self.exclude,
        )


class CampaignBody(CampaignQuestion):
    """A campaign to plan. Unknown fields are refused, so that a misspelt limit is not ignored."""

    model_config = ConfigDict(
        strict=True, json_schema_extra={"examples": [{"brand_id": "b030", "samples": 20}]}
    )


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class CountBody(_Body):
    """A count of shoppers. Where it would tell of single ones it is a range."""

    low: int
    high: int


class PlannedSampleBody(_Body):
    """One sample, in the order of choice."""

    rank: int
    creator_id: str
    product_id: str
    title: str | None = Field(description="The product's, where the export has one")
    follower_count: int
    tier: str
    region: str | None
    required: bool = Field(description="Was it asked for by `include`")
    chance_to_post: float = Field(ge=0, le=1, description="Chance that a creator who gets it posts")
    expected_buyers: float = Field(description="Buyers within the horizon, should it post")
    expected_gmv: float = Field(description="What they pay")
    audience: CountBody = Field(description="Known buyers of the creator")
    know_brand: CountBody = Field(
        description="Those of them who bought from the brand", examples=[{"low": 0, "high": 9}]
    )
    cost: float
    added: float = Field(description="What it adds to the samples before it, in new shoppers or money")
    margin: float = Field(description="What that is worth to the brand, less the cost")
    total_cost: float
    total_added: float
    pays: bool = Field(description="Is it among the samples that together earn most")


class CampaignPlanBody(_Body):
    """The plan of a campaign."""

    release_id: str
    as_of: datetime
    currency: str
    horizon_days: float
    brand_id: str
    objective: str = Field(examples=["new_shoppers"])
    candidates: int = Field(description="How many creators there were to choose from")
    stop_after: int = Field(description="After so many samples the next one costs more than it adds")
    tiers: dict[str, int] = Field(description="How the planned creators split by follower tier")
    samples: list[PlannedSampleBody]

    @classmethod
    def of(cls, release: LoadedRelease, plan: CampaignPlan) -> "CampaignPlanBody":
        """The plan from a release."""
        return cls.model_validate(_stated(release) | {name: getattr(plan, name) for name in plan.__slots__})


class RankedRequestBody(_Body):
    """A pending application for a sample."""

    rank: int
    application_id: str
    requested_at: datetime
    creator_id: str
    product_id: str
    title: str | None = Field(description="The product's, where the export has one")
    follower_count: int
    region: str | None
    chance_to_post: float
    expected_units: float = Field(description="Units within the horizon, should it post")
    expected_gmv: float
    added_gmv: float = Field(
        description="What approving it adds to those approved above it and to samples already out"
    )
    overlap: float = Field(
        ge=0, le=1, description="Share of what it would bring that others with a sample bring anyway"
    )
    cost: float
    margin: float = Field(description="What is left of the added sales after commission and cost")
    approve: bool
    why: str


class SampleRequestsBody(_Body):
    """A brand's pending applications, best first."""

    release_id: str
    as_of: datetime
    currency: str
    horizon_days: float
    brand_id: str
    pending: int
    approved: int = Field(description="How many are recommended for approval")
    requests: list[RankedRequestBody]

    @classmethod
    def of(cls, release: LoadedRelease, ranked: RankedRequests) -> "SampleRequestsBody":
        """The answer from a release."""
        return cls.model_validate(
            _stated(release) | {name: getattr(ranked, name) for name in ranked.__slots__}
        )


def _stated(release: LoadedRelease) -> dict[str, object]:
    return {name: getattr(release, name) for name in ("release_id", "as_of", "currency", "horizon_days")}

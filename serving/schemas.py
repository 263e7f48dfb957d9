"""What the service answers, as JSON."""

from datetime import datetime
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from serving.brand_lists import split_by_tier
from serving.candidates import Source
from serving.loaded import LoadedRelease
from serving.matches import Answer
from serving.objectives import Objective
from serving.reasons import ReasonKind


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class ReasonBody(_Body):
    """Why a match is recommended."""

    kind: ReasonKind
    text: str = Field(description="The reason in a sentence")
    evidence: dict[str, str | int | float] = Field(description="The data behind it")


class _MatchBody(_Body):
    """One creator with one product."""

    creator_id: str
    product_id: str
    rank: int = Field(ge=1)
    score: float = Field(description="Affinity: higher is better; comparable within one creator's list")
    expected_units: float | None = Field(
        description="Units that stay sold within the horizon, should the creator promote the product; null, "
        "as the other expected values, where the release has no value model"
    )
    expected_gmv: float | None = Field(description="What is paid for them")
    expected_commission: float | None = Field(description="What the creator gets of it")
    expected_commission_low: float | None = Field(description="80 % of outcomes lie from here")
    expected_commission_high: float | None = Field(description="to here")
    chance_of_sale: float | None = Field(
        ge=0, le=1, description="Chance of at least one unit that stays sold within the horizon"
    )
    promoted_or_not: bool = Field(
        description="True where the market shows no promotion before it sells: expected values and chance "
        "are then of a pair that stands on a list, whether the creator promotes it or not"
    )
    commission_per_unit: float = Field(description="Price × commission rate, in the answer's currency")
    price: float
    commission_rate: float = Field(
        ge=0, le=1, description="What this creator gets: agreed in a collaboration, else open to all"
    )
    title: str | None
    category: str
    brand_id: str
    new_creator: bool = Field(
        description="The creator has no history: nothing of its own tells what it sells"
    )
    summary: str = Field(
        description="In words: what to expect and how sure that is, with no more digits than are known, and "
        "how much evidence it rests on",
        examples=[
            "about 2 units, 40 EUR of commission (0 to 110 in four of five cases); based on 23 products that "
            "this creator promotes and 61 creators who promote this, 12 of them like this creator"
        ],
    )
    reasons: list[ReasonBody]
    sources: list[Source] = Field(
        description="Which sources of candidates brought the pair up; `exploration`: its place was drawn "
        "among what is hardly known, whatever its value"
    )
    propensity: float = Field(
        gt=0,
        le=1,
        description="Chance that the pair came to its place, given those above; 1 where it was not drawn",
    )
    release_id: str


class ProductMatchBody(_MatchBody):
    """A product for the creator to promote."""


class CreatorMatchBody(_MatchBody):
    """A creator to promote the product."""

    expected_units: float | None = Field(
        description="Units that stay sold within the horizon, should the creator be asked: the chance that "
        "it promotes anything at all is counted in, as in the other expected values; null, as they, where "
        "the release has no value model"
    )
    chance_of_sale: float | None = Field(
        ge=0,
        le=1,
        description="Chance that the creator, if asked, sells at least one unit that stays sold",
    )
    follower_count: int
    region: str | None
    language: str | None
    expected_new_shoppers: float | None = Field(
        description="Expected buyers who never bought from the brand; null unless the list is ranked by them"
    )


class _Answer(_Body):
    release_id: str
    as_of: datetime = Field(description="Nothing after this instant was known")
    currency: str
    horizon_days: float = Field(description="How far ahead expected values look")
    k: int = Field(description="How many matches were asked for")
    objective: Objective = Field(description="What the list is ranked by")

    @classmethod
    def of(cls, release: LoadedRelease, k: int, answer: Answer) -> Self:
        """The answer from a release."""
        return cls.model_validate(cls._told(release, k, answer))

    @classmethod
    def _told(cls, release: LoadedRelease, k: int, answer: Answer) -> dict[str, object]:
        return {
            "release_id": release.release_id,
            "as_of": release.as_of,
            "currency": release.currency,
            "horizon_days": release.horizon_days,
            "k": k,
            "objective": answer.objective,
            "diversity": answer.diversity,
            "diversity_cost": answer.diversity_cost,
            "matches": answer.matches,
        }


class ProductMatches(_Answer):
    """The best products for a creator, best first."""

    diversity: float = Field(ge=0, le=1, description="As asked for")
    diversity_cost: float = Field(
        ge=0,
        le=1,
        description="Share of the objective's sum given up for diversity, against the list without it; "
        "of affinity, counted from the least candidate",
    )
    matches: list[ProductMatchBody]


class CreatorAnswer(_Body):
    """The list of one of several creators."""

    creator_id: str
    answer: ProductMatches = Field(description="What its own route would answer")


class CreatorProblem(_Body):
    """Why one of several creators has no answer."""

    creator_id: str
    detail: str = Field(
        description="What is wrong and how to mend it", examples=["there is no creator 'c999999'"]
    )


class ManyProductMatches(_Body):
    """The best products for each of several creators."""

    answers: list[CreatorAnswer] = Field(description="In the order in which they were asked for")
    problems: list[CreatorProblem] = Field(description="Who got no answer, and why")


class CreatorMatches(_Answer):
    """The best creators for a product or a brand, best first."""

    tiers: dict[str, int] = Field(description="How many of the list are of each tier of followers")
    matches: list[CreatorMatchBody]

    @classmethod
    def _told(cls, release: LoadedRelease, k: int, answer: Answer) -> dict[str, object]:
        listed = [release.creator_index(match.creator_id) for match in answer.matches]
        tiers = split_by_tier(release, np.array(listed, dtype=np.int32))
        return super()._told(release, k, answer) | {"tiers": tiers}


class RulingBody(_Body):
    """What one rule says of a pair."""

    rule: str
    description: str = Field(description="What the rule demands")
    allowed: bool


class EligibilityBody(_Body):
    """Whether a product may be matched with a creator, and what each rule in force says of it."""

    creator_id: str
    product_id: str
    allowed: bool
    rulings: list[RulingBody]


class Live(_Body):
    """The process runs."""

    status: str = "live"


class Ready(_Body):
    """A verified release is being served."""

    status: str = "ready"
    release_id: str
    as_of: datetime
    refused: str | None = Field(
        description="Why a newer champion is not served, where it cannot be; null where all is well"
    )

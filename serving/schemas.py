"""What the service answers, as JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from serving.loaded import LoadedRelease
from serving.matches import Match
from serving.reasons import ReasonKind


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class ReasonBody(_Body):
    """Why a match is recommended."""

    kind: ReasonKind
    text: str = Field(description="The reason in a sentence")
    evidence: dict[str, str | int | float] = Field(description="The data behind it")


class ProductMatchBody(_Body):
    """A product for the creator to promote."""

    creator_id: str
    product_id: str
    rank: int = Field(ge=1)
    score: float = Field(description="Higher is better; comparable within one creator's list")
    commission_per_unit: float = Field(description="Price × commission rate, in the answer's currency")
    price: float
    commission_rate: float = Field(ge=0, le=1)
    title: str | None
    category: str
    brand_id: str
    reasons: list[ReasonBody]
    release_id: str


class CreatorMatchBody(ProductMatchBody):
    """A creator to promote the product."""

    follower_count: int
    region: str | None
    language: str | None


class _Answer(_Body):
    release_id: str
    as_of: datetime = Field(description="Nothing after this instant was known")
    currency: str
    k: int = Field(description="How many matches were asked for")

    @classmethod
    def of(cls, release: LoadedRelease, k: int, matches: Sequence[Match]) -> Self:
        """The answer from a release."""
        return cls.model_validate(
            {
                "release_id": release.release_id,
                "as_of": release.as_of,
                "currency": release.currency,
                "k": k,
                "matches": matches,
            }
        )


class ProductMatches(_Answer):
    """The best products for a creator, best first."""

    matches: list[ProductMatchBody]


class CreatorMatches(_Answer):
    """The best creators for a product or a brand, best first."""

    matches: list[CreatorMatchBody]


class Live(_Body):
    """The process runs."""

    status: str = "live"


class Ready(_Body):
    """A verified release is being served."""

    status: str = "ready"
    release_id: str
    as_of: datetime

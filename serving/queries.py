"""Query parameters and the filters they mean."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.brand_lists import TIERS, read_mix
from serving.filters import CreatorFilter, ProductFilter
from serving.matcher import DEFAULT_K

MAX_K, MAX_SKIP, MAX_EXCLUDED, MAX_CREATORS = 200, 2_000, 200, 100
# SQL's BIGINT, which the tables hold.
MAX_COUNT = 2**63 - 1

# Parameters that may be given several times.
LISTS = frozenset({"exclude"})

# As `read_mix` takes it, so that the document says what is refused.
_PART = rf"({'|'.join(TIERS)})[:=][0-9]{{1,3}}"
MIX = rf"^{_PART}(,{_PART})*$"

K = Annotated[int, Field(ge=1, le=MAX_K, description="How many matches")]
Text = Annotated[str, Field(min_length=1)]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Rate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
# JSON knows no tuples, which even what is strict elsewhere must take lists for.
Excluded = Annotated[tuple[Text, ...], Field(max_length=MAX_EXCLUDED, strict=False)]
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]


class _Query(BaseModel):
    """Parameters of every list. Unknown ones are refused, so that a misspelt filter is not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    k: K = DEFAULT_K
    skip: Annotated[int, Field(ge=0, le=MAX_SKIP)] = Field(
        default=0, description="How many of the best to leave out, for the next page"
    )
    exclude: Excluded = Field(
        default=(), description="Ids that are not to be in the list; may be given several times"
    )


class ProductQuery(_Query):
    """What a creator asks."""

    objective: Literal["net_earnings", "earnings", "sales", "affinity"] | None = Field(
        default=None,
        description="What the list is ranked by: net earnings (earnings less what a place costs others who "
        "want the product), earnings as if alone (expected commission × chance of a sale), expected units or "
        "affinity; net earnings by default, or affinity where the release has no value model",
    )
    diversity: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = Field(
        default=0.0, description="How much value to trade for other categories and brands, 0 … 1"
    )
    category: Text | None = Field(default=None, description="This category or one below it")
    brand: Text | None = Field(default=None, description="A brand_id")
    min_price: Money | None = Field(default=None, description="Least price, in the answer's currency")
    max_price: Money | None = Field(default=None, description="Greatest price, in the answer's currency")
    min_commission: Rate | None = Field(
        default=None, description="Least commission rate that this creator gets, 0 … 1"
    )
    in_stock: bool = Field(default=True, description="Bar products that are out of stock")
    with_samples: bool = Field(default=False, description="Only products that offer samples")
    exclude_promoted: bool = Field(default=True, description="Bar what the creator already promotes")

    def filters(self) -> ProductFilter:
        """The filter; raises `FilterError` where it contradicts itself."""
        return ProductFilter(
            category=self.category,
            brand_id=self.brand,
            min_price=self.min_price,
            max_price=self.max_price,
            min_commission=self.min_commission,
            in_stock=self.in_stock,
            with_samples=self.with_samples,
            exclude_promoted=self.exclude_promoted,
            exclude=self.exclude,
        )


class CreatorsBody(ProductQuery):
    """What is asked for many creators at once, for each alike."""

    # An address holds texts alone; JSON has numbers and flags, and they are meant as they are written.
    model_config = ConfigDict(strict=True)

    creator_ids: Annotated[tuple[Text, ...], Field(min_length=1, max_length=MAX_CREATORS, strict=False)] = (
        Field(description="For whom to answer", examples=[["c000017", "c000018"]])
    )


class CreatorConditions(BaseModel):
    """Which creators a brand wants."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_followers: Count | None = Field(default=None, description="Least number of followers")
    max_followers: Count | None = Field(default=None, description="Greatest number of followers")
    region: Text | None = Field(default=None, description="Only creators of this region")
    language: Text | None = Field(default=None, description="Only creators of this language")
    category: Text | None = Field(
        default=None,
        description="Creators with a product of this category, or one below it, in their history",
    )
    min_recent_gmv: Money | None = Field(
        default=None,
        description="Least sales of the creator's own, net of refunds and in the answer's currency, over the "
        "last half horizon (at least a day)",
    )
    exclude_promoted: bool = Field(default=True, description="Bar products a creator already promotes")

    def filters(self) -> CreatorFilter:
        """The filter; raises `FilterError` where it contradicts itself."""
        return CreatorFilter(
            min_followers=self.min_followers,
            max_followers=self.max_followers,
            region=self.region,
            language=self.language,
            category=self.category,
            min_recent_gmv=self.min_recent_gmv,
            exclude_promoted=self.exclude_promoted,
        )


class EligibilityQuery(BaseModel):
    """A product of which a creator asks whether it may be matched; the rest is as in its `ProductQuery`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product_id: Text = Field(description="The product in question")
    in_stock: bool = Field(default=True, description="Must it be in stock")
    exclude_promoted: bool = Field(default=True, description="Bar what the creator already promotes")

    def filters(self) -> ProductFilter:
        """The filter that says which rules are in force."""
        return ProductFilter(in_stock=self.in_stock, exclude_promoted=self.exclude_promoted)


class CreatorQuery(CreatorConditions, _Query):
    """What a brand asks."""

    def filters(self) -> CreatorFilter:
        """The filter; raises `FilterError` where it contradicts itself."""
        return replace(super().filters(), exclude=self.exclude, works_with_brand=self.works_with_brand)

    objective: Literal["gmv", "new_shoppers", "sales", "affinity"] | None = Field(
        default=None,
        description="What the list is ranked by: expected sales in money, expected buyers who never bought "
        "from the brand, expected units, or affinity; gmv by default, or affinity without a value model",
    )
    works_with_brand: bool | None = Field(
        default=None, description="Only creators who promote something of the brand already, or who do not"
    )
    tiers: Text | None = Field(
        default=None,
        description="At least so many of a tier of followers; does not go with `skip`",
        examples=["nano:5,micro:3"],
        json_schema_extra={"pattern": MIX},
    )

    def mix(self) -> dict[str, int]:
        """At least so many of each tier; raises `InvalidValueError` where that cannot be meant."""
        return {} if self.tiers is None else read_mix(self.tiers, self.k, self.skip)

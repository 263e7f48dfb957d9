"""What a marketplace sends as it happens: rows of the tables of the contract, each in its newest state."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    model_validator,
)

from features.contracts import LONGEST
from features.event_log import Event
from serving.queries import MAX_COUNT

MAX_EVENTS = 1_000
# As in the contract: sums of millions of such rows stay within 64 bits.
_MOST = 10**12
_RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def _in_unicode(text: str) -> str:
    text.encode()  # JSON can carry a lone surrogate, a table cannot
    return text


def _in_bytes(text: str) -> str:
    if len(_in_unicode(text).encode()) > LONGEST:
        raise ValueError(f"has more than {LONGEST} bytes")
    return text


def _number(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("is no number")
    return value


def _instant(value: object) -> object:
    # Numbers, and texts of digits, would be read as seconds since 1970.
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError("is no time with its zone, such as 2026-01-31T12:00:00Z")
    return value


_Id = Annotated[str, Field(min_length=1), AfterValidator(_in_bytes)]
_Count = Annotated[int, Field(ge=0, le=MAX_COUNT), BeforeValidator(_number)]
_Summed = Annotated[int, Field(ge=0, le=_MOST), BeforeValidator(_number)]
_Money = Annotated[float, Field(ge=0, le=_MOST, allow_inf_nan=False), BeforeValidator(_number)]
_Rate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), BeforeValidator(_number)]
_Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]
_UPDATED = "When the row came into this state; of two states of one row the newer holds"


class _Row(BaseModel):
    """One row; unknown fields are refused, so that a misspelt one is not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    updated_at: _Instant = Field(description=_UPDATED)

    def event(self, table: str) -> Event:
        """The row as the log keeps it."""
        given = {name: _plain(getattr(self, name)) for name in type(self).model_fields}
        return Event(table, {name: value for name, value in given.items() if value is not None})


class CreatorRow(_Row):
    """A creator: who has just signed up, or what has changed."""

    creator_id: _Id
    follower_count: _Count
    region: _Id | None = None
    language: _Id | None = None
    joined_at: _Instant | None = Field(default=None, description="When the creator joined")
    is_active: StrictBool = Field(default=True, description="False once the creator has left")


class ProductRow(_Row):
    """A product: what is new in the catalog, or what has changed."""

    product_id: _Id
    brand_id: _Id
    category: _Id
    price: _Money
    commission_rate: _Rate
    title: Annotated[str, Field(min_length=1, max_length=4 * LONGEST), AfterValidator(_in_unicode)] | None = (
        None
    )
    stock: _Count | None = Field(default=None, description="Left to sell; null is without limit")
    sample_quota: _Count | None = Field(default=None, description="Samples that the brand gives away")
    min_followers: _Count | None = Field(default=None, description="Followers that a creator must have")
    listed_at: _Instant | None = Field(default=None, description="From when on it is sold")
    regions: _Id | None = Field(default=None, description="Where it is sold, as `US|GB`; null is everywhere")
    is_active: StrictBool = Field(default=True, description="False once it is no longer sold")


class SaleRow(_Row):
    """An order line. A refund is the same line again, with what came back and a newer `updated_at`."""

    sale_id: _Id = Field(description="The order line")
    ordered_at: _Instant = Field(description="When it was ordered")
    creator_id: _Id
    product_id: _Id
    content_id: _Id = Field(description="The video or live stream that sold it")
    quantity: Annotated[int, Field(ge=1, le=_MOST), BeforeValidator(_number)] = Field(
        description="Units ordered"
    )
    amount: _Money = Field(description="What was paid for them together")
    commission_rate: _Rate
    buyer_id: _Id | None = Field(default=None, description="Who bought, as a pseudonym")
    refunded_quantity: _Count = Field(default=0, description="Units that came back")
    status: Literal["PLACED", "SETTLED", "CANCELLED"] = "PLACED"

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse what the night would."""
        if self.refunded_quantity > self.quantity:
            raise ValueError("refunded_quantity: more came back than was sold")
        if self.updated_at < self.ordered_at:
            raise ValueError("updated_at: before ordered_at")
        return self


class EngagementRow(_Row):
    """What one content moved for one product in one period, so far."""

    content_id: _Id = Field(description="The video or live stream")
    product_id: _Id
    period_start: _Instant = Field(description="The begin of the day")
    creator_id: _Id
    content_type: Literal["VIDEO", "LIVE"] = Field(default="VIDEO", description="What kind of content")
    views: _Summed = Field(description="Views in the period")
    likes: _Summed = Field(default=0, description="Likes in the period")
    comments: _Summed = Field(default=0, description="Comments in the period")
    shares: _Summed = Field(default=0, description="Shares in the period")
    product_clicks: _Summed = Field(description="Clicks on the product in the period")
    add_to_carts: _Summed = Field(default=0, description="How often it was put into a cart in the period")


class EventsBody(BaseModel):
    """Rows to keep, 1 to `MAX_EVENTS` together. Sending one again, or in another order, changes nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    creators: tuple[CreatorRow, ...] = Field(default=(), description="Creators who are new or have changed")
    products: tuple[ProductRow, ...] = Field(default=(), description="Products that are new or have changed")
    sales: tuple[SaleRow, ...] = Field(default=(), description="Order lines, refunds and cancellations")
    engagement: tuple[EngagementRow, ...] = Field(default=(), description="Views, clicks and carts")

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse nothing at all, and too much at a time."""
        if not 1 <= sum(1 for _ in self.rows()) <= MAX_EVENTS:
            raise ValueError(f"send 1 to {MAX_EVENTS} rows at a time")
        return self

    def rows(self) -> Iterator[tuple[str, _Row]]:
        """Each row with the name of its table, what others may name first."""
        for table in type(self).model_fields:
            for row in getattr(self, table):
                yield table, row

    def events(self) -> list[Event]:
        """The rows as the log keeps them."""
        return [row.event(table) for table, row in self.rows()]


class RecordedBody(BaseModel):
    """All rows are on the disk."""

    model_config = ConfigDict(frozen=True)

    recorded: int = Field(ge=0, description="How many are new", examples=[2])
    repeated: int = Field(ge=0, description="How many were there already", examples=[0])


def _plain(value: object) -> str | int | float | bool | None:
    """As the log keeps it, one text for one value; instants in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"no value of a row: {value!r}")

"""The tables of a marketplace export, declared once, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What a column holds, in the words of an error message."""

    TEXT = "a text"
    COUNT = "a whole number"
    RATE = "a number"
    MONEY = "an amount of money"
    INSTANT = "a UTC time such as 2026-01-31T12:00:00Z"
    FLAG = "true or false"


# Ids, names and categories are keys; anything longer is a text in the wrong column.
LONGEST = 512


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `default` is an SQL expression over the table's other typed columns that fills an absent
    or null value; a column without default must be there and must not be null, unless `nullable`.
    `longest` is the most bytes of UTF-8 that a text may have.
    """

    name: str
    kind: Kind
    default: str | None = None
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    longest: int | None = None
    allowed: tuple[str, ...] = ()
    references: str | None = None

    @property
    def optional(self) -> bool:
        """May the export leave the column out."""
        return self.nullable or self.default is not None


@dataclass(frozen=True, slots=True)
class Check:
    """An SQL condition over typed columns that marks a row as bad; the first that holds is its reason."""

    reason: str
    column: str
    bad_when: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table. Of rows with the same `key` (where null is a value too) the one with the newest `version`
    wins, one without before all others, then the one with the greatest values. `known_from` is the SQL of
    the instant from which a row can be known, None for tables without a time line; where `reaches_back`,
    the earliest row of each key holds before its own instant too, so that no key is ever unknown.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    required: bool = True
    version: str | None = None
    known_from: str | None = None
    reaches_back: bool = False
    rules: tuple[Check, ...] = ()

    def column(self, name: str) -> Column:
        """The column of that name; raises `KeyError` where there is none."""
        return {column.name: column for column in self.columns}[name]


def _text(
    name: str,
    *,
    nullable: bool = False,
    default: str | None = None,
    references: str | None = None,
    allowed: tuple[str, ...] = (),
    longest: int = LONGEST,
) -> Column:
    return Column(name, Kind.TEXT, default, nullable, longest=longest, references=references, allowed=allowed)


def _count(name: str, *, default: str | None = None, nullable: bool = False, minimum: float = 0) -> Column:
    return Column(name, Kind.COUNT, default, nullable, minimum=minimum)


def _summed(name: str, *, default: str | None = None, minimum: float = 0) -> Column:
    # A bound that millions of rows can reach without their sum leaving 64 bits.
    return Column(name, Kind.COUNT, default, minimum=minimum, maximum=1e12)


def _instant(name: str, *, default: str | None = None, nullable: bool = False) -> Column:
    return Column(name, Kind.INSTANT, default, nullable)


_CREATOR = _text("creator_id", references="creators")
_PRODUCT = _text("product_id", references="products")
_COMMISSION = Column("commission_rate", Kind.RATE, minimum=0, maximum=1)
_ACTIVE = Column("is_active", Kind.FLAG, default="TRUE")
_UPDATED = _instant("updated_at", nullable=True)
# A state without a time of its own holds from the beginning of time.
_SINCE_UPDATED = "COALESCE(updated_at, 0)"

CREATORS = Table(
    "creators",
    ("creator_id",),
    (
        _text("creator_id"),
        _count("follower_count"),
        _text("region", nullable=True),
        _text("language", nullable=True),
        _instant("joined_at", nullable=True),
        _ACTIVE,
        _UPDATED,
    ),
    version="updated_at",
    known_from=_SINCE_UPDATED,
    reaches_back=True,
)

PRODUCTS = Table(
    "products",
    ("product_id",),
    (
        _text("product_id"),
        _text("brand_id"),
        _text("category"),
        Column("price", Kind.MONEY, minimum=0),
        _COMMISSION,
        _text("title", nullable=True, longest=16 * LONGEST),
        _count("stock", nullable=True),
        _count("sample_quota", nullable=True),
        _count("min_followers", nullable=True),
        _instant("listed_at", nullable=True),
        _text("regions", nullable=True, longest=16 * LONGEST),
        _ACTIVE,
        _UPDATED,
    ),
    version="updated_at",
    known_from=_SINCE_UPDATED,
    reaches_back=True,
    rules=(
        Check(
            "empty_region",
            "regions",
            "contains('|' || replace(regions, ' ', '') || '|', '||')",
            "write regions as US|GB, or leave it null where the product is sold everywhere",
        ),
    ),
)

ENGAGEMENT = Table(
    "engagement",
    ("content_id", "product_id", "period_start"),
    (
        _text("content_id"),
        _PRODUCT,
        _instant("period_start"),
        _CREATOR,
        _text("content_type", allowed=("VIDEO", "LIVE"), default="'VIDEO'"),
        _summed("views"),
        _summed("likes", default="0"),
        _summed("comments", default="0"),
        _summed("shares", default="0"),
        _summed("product_clicks"),
        _summed("add_to_carts", default="0"),
        # A period is a day: without a time of its own, a row can be known only when the day is over.
        _instant("updated_at", default="period_start + 86400000000"),
    ),
    version="updated_at",
    known_from="GREATEST(period_start, updated_at)",
)

SALES = Table(
    "sales",
    ("sale_id",),
    (
        _text("sale_id"),
        _instant("ordered_at"),
        _CREATOR,
        _PRODUCT,
        _text("content_id"),
        _summed("quantity", minimum=1),
        Column("amount", Kind.MONEY, minimum=0),
        _COMMISSION,
        _text("buyer_id", nullable=True),
        _count("refunded_quantity", default="0"),
        _text("status", default="'PLACED'", allowed=("PLACED", "SETTLED", "CANCELLED")),
        _instant("updated_at"),
    ),
    version="updated_at",
    known_from="GREATEST(ordered_at, updated_at)",
    rules=(
        Check(
            "refunded_more_than_sold",
            "refunded_quantity",
            "refunded_quantity > quantity",
            "a refund cannot exceed the quantity of its order line",
        ),
        Check(
            "updated_before_ordered",
            "updated_at",
            "updated_at < ordered_at",
            "updated_at is when this state was written and cannot precede ordered_at",
        ),
    ),
)

SAMPLES = Table(
    "samples",
    ("application_id",),
    (
        _text("application_id"),
        _CREATOR,
        _PRODUCT,
        _instant("requested_at"),
        _text("status"),
        _instant("posted_at", nullable=True),
    ),
    required=False,
    known_from="requested_at",
)

COLLABORATIONS = Table(
    "collaborations",
    ("creator_id", "product_id"),
    (
        _CREATOR,
        _PRODUCT,
        _COMMISSION,
        _text("status"),
        _instant("since"),
        _instant("updated_at", default="since"),
    ),
    required=False,
    version="updated_at",
    known_from="GREATEST(since, updated_at)",
)

DEMAND_EVENTS = Table(
    "demand_events",
    ("name", "starts_at", "category"),
    (
        _text("name"),
        _instant("starts_at"),
        _instant("ends_at"),
        _text("category", nullable=True),
        _UPDATED,
    ),
    required=False,
    version="updated_at",
    known_from=_SINCE_UPDATED,
    rules=(Check("ends_before_start", "ends_at", "ends_at < starts_at", "an event ends after it starts"),),
)

# Lists as they were shown, one row a place. `propensity` is the chance with which the policy puts the product
# there, given what it had drawn before; 1 where chance plays no part.
IMPRESSIONS = Table(
    "impressions",
    ("impression_id",),
    (
        _text("impression_id"),
        _instant("shown_at"),
        _CREATOR,
        _PRODUCT,
        _count("position", minimum=1),
        Column("propensity", Kind.RATE, minimum=0, maximum=1),
        _text("release_id", nullable=True),
        _text("surface", nullable=True),
    ),
    required=False,
    known_from="shown_at",
    rules=(
        Check(
            "impossible",
            "propensity",
            "propensity <= 0",
            "what was shown had a chance: propensity is more than 0, and 1 where it was certain",
        ),
    ),
)

# In the order of validation: a table comes after those that it references.
TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            CREATORS,
            PRODUCTS,
            ENGAGEMENT,
            SALES,
            SAMPLES,
            COLLABORATIONS,
            DEMAND_EVENTS,
            IMPRESSIONS,
        )
    }
)

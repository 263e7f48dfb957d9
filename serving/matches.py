"""What an answer is made of."""

from dataclasses import dataclass
from enum import StrEnum

from serving.catalog import MONEY_DECIMALS
from serving.loaded import LoadedRelease
from serving.reasons import Reason, reasons_for


class Objective(StrEnum):
    """What a list of matches is ranked by; `affinity` is how likely the creator is to sell the product."""

    AFFINITY = "affinity"


@dataclass(frozen=True, slots=True)
class Match:
    """One creator with one product, the same in both directions.

    `rank` counts from 1, `score` is comparable within one creator's list, `commission_per_unit` is price
    times commission rate in the release's currency, to the precision of money in the tables.
    """

    creator_id: str
    product_id: str
    rank: int
    score: float
    commission_per_unit: float
    price: float
    commission_rate: float
    title: str | None
    category: str
    brand_id: str
    follower_count: int
    region: str | None
    language: str | None
    reasons: tuple[Reason, ...]
    release_id: str


def match_of(release: LoadedRelease, creator: int, product: int, rank: int, score: float) -> Match:
    """The match of a creator index and a product index."""
    creators, products = release.creators, release.products
    price, rate = float(products.price[product]), float(products.commission_rate[product])
    return Match(
        creator_id=release.creator_id(creator),
        product_id=release.product_id(product),
        rank=rank,
        score=score,
        commission_per_unit=round(price * rate, MONEY_DECIMALS),
        price=price,
        commission_rate=rate,
        title=products.title[product],
        category=products.category.require(product),
        brand_id=products.brand.require(product),
        follower_count=int(creators.follower_count[creator]),
        region=creators.region[creator],
        language=creators.language[creator],
        reasons=reasons_for(release, creator, product),
        release_id=release.release_id,
    )

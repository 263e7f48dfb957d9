"""What an answer is made of."""

from dataclasses import dataclass
from typing import TypedDict

from recsys.value.estimates import Estimates
from serving.candidates import Source
from serving.catalog import MONEY_DECIMALS
from serving.objectives import Objective
from serving.reasons import Explainer, Reason
from serving.summary import summary


@dataclass(frozen=True, slots=True)
class Match:
    """One creator with one product, the same in both directions.

    `rank` counts from 1, `score` (affinity) is comparable within one creator's list. `commission_rate` is
    what this creator gets (agreed in a collaboration, else open to all), `commission_per_unit` that of
    the price. The `expected_` values and `chance_of_sale` are for the release's horizon should the creator
    promote the product, net of refunds, or where `promoted_or_not` of what a pair on a list brings, whether
    it is promoted or not; None where the release has no value model. Money is in the release's
    currency, to the precision of money in the tables. `sources` brought the pair up; `propensity` is the
    chance that it came to its place given the places above, 1 where it was not drawn. Of a `new_creator`
    there is no history; `summary` says in words what to expect and what that rests on. Lists that are ranked
    by `expected_new_shoppers` tell these buyers, who never bought from the brand.
    """

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
    follower_count: int
    region: str | None
    language: str | None
    new_creator: bool
    summary: str
    reasons: tuple[Reason, ...]
    sources: tuple[Source, ...]
    propensity: float
    release_id: str
    expected_new_shoppers: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Matches, best first by `objective`, and the share of its value that their diversity cost."""

    objective: Objective
    matches: tuple[Match, ...]
    diversity: float = 0.0
    diversity_cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Pick:
    """A pair chosen for an answer, by index."""

    creator: int
    product: int
    sources: tuple[Source, ...]
    propensity: float = 1.0


class Expected(TypedDict):
    """The value part of a match."""

    expected_units: float | None
    expected_gmv: float | None
    expected_commission: float | None
    expected_commission_low: float | None
    expected_commission_high: float | None
    chance_of_sale: float | None
    promoted_or_not: bool


def expected_at(estimates: Estimates | None, place: int) -> Expected:
    """The estimates at a place, money to its precision; nulls where there are none."""
    if estimates is None:
        return Expected(
            expected_units=None,
            expected_gmv=None,
            expected_commission=None,
            expected_commission_low=None,
            expected_commission_high=None,
            chance_of_sale=None,
            promoted_or_not=False,
        )
    return Expected(
        expected_units=float(estimates.units[place]),
        expected_gmv=_money(estimates.gmv[place]),
        expected_commission=_money(estimates.commission[place]),
        expected_commission_low=_money(estimates.commission_low[place]),
        expected_commission_high=_money(estimates.commission_high[place]),
        chance_of_sale=float(estimates.chance[place]),
        promoted_or_not=bool(estimates.promoted_or_not[place]),
    )


def match_of(
    explainer: Explainer, pick: Pick, score: float, place: int, estimates: Estimates | None, skipped: int = 0
) -> Match:
    """The match of a picked pair, by the explainer of its creator.

    `score` is the pair's affinity, `place` where its estimates are, and where it stands among what is shown
    after what was `skipped`.
    """
    release, basis = explainer.release, explainer.basis(pick.product)
    creators, products = release.creators, release.products
    creator, product = pick.creator, pick.product
    price, rate = float(products.price[product]), float(explainer.commission_rates[product])
    return Match(
        creator_id=release.creator_id(creator),
        product_id=release.product_id(product),
        rank=skipped + place + 1,
        score=score,
        **expected_at(estimates, place),
        commission_per_unit=_money(price * rate),
        price=price,
        commission_rate=rate,
        title=products.title[product],
        category=products.category.require(product),
        brand_id=products.brand.require(product),
        follower_count=int(creators.follower_count[creator]),
        region=creators.region[creator],
        language=creators.language[creator],
        new_creator=basis.own_products == 0,
        summary=summary(estimates, place, release.currency, basis),
        reasons=explainer.reasons(product),
        sources=pick.sources,
        propensity=pick.propensity,
        release_id=release.release_id,
    )


def _money(amount: float) -> float:
    return round(float(amount), MONEY_DECIMALS)

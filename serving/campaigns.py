"""A brand's campaign: which creators get its samples, what each of them adds, and when to stop."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recsys.arrays import Bool, Float64, Int32
from recsys.plan.greedy import Chosen, choose
from recsys.plan.groupings import NO_GROUP, Grouping
from recsys.plan.limits import Limits
from serving.brand_market import BrandMarket, BrandPairs, ShownCount
from serving.columns import TextColumn, nulls
from serving.filters import CreatorFilter
from serving.loaded import LoadedRelease
from serving.pair_scores import BARRED, best_products
from serving.valid import InvalidValueError, require_known

OBJECTIVES = ("new_shoppers", "gmv")
# What suits a creator best may not be worth most, and a quota may be used up.
_PRODUCTS_EACH = 5


@dataclass(frozen=True, slots=True)
class Campaign:
    """What a brand asks.

    At most `samples` are sent, which together cost at most `budget`; one costs `sample_cost`, or the list
    price of its product. `min_by_region` and `min_by_tier` say how many creators are to be of
    these. Creators in `include` get a sample whatever they add, those in `exclude` none. A new shopper is
    worth `shopper_worth`, or what a buyer spends within the horizon after commission.
    """

    brand_id: str
    samples: int
    objective: str = OBJECTIVES[0]
    budget: float | None = None
    sample_cost: float | None = None
    shopper_worth: float | None = None
    filters: CreatorFilter = field(default_factory=CreatorFilter)
    min_by_region: Mapping[str, int] = field(default_factory=dict)
    min_by_tier: Mapping[str, int] = field(default_factory=dict)
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse what no plan can come of."""
        if self.objective not in OBJECTIVES:
            raise InvalidValueError("objective", self.objective, f"is none of {', '.join(OBJECTIVES)}")
        if self.samples < 1:
            raise InvalidValueError("samples", self.samples, "is too few; the least is 1")
        if self.budget is not None and not self.budget > 0:
            raise InvalidValueError("budget", self.budget, "buys nothing; give more than 0, or leave it out")
        for name in ("sample_cost", "shopper_worth"):
            amount: float | None = getattr(self, name)
            if amount is not None and amount < 0:
                raise InvalidValueError(name, amount, "is below 0; the least is 0")
        if both := sorted(set(self.include) & set(self.exclude)):
            raise InvalidValueError("include", both[0], "is in exclude too; leave it in one of the two")


@dataclass(frozen=True, slots=True)
class PlannedSample:
    """One sample of a plan, in the order of choice.

    `added` is what it adds to those before it, in the unit of the objective, and `margin` what that is worth
    to the brand less its cost. `audience` counts the creator's known buyers, `know_brand` those of them who
    bought from the brand.
    """

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
    audience: ShownCount
    know_brand: ShownCount
    cost: float
    added: float
    margin: float
    total_cost: float
    total_added: float
    pays: bool


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """Samples in the order of choice; the first `stop_after` of them pay, all others cost more than they add.

    `tiers` counts the planned creators by follower tier, `candidates` all there were to choose from.
    """

    brand_id: str
    objective: str
    candidates: int
    stop_after: int
    tiers: Mapping[str, int]
    samples: tuple[PlannedSample, ...]


def plan_campaign(release: LoadedRelease, campaign: Campaign) -> CampaignPlan:
    """The plan of a campaign.

    Raises `UnknownIdError` for a brand or creator that is not in the release, `InvalidValueError` for a value
    that cannot be meant, and `UsageError` for limits that contradict each other.
    """
    market = BrandMarket.of(release, campaign.brand_id)
    _check_values(release, campaign)
    include = np.array([release.creator_index(name) for name in campaign.include], dtype=np.int32)
    pairs = _candidates(market, campaign, include)
    costs = market.costs(pairs, campaign.sample_cost)
    by_sales = campaign.objective == "gmv"
    coverage = market.sales(pairs) if by_sales else market.new_shoppers(pairs)
    limits = Limits(
        campaign.samples,
        costs,
        np.inf if campaign.budget is None else campaign.budget,
        (market.quotas(pairs), *_minimums(release, campaign, pairs)),
        _best_of(include, pairs),
        who=pairs.creators,
    )
    chosen = choose(coverage, limits)
    unit = pairs.spent_each if by_sales else 1.0
    worth = _worth_each(campaign, pairs) / unit if unit else 0.0
    return _plan(market, campaign, pairs, costs, chosen, unit, worth)


def _check_values(release: LoadedRelease, campaign: Campaign) -> None:
    creators, filters = release.creators, campaign.filters
    named = {"region": creators.region, "language": creators.language}
    for what, column in named.items():
        value: str | None = getattr(filters, what)
        if value is not None:
            require_known(what, value, column.values)
    if filters.category is not None:
        paths = release.products.category.values
        parents = {path[:at] for path in paths for at, sign in enumerate(path) if sign == "/"}
        require_known("category", filters.category, {*paths, *parents})
    for region in campaign.min_by_region:
        require_known("min_by_region", region, creators.region.values)
    for tier in campaign.min_by_tier:
        require_known("min_by_tier", tier, creators.tier.values)
    for creator_id in campaign.exclude:
        release.creator_index(creator_id)


def _candidates(market: BrandMarket, campaign: Campaign, include: Int32) -> BrandPairs:
    release, filters = market.release, campaign.filters
    wanted: Bool = filters.mask(release)
    wanted[include] = True
    wanted[[release.creator_index(name) for name in campaign.exclude]] = False
    creators = np.flatnonzero(wanted).astype(np.int32)
    each = min(_PRODUCTS_EACH, len(market.products))
    scores, products = best_products(release, filters.rules, creators, market.products, each)
    offered = products_with_samples(release)[products]
    row, place = np.nonzero(offered & (scores > BARRED))
    for creator in include[~np.isin(include, creators[row])].tolist():
        raise InvalidValueError(
            "include", release.creator_id(creator), "may promote no product of the brand; leave it out"
        )
    n_creators = len(np.unique(row))
    if not n_creators:
        raise InvalidValueError(
            "brand_id",
            campaign.brand_id,
            "has nobody to send to: no creator whom the filters leave may promote a product with samples",
        )
    if campaign.samples > n_creators:
        raise InvalidValueError(
            "samples",
            campaign.samples,
            f"is more than there are creators left by the filters; at most {n_creators}",
        )
    return market.pairs(creators[row], products[row, place], scores[row, place])


def _minimums(release: LoadedRelease, campaign: Campaign, pairs: BrandPairs) -> Iterator[Grouping]:
    asked = (
        ("region", release.creators.region, campaign.min_by_region),
        ("tier", release.creators.tier, campaign.min_by_tier),
    )
    return (_minimum(*one, pairs) for one in asked if one[2])


def products_with_samples(release: LoadedRelease) -> Bool:
    """The products whose quota of samples is not stated to be 0."""
    offered: Bool = nulls(release.payload.products, "sample_quota") | (release.products.sample_quota > 0)
    return offered


def _minimum(what: str, column: TextColumn, least: Mapping[str, int], pairs: BrandPairs) -> Grouping:
    names = list(least)
    place = {column.values.index(name): at for at, name in enumerate(names)}
    groups = np.array([place.get(code, NO_GROUP) for code in range(-1, len(column.values))], dtype=np.int32)
    of = groups[column.codes[pairs.creators] + 1]
    return Grouping.at_least(what, names, of, np.array([least[name] for name in names], dtype=np.int64))


def _best_of(creators: Int32, pairs: BrandPairs) -> Int32:
    """Of each of some creators the pair that is expected to sell most."""
    order = np.lexsort((-pairs.gmv, pairs.creators))
    first = order[np.searchsorted(pairs.creators[order], creators)]
    return first.astype(np.int32)


def _worth_each(campaign: Campaign, pairs: BrandPairs) -> float:
    """What a buyer is worth to the brand."""
    if campaign.objective == "new_shoppers" and campaign.shopper_worth is not None:
        return campaign.shopper_worth
    buyers = float(pairs.buyers.sum())
    return float((pairs.gmv * pairs.kept).sum()) / buyers if buyers else 0.0


def _plan(
    market: BrandMarket,
    campaign: Campaign,
    pairs: BrandPairs,
    costs: Float64,
    chosen: Chosen,
    unit: float,
    worth: float,
) -> CampaignPlan:
    """`unit` is what a buyer counts in the objective, `worth` what one of these units is worth."""
    picked, cost = pairs.only(chosen.candidates), costs[chosen.candidates]
    added = chosen.gains * unit
    margin = added * worth - cost
    gained = np.concatenate([[0.0], np.cumsum(margin)])
    stop_after = max(int(gained.argmax()), len(campaign.include))
    samples = tuple(
        _sample(market, picked, at, at < len(campaign.include), cost, added, margin, at < stop_after)
        for at in range(len(picked))
    )
    tiers = Counter(sample.tier for sample in samples)
    order = [tier for tier in market.release.creators.tier.values if tier in tiers]
    return CampaignPlan(
        campaign.brand_id,
        campaign.objective,
        len(np.unique(pairs.creators)),
        stop_after,
        {tier: tiers[tier] for tier in order},
        samples,
    )


def _sample(
    market: BrandMarket,
    picked: BrandPairs,
    at: int,
    required: bool,
    cost: Float64,
    added: Float64,
    margin: Float64,
    pays: bool,
) -> PlannedSample:
    release, creator = market.release, int(picked.creators[at])
    audience, know_brand = market.audience(creator)
    return PlannedSample(
        rank=at + 1,
        creator_id=release.creator_id(creator),
        product_id=release.product_id(int(picked.products[at])),
        title=release.products.title[int(picked.products[at])],
        follower_count=int(release.creators.follower_count[creator]),
        tier=release.creators.tier.require(creator),
        region=release.creators.region[creator],
        required=required,
        chance_to_post=float(picked.posts[at]),
        expected_buyers=float(picked.buyers[at]),
        expected_gmv=round(float(picked.gmv[at]), 2),
        audience=audience,
        know_brand=know_brand,
        cost=round(float(cost[at]), 2),
        added=round(float(added[at]), 2),
        margin=round(float(margin[at]), 2),
        total_cost=round(float(cost[: at + 1].sum()), 2),
        total_added=round(float(added[: at + 1].sum()), 2),
        pays=pays,
    )

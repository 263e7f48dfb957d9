"""Pending applications for a brand's samples, ranked together: what each adds, and which to approve."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.arrays import Bool, Float64, Int32
from recsys.errors import ReleaseError
from recsys.plan.coverage import Coverage
from recsys.plan.greedy import choose
from recsys.plan.groupings import Grouping
from recsys.plan.limits import Limits
from serving.brand_market import BrandMarket, BrandPairs
from serving.loaded import EPOCH, LoadedRelease
from serving.valid import InvalidValueError


@dataclass(frozen=True, slots=True)
class RankedRequest:
    """An application, and what approving it adds to those approved above it; money as in the release."""

    rank: int
    application_id: str
    requested_at: datetime
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


@dataclass(frozen=True, slots=True)
class RankedRequests:
    """A brand's pending applications, those to approve first."""

    brand_id: str
    pending: int
    approved: int
    requests: tuple[RankedRequest, ...]


def rank_requests(release: LoadedRelease, brand_id: str, sample_cost: float | None = None) -> RankedRequests:
    """All pending applications for samples of a brand, those to approve first, each group best first.

    As a whole: each adds what creators with a sample already and those approved above it leave, and no
    product's approvals pass its quota, the samples that are still to give. One is approved where what it adds
    after commission pays for a sample, which costs `sample_cost` or its product's list price. Raises
    `UnknownIdError` for a brand that is not in the release.
    """
    if sample_cost is not None and not sample_cost >= 0:
        raise InvalidValueError("sample_cost", sample_cost, "is below 0; the least is 0")
    market = BrandMarket.of(release, brand_id)
    if release.payload.applications is None:
        raise ReleaseError(f"release {release.release_id} has no table of applications; train anew")
    mine = np.isin(release.payload.applications["product_index"].to_numpy(), market.products)
    applications = release.payload.applications.filter(pa.array(mine))
    pending = np.asarray(pc.equal(applications["status"], "PENDING").to_numpy(zero_copy_only=False))
    pairs = _pairs(market, applications)
    costs = market.costs(pairs, sample_cost)
    approved, gains = _approved(market.sales(pairs), pairs, costs, market.quotas(pairs), pending)
    added = gains * pairs.spent_each
    margins = added * pairs.kept - costs
    alone = pairs.posts * pairs.gmv
    waiting = np.flatnonzero(pending & ~np.isin(np.arange(len(pairs)), approved))
    order = [*approved.tolist(), *waiting[np.argsort(-margins[waiting], kind="stable")].tolist()]
    listed = applications.take(pa.array(order, pa.int64()))
    ids, instants = listed["application_id"].to_pylist(), listed["requested_at"].to_pylist()
    requests = tuple(
        RankedRequest(
            rank=rank,
            application_id=ids[rank - 1],
            requested_at=EPOCH + timedelta(microseconds=instants[rank - 1]),
            creator_id=release.creator_id(int(pairs.creators[at])),
            product_id=release.product_id(int(pairs.products[at])),
            title=release.products.title[int(pairs.products[at])],
            follower_count=int(release.creators.follower_count[pairs.creators[at]]),
            region=release.creators.region[int(pairs.creators[at])],
            chance_to_post=float(pairs.posts[at]),
            expected_units=float(pairs.buyers[at]) * market.data.shoppers.units_each,
            expected_gmv=round(float(pairs.gmv[at]), 2),
            added_gmv=round(float(added[at]), 2),
            overlap=min(max(1.0 - float(added[at]) / float(alone[at]), 0.0), 1.0) if alone[at] > 0 else 0.0,
            cost=round(float(costs[at]), 2),
            margin=round(float(margins[at]), 2),
            approve=rank <= len(approved),
            why=_why(rank <= len(approved), float(margins[at])),
        )
        for rank, at in enumerate(order, start=1)
    )
    return RankedRequests(brand_id, int(pending.sum()), len(approved), requests)


def _pairs(market: BrandMarket, applications: pa.Table) -> BrandPairs:
    """The pairs of applications; of a creator who posted already it is sure that it does."""
    creators, products = (
        applications[name].to_numpy().astype(np.int32) for name in ("creator_index", "product_index")
    )
    pairs = market.pairs(creators, products, market.release.pair_scores(creators, products))
    posted = applications["posted"].to_numpy(zero_copy_only=False)
    return replace(pairs, posts=np.where(posted, 1.0, pairs.posts))


def _approved(
    coverage: Coverage, pairs: BrandPairs, costs: Float64, quotas: Grouping, pending: Bool
) -> tuple[Int32, Float64]:
    """The applications to approve, best first, and what each of all of them adds, in usual spenders.

    Those who would not pay for their sample are left out until all do: what one of them would have reached
    is left to others.
    """
    granted = np.flatnonzero(~pending).astype(np.int32)
    running = np.flatnonzero(pending).astype(np.int32)
    before = coverage.left_by(granted)
    gains = coverage.gains(before)
    while len(running):
        chosen = choose(_after(coverage, before, running), _limits(quotas, running))
        approved = running[chosen.candidates]
        margins = chosen.gains * pairs.spent_each * pairs.kept[approved] - costs[approved]
        if (margins > 0).all():
            left = before.copy()
            for candidate in approved.tolist():
                coverage.take(candidate, left)
            gains = coverage.gains(left)
            gains[approved] = chosen.gains
            return approved, gains
        running = np.setdiff1d(running, approved[margins <= 0]).astype(np.int32)
    return running, gains


def _after(coverage: Coverage, left: Float64, candidates: Int32) -> Coverage:
    """What some candidates add where only so much is left of each shopper's worth."""
    return replace(coverage.only(candidates), weight=left)


def _limits(quotas: Grouping, candidates: Int32) -> Limits:
    within = replace(quotas, of=quotas.of[candidates])
    return Limits(len(candidates), np.ones(len(candidates)), groupings=(within,))


def _why(approve: bool, margin: float) -> str:
    if approve:
        return f"adds {margin:,.2f} more than it costs"
    if margin > 0:
        return "would pay, but no sample of the product is left for it"
    return f"costs {-margin:,.2f} more than it adds"

"""Sample requests of simulated markets: what approving as we rank brings, against simpler orders.

In each market creators are left to themselves for `WARM_UP_DAYS`; then `APPLICATIONS` more ask for samples,
as the simulation lets them, a night trains, and every brand sends samples for at most half of the pending
applications, of each product within its quota. Judged is the truth: what the promotions of those who get one
bring the brand on the average after commission, times the chance that a sample leads to a post, which in the
simulation is the same for all, less what the samples cost.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from benchmarks.feed import Feed
from benchmarks.market import Market, MarketSettings
from benchmarks.policies import numbers_of
from benchmarks.promotion import HORIZON_DAYS, prospects
from recsys.arrays import Float64, Int64
from recsys.release.reader import open_release
from recsys.release.store import ReleaseStore
from serving.loaded import LoadedRelease
from serving.sample_requests import RankedRequest, rank_requests
from training.nightly import NightOptions, run_night
from training.simulation.partnerships import SAMPLE_STATUSES, Samples
from training.simulation.settings import SimulationSettings

SIZE: Final = SimulationSettings(creators=600, products=300)
WARM_UP_DAYS: Final = 62
APPLICATIONS: Final = 2_000
_ASKED_WITHIN_DAYS: Final = 21
# What a sample costs, as a share of a brand's usual list price: a lost sale, or what it takes to make one.
COSTS: Final = (1.0, 0.3)
OURS: Final = "ours"


@dataclass(frozen=True, slots=True)
class Asked:
    """A pending application as it was ranked, and what approving it is truly worth to the brand."""

    request: RankedRequest
    worth: float


Choice: TypeAlias = Callable[[Sequence[Asked]], Sequence[Asked]]

# Whom to give samples, best first; we leave out whom we do not recommend.
CHOICES: Final[Mapping[str, Choice]] = {
    OURS: lambda asked: [one for one in asked if one.request.approve],
    "first_come": lambda asked: sorted(asked, key=lambda one: one.request.requested_at),
    "followers": lambda asked: sorted(asked, key=lambda one: -one.request.follower_count),
    "oracle": lambda asked: sorted(
        (one for one in asked if one.worth > one.request.cost), key=lambda one: one.request.cost - one.worth
    ),
}


def requests_in_simulation(seeds: Sequence[int], folder: Path) -> dict[str, float]:
    """Net margins by cost of a sample and choice, all markets together; working files go afterwards."""
    totals: dict[str, float] = {}
    shutil.rmtree(folder, ignore_errors=True)
    for seed in seeds:
        # A home of its own: MLflow keeps the database of one open.
        work = folder / str(seed)
        work.mkdir(parents=True)
        for name, amount in _of_market(replace(SIZE, seed=seed), work).items():
            totals[name] = totals.get(name, 0.0) + amount
    shutil.rmtree(folder)
    for cost in COSTS:
        for other in ("first_come", "followers"):
            ours, theirs = totals[_name(OURS, cost)], totals[_name(other, cost)]
            totals[_name(f"ours_less_{other}", cost)] = ours - theirs
            if theirs > 0:
                totals[_name(f"ours_over_{other}", cost)] = ours / theirs
    return totals


def _of_market(size: SimulationSettings, folder: Path) -> dict[str, float]:
    world = replace(size, days=WARM_UP_DAYS + HORIZON_DAYS)
    market = Market(MarketSettings(world, warm_up_days=WARM_UP_DAYS))
    market.samples = with_applications(market)
    feed = Feed(folder / "export", market)
    options = NightOptions(data=feed.folder, home=folder / "home", as_of=feed.write())
    made = run_night(options, lambda _: None)
    release = LoadedRelease.of(open_release(ReleaseStore(options.home).releases / made.release_id))
    worth = _worth(market)
    found = {"brands": 0.0, "pending": 0.0}
    for brand in sorted(release.products.brand.values):
        usual = float(release.products.price[release.products_of_brand(brand)].mean())
        for cost in COSTS:
            asked = _asked(release, brand, usual * cost, worth)
            most = -(-len(asked) // 2)
            for name, choice in CHOICES.items():
                given = _given(release, choice(asked), most)
                margin = sum(one.worth - one.request.cost for one in given)
                for what, amount in (("margin", margin), ("samples", float(len(given)))):
                    key = _name(name, cost) if what == "margin" else _name(f"{name}_samples", cost)
                    found[key] = found.get(key, 0.0) + amount
        found["brands"] += bool(asked)
        found["pending"] += len(asked)
    return found


def with_applications(market: Market) -> Samples:
    """The market's, and more that are pending: of creators who post, for what they have not promoted."""
    rng, known = np.random.default_rng(market.settings.world.seed), market.samples
    posting = np.flatnonzero(market.joined & market.promoted.any(axis=1))
    creators = rng.choice(posting, APPLICATIONS)
    products = rng.integers(0, market.promoted.shape[1], APPLICATIONS)
    new = ~market.promoted[creators, products]
    new &= market.stage.products.listed_day[products] < market.day - _ASKED_WITHIN_DAYS
    new &= market.stage.creators.joined_day[creators] < market.day - _ASKED_WITHIN_DAYS
    n = int(new.sum())
    requested = market.day - _ASKED_WITHIN_DAYS * rng.random(n)
    parts = (
        (known.creator, creators[new]),
        (known.product, products[new]),
        (known.requested, requested),
        (known.posted, np.full(n, np.nan)),
        (known.status, np.full(n, SAMPLE_STATUSES.index("PENDING"))),
    )
    order = np.argsort(np.concatenate([known.requested, requested]), kind="stable")
    return Samples(*(np.concatenate(part)[order] for part in parts))


def _given(release: LoadedRelease, asked: Sequence[Asked], most: int) -> Sequence[Asked]:
    """The first of them, as far as there are samples of their products."""
    left = release.products.sample_quota.copy()
    given: list[Asked] = []
    for one in asked:
        product = release.product_index(one.request.product_id)
        if len(given) < most and left[product] > 0:
            left[product] -= 1
            given.append(one)
    return given


def _worth(market: Market) -> Float64:
    """What a sample brings the brand of each pair, creators × products by number, before its cost."""
    truth = market.stage.truth
    status = market.samples.status
    posted, approved = (
        float((status == SAMPLE_STATUSES.index(name)).sum()) for name in ("POSTED", "APPROVED")
    )
    kept = truth.price * truth.rates.mean_price_paid * (1.0 - truth.commission_rate)
    worth: Float64 = posted / max(posted + approved, 1.0) * prospects(market).units * kept
    return worth


def _asked(release: LoadedRelease, brand: str, cost: float, worth: Float64) -> Sequence[Asked]:
    """Those for products of which there are samples left."""
    quotas = release.products.sample_quota
    ranked = rank_requests(release, brand, cost).requests
    requests = [one for one in ranked if quotas[release.product_index(one.product_id)] > 0]
    creators: Int64 = numbers_of([one.creator_id for one in requests])
    products: Int64 = numbers_of([one.product_id for one in requests])
    return [Asked(*one) for one in zip(requests, worth[creators, products].tolist(), strict=True)]


def _name(what: str, cost: float) -> str:
    return f"{what}_at_{cost:g}_of_price"

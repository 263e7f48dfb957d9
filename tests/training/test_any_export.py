"""Whatever passes validation: the night ends with a release that is served in finite numbers, or refuses."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.settings import MarketplaceSettings
from recsys.arrays import Int64
from recsys.errors import RecsysError
from recsys.release.reader import open_release
from recsys.release.store import ReleaseStore
from serving.loaded import LoadedRelease
from serving.matcher import Matcher
from serving.probe import faults_of_answers, faults_of_estimates
from tests.exports import DAY, START
from training.nightly import NightOptions, run_night

LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Market:
    """What a small export is like: usual but for what a test says."""

    creators: int = 60
    products: int = 30
    days: int = 60
    sales: int = 900
    views: int = 3_000
    categories: int = 4
    most_followers: int = 1_000_000
    price: float | None = None
    quantity: int | None = None
    rate: float | None = None
    clicks: bool = True
    refunded: bool = False
    quiet_days: int = 0
    active: bool = True
    horizon_days: float = 7.0
    seed: int = 0

    def frames(self) -> dict[str, pd.DataFrame]:
        rng = np.random.default_rng(self.seed)
        price = (
            np.full(self.products, self.price)
            if self.price is not None
            else rng.uniform(1, 80, self.products)
        )
        rate = (
            np.full(self.products, self.rate) if self.rate is not None else rng.uniform(0, 0.4, self.products)
        )
        creator, product, moment = self._pairs(self.sales, rng)
        seen_creator, seen_product, seen_at = self._pairs(self.views, rng)
        quantity = (
            rng.geometric(0.6, self.sales) if self.quantity is None else np.full(self.sales, self.quantity)
        )
        views = rng.integers(0, 5_000, self.views)
        return {
            "creators": pd.DataFrame(
                {
                    "creator_id": [f"c{place}" for place in range(self.creators)],
                    "follower_count": rng.integers(0, self.most_followers, self.creators, endpoint=True),
                }
            ),
            "products": pd.DataFrame(
                {
                    "product_id": [f"p{place}" for place in range(self.products)],
                    "brand_id": [f"b{place % 3}" for place in range(self.products)],
                    "category": [f"C{place % self.categories}" for place in range(self.products)],
                    "price": price.round(2),
                    "commission_rate": rate.round(4),
                    "is_active": self.active,
                }
            ),
            "sales": pd.DataFrame(
                {
                    "sale_id": [f"s{place}" for place in range(self.sales)],
                    "ordered_at": moment,
                    "creator_id": [f"c{place}" for place in creator],
                    "product_id": [f"p{place}" for place in product],
                    "content_id": [f"of c{place}" for place in creator],
                    "quantity": quantity,
                    "amount": (price[product] * quantity).round(2),
                    "commission_rate": rate[product].round(4),
                    "refunded_quantity": quantity if self.refunded else 0,
                    "updated_at": moment,
                }
            ),
            "engagement": pd.DataFrame(
                {
                    "content_id": [f"v{place}" for place in range(self.views)],
                    "product_id": [f"p{place}" for place in seen_product],
                    "period_start": seen_at,
                    "creator_id": [f"c{place}" for place in seen_creator],
                    "views": views,
                    "product_clicks": views // 20 if self.clicks else 0,
                }
            ),
        }

    def _pairs(self, n: int, rng: np.random.Generator) -> tuple[Int64, Int64, Int64]:
        """Creators, products and moments: a few of each have most, and the last days are quiet."""
        creator = (self.creators * rng.random(n) ** 2).astype(np.int64)
        product = (self.products * rng.random(n) ** 2).astype(np.int64)
        return creator, product, START + rng.integers(0, (self.days - self.quiet_days) * DAY, n)


def night_of(market: Market, home: Path) -> str | None:
    """Run the night and ask its champion, where there is one; why there is none otherwise."""
    marketplace = MarketplaceSettings(horizon_days=market.horizon_days)
    as_of = START + market.days * DAY
    options = NightOptions(market.frames(), home, as_of, marketplace=marketplace, prepared=20)
    try:
        result = run_night(options, lambda step: None)
    except RecsysError as error:
        assert ReleaseStore(home).resolve("champion") is None
        return str(error)
    if not result.verdict.passed:
        assert ReleaseStore(home).resolve("champion") is None
        return "; ".join(result.verdict.reasons)
    matcher = Matcher(LoadedRelease.of(open_release(home / "releases" / result.release_id)))
    assert [*faults_of_estimates(matcher.release), *faults_of_answers(matcher)] == []
    return None


DEGENERATE = {
    "one product": Market(products=1),
    "one creator": Market(creators=1),
    "one of each": Market(creators=1, products=1),
    "one price": Market(price=10.0, categories=1, clicks=False, horizon_days=2.0, most_followers=LARGEST),
    "nothing costs anything": Market(price=0.0),
    "nothing pays": Market(rate=0.0),
    "no sale of late": Market(quiet_days=10),
    "all refunded": Market(refunded=True),
    "hardly a sale": Market(sales=3),
    "no sale": Market(sales=0),
    "no views": Market(views=0),
    "nothing at all": Market(sales=0, views=0),
    "nothing on sale": Market(active=False),
    "dear": Market(price=1e12),
    "wholesale": Market(quantity=10**9, sales=300),
    "one day": Market(days=1, horizon_days=0.5),
}


def test_a_market_without_differences_gets_a_champion_that_is_served(new_home: Callable[[], Path]) -> None:
    # Once a champion that could not be served; with so many followers an error.
    assert night_of(DEGENERATE["one price"], new_home()) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in DEGENERATE if name != "one price"])
def test_a_degenerate_market_is_served_or_refused(name: str, tmp_path: Path) -> None:
    night_of(DEGENERATE[name], tmp_path)


markets = st.builds(
    Market,
    creators=st.integers(1, 60),
    products=st.integers(1, 30),
    days=st.integers(2, 90),
    sales=st.integers(0, 900),
    views=st.integers(0, 3_000),
    categories=st.integers(1, 5),
    most_followers=st.sampled_from([0, 1_000, 10**6, LARGEST]),
    price=st.none() | st.sampled_from([0.0, 0.01, 10.0, 1e12]),
    quantity=st.none() | st.sampled_from([1, 10**6, 10**12]),
    rate=st.none() | st.sampled_from([0.0, 1.0]),
    clicks=st.booleans(),
    refunded=st.booleans(),
    quiet_days=st.integers(0, 1),
    horizon_days=st.sampled_from([0.5, 2.0, 7.0, 14.0]),
    seed=st.integers(0, 1_000),
)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@settings(max_examples=25)
@given(markets)
def test_any_market_is_served_or_refused(market: Market) -> None:
    with TemporaryDirectory() as home:
        night_of(market, Path(home))

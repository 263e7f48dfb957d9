from dataclasses import replace

import numpy as np
import pytest

from benchmarks.followed import followed, links_of_late
from benchmarks.market import Market, MarketSettings
from training.simulation.settings import SimulationSettings
from training.simulation.truth import expected_commission, expected_units

SMALL = SimulationSettings(creators=30, products=20, days=60, seed=3, posts_per_week=7.0, saturation=0.1)


@pytest.fixture(scope="module")
def market() -> Market:
    return Market(MarketSettings(SMALL, warm_up_days=30, follow=0.5))


def test_a_list_alone_earns_its_links_at_each_rank(market: Market) -> None:
    links = links_of_late(market)
    creator = int(links.argmax())
    lists = np.full((30, 3), -1, dtype=np.int64)
    lists[creator] = [4, 7, -1]
    found = followed(market, lists)
    # Ranks weigh 1, 1/2 and 1/3; the third place is empty, and its links follow nothing.
    share = np.array([6.0, 3.0]) / 11.0
    crowd = 1.0 - (1.0 - share) ** links[creator]
    pair = np.full(2, creator), np.array([4, 7]), np.asarray(market.day + 14)
    truth = market.stage.truth
    earned = links[creator] * share * expected_commission(truth, *pair, promoters=crowd)
    sold = links[creator] * share * expected_units(truth, *pair, promoters=crowd)
    assert found.earned.sum() == pytest.approx(earned.sum())
    assert found.sells.max() == pytest.approx(1.0 - np.exp(-sold.sum()))
    assert len(found.earned) == (links > 0).sum()


def test_links_are_those_of_four_weeks_that_follow(market: Market) -> None:
    creator, _, day = market.links_so_far()
    assert links_of_late(market).sum() == pytest.approx(0.5 * (day >= 2).sum())
    assert (links_of_late(market) > 0).sum() == len(np.unique(creator[day >= 2]))


def test_who_promotes_what_all_promote_earns_less(market: Market) -> None:
    one = np.full((30, 1), 5, dtype=np.int64)
    alone = Market(MarketSettings(replace(SMALL, saturation=None), warm_up_days=30, follow=0.5))
    assert followed(market, one).earned.sum() < 0.5 * followed(alone, one).earned.sum()

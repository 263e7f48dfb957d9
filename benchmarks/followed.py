"""What lists that everybody follows for four weeks earn, and whom, where sales fall with each promoter.

Judged by the simulation's truth, without the chance of viewers: in a market of some hundred creators that
chance is as large as what policies differ by.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.feed import Feed
from benchmarks.market import Market, MarketSettings
from benchmarks.policies import Morning
from benchmarks.trained import Trained, Weigh, earnings, net_earnings
from recsys.arrays import Float64, Int64, sums_by
from recsys.metrics import gini
from training.simulation.lists import attention_by_rank
from training.simulation.settings import SimulationSettings
from training.simulation.truth import expected_commission, expected_units
from training.simulation.worlds import world_settings

SIZE: Final = SimulationSettings(creators=500, products=500)
WARM_UP_DAYS: Final = 60
FOLLOWED_DAYS: Final = 28
LISTS: Final[Mapping[str, Weigh]] = {"ours": earnings, "cleared": net_earnings}


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """Of each creator who posts what its list earns (commission), and the chance that it sells anything."""

    earned: Float64
    sells: Float64


def lists_followed(seeds: Sequence[int], folder: Path) -> dict[str, float]:
    """Figures by seed of one night's lists as if alone and cleared; working files go afterwards."""
    found: dict[str, float] = {}
    for seed in seeds:
        shutil.rmtree(folder, ignore_errors=True)
        world = world_settings("crowded", replace(SIZE, seed=seed, days=WARM_UP_DAYS + FOLLOWED_DAYS))
        market = Market(MarketSettings(world, warm_up_days=WARM_UP_DAYS))
        feed = Feed(folder / "export", market)
        as_of = feed.write()
        allowed = market.linkable() & market.joined[:, None] & ~market.promoted
        by_name: dict[str, Followed] = {}
        for name, weigh in LISTS.items():
            home = folder / name
            home.mkdir()
            morning = Morning(feed.folder, home, market.day, as_of, allowed)
            lists = Trained(weigh, with_windows=True).lists(morning).products
            by_name[name] = one = followed(market, lists)
            on = np.bincount(lists[lists >= 0], minlength=allowed.shape[1])
            found |= {
                f"{seed}_{name}_gini": gini(np.round(100.0 * one.earned).astype(np.int64)),
                f"{seed}_{name}_active": float(one.sells.mean()),
                f"{seed}_{name}_greatest_share": float(on.max()) / len(lists),
                f"{seed}_{name}_products": float((on > 0).sum()),
            }
        alone, cleared = (by_name[name].earned for name in LISTS)
        found[f"{seed}_cleared_over_ours"] = float(cleared.sum() / alone.sum())
        found[f"{seed}_share_who_lose"] = float((cleared < alone).mean())
        shutil.rmtree(folder)
    return found


def followed(market: Market, lists: Int64) -> Followed:
    """By the truth of the middle of the four weeks, `lists` (creators × places) padded with -1.

    Each creator makes as many links as in the four weeks before, of which `follow` go to its list, to rank r
    with a chance ~ r ** -`position_bias`.
    """
    row, place = np.nonzero(lists >= 0)
    creator, product = row.astype(np.int64), lists[row, place]
    links = links_of_late(market)
    attention = attention_by_rank(lists.shape[1], market.settings.position_bias)
    share = (attention / attention.sum())[place]
    n_creators, n_products = market.promoted.shape
    # Who links a product twice is one promoter.
    promoters = sums_by(product, 1.0 - (1.0 - share) ** links[creator], n_products)
    pairs = creator, product, np.asarray(market.day + FOLLOWED_DAYS // 2)
    crowd = promoters[product]
    commission = expected_commission(market.stage.truth, *pairs, promoters=crowd)
    units = expected_units(market.stage.truth, *pairs, promoters=crowd)
    earned, sold = (
        sums_by(creator, links[creator] * share * each, n_creators) for each in (commission, units)
    )
    posting = links > 0
    return Followed(earned[posting], 1.0 - np.exp(-sold[posting]))


def links_of_late(market: Market) -> Float64:
    """How many links of each creator follow its list in four weeks."""
    creator, _, day = market.links_so_far()
    late = creator[day >= market.day - FOLLOWED_DAYS]
    return sums_by(late, np.full(len(late), market.settings.follow), len(market.promoted))

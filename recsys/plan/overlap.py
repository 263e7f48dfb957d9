"""From what each promotion is expected to bring to what several of them bring to shoppers they share."""

import numpy as np

from recsys.arrays import Bool, Float64, Int32
from recsys.campaign import Shoppers
from recsys.plan.coverage import Coverage

# So few shoppers are nobody in particular: an audience below that speaks by the market's average alone.
LEAST_SHOWN = 10


def coverage_of(
    shoppers: Shoppers,
    creators: Int32,
    buyers: Float64,
    posts: Float64,
    counted: Bool,
    least_shown: int = LEAST_SHOWN,
) -> Coverage:
    """The worth, in buyers, of candidates who promote something each.

    `creators`, `buyers` (expected of the promotion) and `posts` (the chance that there is one) have one entry
    a candidate; `counted` (kinds of shopper) says whose purchases count. A shopper buys within
    the horizon with the chance `shoppers.interest`, from whichever promotion reaches it; a promotion reaches
    each shopper of its creator's audience alike, so often that it sells what is expected of it. What is
    expected beyond an audience all of which is reached comes from strangers, whom no other creator reaches.

    So a candidate alone is worth exactly `posts · buyers` where all its audience counts.
    """
    weight = shoppers.interest * np.where(counted, shoppers.sizes, 0).astype(np.float64)
    size = shoppers.by_creator.sums(shoppers.sizes.astype(np.float64))[creators]
    told = size >= least_shown
    ready = shoppers.interest * size
    reach = np.divide(buyers, ready, out=np.zeros(len(buyers)), where=told)
    everybody = float(shoppers.sizes.sum())
    usual = float(shoppers.sizes[counted].sum()) / everybody if everybody else 1.0
    strangers = np.where(told, np.maximum(buyers - ready, 0.0), buyers * usual)
    return Coverage(
        shoppers.by_creator,
        creators,
        posts * np.minimum(reach, 1.0),
        weight,
        posts * strangers,
    )

"""Small random problems for planning."""

import numpy as np

from recsys.audience import BuyerSets
from recsys.plan.coverage import Coverage
from recsys.plan.groupings import Grouping
from recsys.plan.limits import Limits


def sets(*rows: list[int]) -> BuyerSets:
    """Sets of buyers as given."""
    starts = np.cumsum([0, *map(len, rows)])
    return BuyerSets(starts.astype(np.int64), np.array([m for row in rows for m in row], dtype=np.int32))


def random_coverage(rng: np.random.Generator, n: int = 10, shoppers: int = 20) -> Coverage:
    """Audiences of 0 to 8 shoppers; some reach theirs for sure, some shoppers are worth nothing."""
    rows = [sorted(rng.choice(shoppers, rng.integers(0, 9), replace=False).tolist()) for _ in range(n)]
    return Coverage(
        sets(*rows),
        np.arange(n, dtype=np.int32),
        np.where(rng.random(n) < 0.5, 1.0, rng.random(n)),
        rng.choice([0.0, 1.0, 2.5], shoppers),
        np.where(rng.random(n) < 0.5, 0.0, rng.random(n)),
    )


def random_limits(rng: np.random.Generator, n: int = 10) -> Limits:
    """Three samples; often with costs and money, minimums by region and tier, or quotas of products."""
    region, tier, product = (rng.integers(-1, 3, n).astype(np.int32) for _ in range(3))
    groupings: tuple[Grouping, ...] = ()
    if rng.random() < 0.5:
        groupings += (Grouping.at_least("region", ("US", "GB", "DE"), region, np.array([1, 0, 0])),)
        groupings += (Grouping.at_least("tier", ("nano", "micro", "mid"), tier, np.array([0, 1, 1])),)
    if rng.random() < 0.5:
        groupings += (Grouping.at_most("product", ("a", "b", "c"), product, np.array([1, 2, 1])),)
    if rng.random() < 0.5:
        return Limits(3, np.ones(n), groupings=groupings)
    return Limits(3, np.round(rng.uniform(1, 5, n), 2), 8.0, groupings)

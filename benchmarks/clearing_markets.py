"""Random markets to clear, and the linear programme as yardstick."""

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from recsys.arrays import sums_by
from recsys.batches import batches
from recsys.clearing.market import Market


def random_market(seed: int) -> Market:
    """300 to 800 creators, 10 to 60 products, most of which have 2 to 50 % of what all would take of them."""
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(300, 800)), int(rng.integers(10, 60))
    m = min(p, int(rng.integers(5, 20)))
    places = int(rng.integers(1, min(m, 6)))
    products = np.array([rng.choice(p, m, replace=False) for _ in range(n)], dtype=np.int32)
    popular, reach = rng.pareto(1.5, p) + 0.2, rng.lognormal(0, 1.0, n)
    units = (reach[:, None] * popular[products] * rng.lognormal(0, 0.5, (n, m))).astype(np.float32)
    values = (units * rng.uniform(1, 10, p)[products]).astype(np.float32)
    total = np.bincount(products.ravel(), units.ravel(), p)
    capacity = np.where(rng.random(p) < 0.7, total * rng.uniform(0.02, 0.5, p), np.inf)
    return Market(products, values, units, capacity, np.full(p, np.inf), places)


def best_in_parts(market: Market) -> float:
    """The worth of the linear programme, which may give away parts of promotions: no list is worth more."""
    n, m = market.products.shape
    candidates = np.arange(n * m)
    on_lists = sparse.csr_array((np.ones(n * m), (np.repeat(np.arange(n), m), candidates)), shape=(n, n * m))
    bounded = np.isfinite(market.capacity)
    taken = sparse.csr_array(
        (market.units.ravel().astype(np.float64), (market.products.ravel(), candidates)),
        shape=(market.n_products, n * m),
    )[bounded]
    found = milp(
        -market.values.ravel().astype(np.float64),
        constraints=[
            LinearConstraint(on_lists, -np.inf, market.places),
            LinearConstraint(taken, -np.inf, market.capacity[bounded]),
        ],
        bounds=Bounds(0, 1),
    )
    return -float(found.fun or 0.0)


def saturating_market(seed: int, creators: int = 8_000, products: int = 2_000) -> Market:
    """The 200 best products of each creator, whose sales halve when 5 % of creators promote them."""
    rng = np.random.default_rng(seed)
    popular, reach = rng.pareto(1.3, products) + 0.1, rng.lognormal(0, 1, creators)
    named = np.empty((creators, 200), dtype=np.int32)
    values = np.empty(named.shape, dtype=np.float32)
    for creator in range(creators):
        worth = popular * rng.lognormal(0, 0.8, products)
        named[creator] = np.sort(np.argpartition(-worth, 200)[:200])
        values[creator] = reach[creator] * worth[named[creator]]
    unbounded, halved_at = np.full(products, np.inf), np.full(products, 0.05 * creators)
    return Market(named, values, values, unbounded, halved_at, places=10)


def full_size_market(seed: int, creators: int = 1_000_000, products: int = 50_000) -> Market:
    """100 candidates of each creator, drawn by popularity; of most products there is 2 to 50 % of what all
    would take, and their sales halve when 5 % of creators promote them.
    """
    rng = np.random.default_rng(seed)
    popular, price = rng.pareto(1.3, products) + 0.1, rng.lognormal(0, 0.7, products)
    # Candidates are less alike than what sells.
    edges = np.cumsum(np.sqrt(popular)) / np.sqrt(popular).sum()
    named = np.empty((creators, 100), dtype=np.int32)
    units, values = np.empty(named.shape, dtype=np.float32), np.empty(named.shape, dtype=np.float32)
    total = np.zeros(products)
    for batch in batches(creators, named.shape[1] * 8):
        shape = (batch.stop - batch.start, named.shape[1])
        found = np.sort(np.searchsorted(edges, rng.random(shape)), axis=1)
        again = np.zeros(shape, dtype=np.bool_)
        again[:, 1:] = found[:, 1:] == found[:, :-1]
        units[batch] = rng.lognormal(0, 1, (shape[0], 1)) * popular[found] * rng.lognormal(0, 0.8, shape)
        values[batch] = units[batch] * price[found]
        named[batch] = np.where(again, -1, found)
        total += sums_by(found[~again], units[batch][~again], products)
    capacity = np.where(rng.random(products) < 0.7, total * rng.uniform(0.02, 0.5, products), np.inf)
    return Market(named, values, units, capacity, np.full(products, 0.05 * creators), places=20)

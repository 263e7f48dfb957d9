"""Problems for the planner: small ones with their exact optimum, Ciao's trust, and one of full size."""

from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from recsys.arrays import Float64, Int64
from recsys.audience import BuyerSets
from recsys.plan.coverage import Coverage
from recsys.plan.groupings import Grouping
from recsys.plan.limits import Limits


def small_case(seed: int) -> tuple[Coverage, Limits]:
    """8 to 30 candidates and 20 to 120 shoppers; by turns with costs and money, minimums, and quotas."""
    rng = np.random.default_rng(seed)
    n, shoppers, samples = (int(rng.integers(*bounds)) for bounds in ((8, 31), (20, 121), (2, 8)))
    sizes = np.minimum(shoppers, 1 + rng.pareto(1.0, n) * 4).astype(np.int64)
    members = [np.sort(rng.choice(shoppers, size, replace=False)) for size in sizes.tolist()]
    weights = rng.choice([0.0, 1.0, 2.0], shoppers)
    coverage = plain(_sets(np.repeat(np.arange(n), sizes), np.concatenate(members), n), weights)
    groupings: tuple[Grouping, ...] = ()
    if seed % 3 == 0:
        region, tier = (rng.integers(0, 3, n).astype(np.int32) for _ in range(2))
        groupings += (Grouping.at_least("region", "abc", region, _there(region, [1, 0, 1])),)
        groupings += (Grouping.at_least("tier", "xyz", tier, _there(tier, [0, 1, 0])),)
    if seed % 5 == 0:
        product = rng.integers(0, 4, n).astype(np.int32)
        groupings += (Grouping.at_most("product", "pqrs", product, np.full(4, max(1, samples // 2))),)
    if seed % 2:
        return coverage, Limits(samples, np.ones(n), groupings=groupings)
    return coverage, Limits(samples, np.round(rng.uniform(1, 5, n), 2), samples * 2.5, groupings)


def exact_worth(coverage: Coverage, limits: Limits) -> float | None:
    """The worth of the best choice, where each reaches its audience for sure; None where there is none."""
    n, shoppers, sets = len(coverage), len(coverage.weight), coverage.audiences
    reaches = sparse.csr_array(
        (np.ones(len(sets.members)), (sets.members, np.repeat(np.arange(n), np.diff(sets.starts)))),
        shape=(shoppers, n),
    )
    rows = [(np.ones(n), 0.0, float(limits.samples)), (limits.costs, 0.0, limits.money)]
    for grouping in limits.groupings:
        for group, (least, most) in enumerate(zip(grouping.least, grouping.most, strict=True)):
            rows.append(((grouping.of == group).astype(float), float(least), float(min(most, n))))
    chosen = sparse.csr_array(np.array([row for row, _, _ in rows]))
    nothing = sparse.csr_array((len(rows), shoppers))
    found = milp(
        -np.concatenate([coverage.alone, coverage.weight]),
        constraints=[
            LinearConstraint(
                sparse.csr_array(sparse.hstack([-reaches, sparse.eye_array(shoppers)])), -np.inf, 0.0
            ),
            LinearConstraint(
                sparse.csr_array(sparse.hstack([chosen, nothing])),
                [low for _, low, _ in rows],
                [up for _, _, up in rows],
            ),
        ],
        integrality=np.concatenate([np.ones(n), np.zeros(shoppers)]),
        bounds=Bounds(0, 1),
    )
    return -float(found.fun) if found.success and found.fun is not None else None


def trust(path: Path) -> Coverage:
    """Who is trusted reaches those who trust: Ciao's `trust.tsv`."""
    pairs = np.loadtxt(path, skiprows=1, dtype=np.int64)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    people, places = np.unique(pairs, return_inverse=True)
    places = places.reshape(pairs.shape)
    pairs = np.unique(places[:, ::-1], axis=0)
    return plain(_sets(pairs[:, 0], pairs[:, 1], len(people)), np.ones(len(people)))


def large(seed: int, creators: int = 100_000, pairs: int = 10_000_000, shoppers: int = 4_000_000) -> Coverage:
    """Audiences with a heavy tail out of shoppers of whom some buy from many; each is reached by chance."""
    rng = np.random.default_rng(seed)
    share = rng.pareto(1.2, creators) + 0.2
    sizes = np.clip((share / share.sum() * pairs).astype(np.int64), 1, shoppers // 20)
    owner = np.repeat(np.arange(creators), sizes)
    keys = np.unique(owner * shoppers + (shoppers * rng.random(len(owner)) ** 2).astype(np.int64))
    coverage = plain(_sets(keys // shoppers, keys % shoppers, creators), np.ones(shoppers))
    return Coverage(
        coverage.audiences, coverage.row, rng.uniform(0.1, 0.4, creators), coverage.weight, coverage.alone
    )


def plain(sets: BuyerSets, weights: Float64) -> Coverage:
    """Everyone reaches the whole of its audience."""
    n = len(sets)
    return Coverage(sets, np.arange(n, dtype=np.int32), np.ones(n), weights, np.zeros(n))


def _sets(owner: Int64, member: Int64, n: int) -> BuyerSets:
    starts = np.searchsorted(owner, np.arange(n + 1)).astype(np.int64)
    return BuyerSets(starts, member.astype(np.int32))


def _there(groups: np.ndarray, least: list[int]) -> Int64:
    fewest: Int64 = np.minimum(np.array(least), np.bincount(groups, minlength=len(least))).astype(np.int64)
    return fewest

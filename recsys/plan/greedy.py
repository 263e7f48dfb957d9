"""The choice itself: lazy greedy, begun in several ways and mended by exchanges where that is affordable.

Nemhauser, Wolsey, Fisher, "An analysis of approximations for maximizing submodular set functions" (1978):
greedy choice has at least 1 − 1/e of the best worth within a number of samples. Minoux, "Accelerated greedy
algorithms for maximizing submodular set functions" (1978): what a candidate adds only falls, so that an old
figure is a bound. Where costs differ, the better one of choices by gain and by gain for its cost has at least
(1 − 1/e) / 2: Leskovec et al., "Cost-effective outbreak detection in networks" (2007).
"""

import heapq
from dataclasses import dataclass

import numpy as np

from recsys.arrays import Float64, Int32
from recsys.errors import UsageError
from recsys.plan.coverage import Coverage
from recsys.plan.exchanges import exchanged
from recsys.plan.limits import Limits
from recsys.plan.room import Room

# Begins with each candidate are tried while they look at no more shoppers than this.
_LOOKS = 30_000_000
# What is free counts as nearly free, so that there is a gain for its cost.
_LEAST_COST = 1e-9


@dataclass(frozen=True, slots=True)
class Chosen:
    """Candidates in the order of choice, and what each added to those before it."""

    candidates: Int32
    gains: Float64

    @property
    def worth(self) -> float:
        """The worth of all of them."""
        return float(self.gains.sum())


def choose(coverage: Coverage, limits: Limits) -> Chosen:
    """The candidates of greatest worth within the limits, the most useful first.

    Equal gains go to the lower candidate. Raises `UsageError` where no choice is found that keeps to the
    limits.
    """
    limits.check()
    keys = (False, True) if limits.costs_matter else (False,)
    begins = [limits.required, *_other_begins(coverage, limits)]
    chosen = [_greedy(coverage, limits, begin, by_cost=key) for begin in begins for key in keys]
    held = [found for found in chosen if limits.hold(found.candidates)]
    if not held:
        raise UsageError(
            f"no choice within a budget of {limits.money:,.2f} was found that meets the minimums; "
            "lower a minimum or raise the budget"
        )
    best = max(held, key=lambda found: found.worth)
    return _in_order(coverage, limits, exchanged(coverage, limits, best.candidates))


def _other_begins(coverage: Coverage, limits: Limits) -> list[Int32]:
    """Where else it may begin: with the cheapest that meet the minimums; of few candidates with each."""
    needy = limits.costs_matter and any(grouping.least.any() for grouping in limits.groupings)
    begins = [_cheapest_for_minimums(limits, limits.required)] if needy else []
    if coverage.look * len(coverage) * limits.samples > _LOOKS:
        return begins
    for candidate in range(len(coverage)):
        begin = np.append(limits.required, np.int32(candidate))
        if candidate not in limits.required and Room(limits).admits_all(begin):
            begins.extend([begin, _cheapest_for_minimums(limits, begin)] if needy else [begin])
    return begins


def _cheapest_for_minimums(limits: Limits, begin: Int32) -> Int32:
    """The candidates of `begin`, and then the cheapest candidates that serve a minimum until all are met."""
    minimums, owners = limits.minimums, limits.owners
    chosen = begin
    for candidate in np.argsort(limits.costs, kind="stable").tolist():
        if not (needed := minimums.needed_with(chosen)):
            break
        with_it = np.append(chosen, np.int32(candidate))
        if owners[candidate] not in owners[chosen] and minimums.needed_with(with_it) < needed:
            chosen = with_it
    return chosen


def _greedy(coverage: Coverage, limits: Limits, begin: Int32, *, by_cost: bool) -> Chosen:
    """The candidates of `begin`, then always the one that adds most, or most for its cost."""
    room, left = Room(limits), coverage.untouched()
    chosen: list[int] = []
    gains: list[float] = []

    def take(candidate: int, gain: float) -> None:
        chosen.append(candidate)
        gains.append(gain)
        coverage.take(candidate, left)
        room.take(candidate)

    for candidate in begin.tolist():
        take(candidate, coverage.gain(candidate, left))
    price = np.maximum(limits.costs, _LEAST_COST) if by_cost else np.ones(len(coverage))
    first = coverage.gains(left) / price
    first[begin] = -np.inf
    # A bound on what each candidate adds for its price, and after how many choices it was found.
    queue = [
        (-bound, candidate, len(chosen)) for candidate, bound in enumerate(first.tolist()) if bound > -np.inf
    ]
    heapq.heapify(queue)
    while queue and room.samples > 0:
        bound, candidate, found_after = heapq.heappop(queue)
        if not room.admits(candidate):
            continue
        gain = coverage.gain(candidate, left)
        # What adds nothing cannot add less.
        if found_after == len(chosen) or bound == 0.0:
            take(candidate, gain)
        else:
            heapq.heappush(queue, (-gain / float(price[candidate]), candidate, len(chosen)))
    return Chosen(np.array(chosen, dtype=np.int32), np.array(gains))


def _in_order(coverage: Coverage, limits: Limits, chosen: Int32) -> Chosen:
    """The same candidates, those required first, then always the one that adds most."""
    members = np.sort(chosen)
    begin = np.searchsorted(members, limits.required).astype(np.int32)
    free = Limits(len(members), np.zeros(len(members)), required=begin)
    found = _greedy(coverage.only(members), free, begin, by_cost=False)
    return Chosen(members[found.candidates], found.gains)

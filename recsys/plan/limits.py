"""What a choice of candidates must keep to: samples, money, and how many there are of a kind."""

from dataclasses import dataclass, field

import numpy as np

from recsys.arrays import Float64, Int32
from recsys.errors import UsageError
from recsys.plan.groupings import Grouping
from recsys.plan.minimums import Minimums


@dataclass(frozen=True, slots=True)
class Limits:
    """At most `samples` candidates whose `costs` sum up to at most `money`, within all groupings.

    Of candidates with the same `who` one alone can be chosen; without it each is somebody else.
    `required` are chosen first, whatever they are worth; they count towards everything.
    """

    samples: int
    costs: Float64
    money: float = np.inf
    groupings: tuple[Grouping, ...] = ()
    required: Int32 = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    who: Int32 | None = None

    @property
    def owners(self) -> Int32:
        """Who is behind each candidate."""
        return np.arange(len(self.costs), dtype=np.int32) if self.who is None else self.who

    @property
    def places(self) -> int:
        """The most candidates that can be chosen: no more than the cheapest that there is money for."""
        affordable = np.cumsum(np.sort(self.costs)) <= self.money
        return min(self.samples, int(affordable.sum()))

    @property
    def minimums(self) -> Minimums:
        """What the groupings ask for."""
        return Minimums.of(self.groupings, self.owners)

    @property
    def costs_matter(self) -> bool:
        """Can the budget make a cheaper candidate the better choice."""
        return bool(np.isfinite(self.money)) and len(np.unique(self.costs)) > 1

    def check(self) -> None:
        """Raise `UsageError` where no choice can keep to them, saying which and why."""
        if len(np.unique(self.owners[self.required])) < len(self.required):
            raise UsageError("a creator is to be included twice; name each once")
        if len(self.required) > self.samples:
            raise UsageError(
                f"{len(self.required)} creators are to be included, but there are {self.samples} samples; "
                "include fewer or offer more samples"
            )
        if (spent := float(self.costs[self.required].sum())) > self.money:
            raise UsageError(
                f"the creators to be included cost {spent:,.2f}, the budget is {self.money:,.2f}; "
                "include fewer or raise it"
            )
        for grouping in self.groupings:
            _check_grouping(grouping, self)
        needed, room = self.minimums.needed_with(self.required), self.places - len(self.required)
        if needed > room:
            raise UsageError(
                f"the minimums need {needed} more creators, but samples and budget reach for {room}; "
                "lower a minimum, offer more samples or raise the budget"
            )

    def hold(self, chosen: Int32) -> bool:
        """Does a set of candidates keep to all but `required`."""
        return (
            len(chosen) <= self.samples
            and len(np.unique(self.owners[chosen])) == len(chosen)
            and float(self.costs[chosen].sum()) <= self.money
            and all(
                bool(((counts := grouping.counts(chosen)) >= grouping.least).all())
                and bool((counts <= grouping.most).all())
                for grouping in self.groupings
            )
        )


def _check_grouping(grouping: Grouping, limits: Limits) -> None:
    _, everyone = np.unique(limits.owners, return_index=True)
    there, taken = grouping.counts(everyone.astype(np.int32)), grouping.counts(limits.required)
    for name, least, most, have, inside in zip(
        grouping.names, grouping.least, grouping.most, there, taken, strict=True
    ):
        if least > have:
            raise UsageError(
                f"at least {least} creators are asked for with {grouping.what} {name}, "
                f"but only {have} are left by the filters; lower the minimum to {have} or widen the filters"
            )
        if inside > most:
            raise UsageError(
                f"{inside} creators to be included have the {grouping.what} {name}, of which at most "
                f"{most} can be chosen; include fewer"
            )

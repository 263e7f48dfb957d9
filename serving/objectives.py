"""What a list of matches is ranked by."""

from collections.abc import Sequence
from enum import StrEnum

from recsys.arrays import Float32, Float64
from recsys.errors import UsageError
from recsys.value.estimates import Outlook
from serving.loaded import LoadedRelease


class Objective(StrEnum):
    """`affinity` is how likely the creator is to sell the product; the others are what it is expected to
    bring within the horizon, net of refunds: commission to the creator (times the chance that there is
    any, `Estimates.earnings`), units, or money to the brand; `new_shoppers` are buyers who never bought from
    it. `net_earnings` are earnings less the price of the place on the list (`recsys.clearing`), so that lists
    are right together.
    """

    NET_EARNINGS = "net_earnings"
    EARNINGS = "earnings"
    GMV = "gmv"
    SALES = "sales"
    AFFINITY = "affinity"
    NEW_SHOPPERS = "new_shoppers"


class ObjectiveError(UsageError):
    """An objective that there is not, that this direction does not have, or this release cannot answer."""


# The first of each direction is what is meant where none is named.
PRODUCT_OBJECTIVES = (Objective.NET_EARNINGS, Objective.EARNINGS, Objective.SALES, Objective.AFFINITY)
CREATOR_OBJECTIVES = (Objective.GMV, Objective.NEW_SHOPPERS, Objective.SALES, Objective.AFFINITY)


def chosen_objective(
    release: LoadedRelease, asked: Objective | str | None, available: Sequence[Objective]
) -> Objective:
    """The objective asked for, or else the first available that the release can answer.

    Raises `ObjectiveError` where `asked` is not available or needs values that the release has not.
    """
    if asked is None:
        return next(objective for objective in available if _lacks(release, objective) is None)
    if asked not in available:
        raise ObjectiveError(
            f"no objective {str(asked)!r} in this direction; there are {', '.join(available)}"
        )
    objective = Objective(asked)
    if (lacks := _lacks(release, objective)) is not None:
        raise ObjectiveError(f"release {release.release_id} cannot rank by {objective}: {lacks}")
    return objective


def _lacks(release: LoadedRelease, objective: Objective) -> str | None:
    """What a release would need to rank by an objective, and what to ask for; None where it can."""
    if objective is not Objective.AFFINITY and release.values is None:
        return (
            "its market had too little history for a value model; "
            f"ask for {Objective.AFFINITY}, or leave the objective out"
        )
    if objective is Objective.NEW_SHOPPERS and release.payload.campaign is None:
        return f"it knows nothing of shoppers; ask for {Objective.GMV}, or leave the objective out"
    if objective is Objective.NET_EARNINGS and release.places is None:
        return f"it has no prices of places; ask for {Objective.EARNINGS}, or leave the objective out"
    return None


def objective_values(
    objective: Objective,
    scores: Float32,
    outlook: Outlook | None,
    prices: Float64 | None = None,
) -> Float64:
    """What each of some pairs is worth; higher is better.

    All but affinity and net earnings are at least 0. `prices` are those of places, for net earnings.
    """
    if objective is Objective.AFFINITY or outlook is None:
        return scores.astype(float)
    if objective is Objective.NET_EARNINGS and prices is not None:
        return outlook.earnings - prices
    by_objective = {
        Objective.NET_EARNINGS: outlook.earnings,
        Objective.EARNINGS: outlook.earnings,
        Objective.GMV: outlook.gmv,
        Objective.SALES: outlook.units,
    }
    return by_objective[objective]

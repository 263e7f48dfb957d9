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
    any, `Estimates.earnings`), units, or money to the brand.
    """

    EARNINGS = "earnings"
    GMV = "gmv"
    SALES = "sales"
    AFFINITY = "affinity"


class ObjectiveError(UsageError):
    """An objective that there is not, that this direction does not have, or this release cannot answer."""


# The first of each direction is what is meant where none is named.
PRODUCT_OBJECTIVES = (Objective.EARNINGS, Objective.SALES, Objective.AFFINITY)
CREATOR_OBJECTIVES = (Objective.GMV, Objective.SALES, Objective.AFFINITY)


def chosen_objective(
    release: LoadedRelease, asked: Objective | str | None, available: Sequence[Objective]
) -> Objective:
    """The objective asked for, or else the first available that the release can answer.

    Raises `ObjectiveError` where `asked` is not available or needs values that the release has not.
    """
    if asked is None:
        return available[0] if release.values is not None else Objective.AFFINITY
    if asked not in available:
        raise ObjectiveError(
            f"no objective {str(asked)!r} in this direction; there are {', '.join(available)}"
        )
    objective = Objective(asked)
    if objective is not Objective.AFFINITY and release.values is None:
        raise ObjectiveError(
            f"release {release.release_id} cannot rank by {objective}: its market had too little history "
            f"for a value model; ask for {Objective.AFFINITY}, or leave the objective out"
        )
    return objective


def objective_values(objective: Objective, scores: Float32, outlook: Outlook | None) -> Float64:
    """What each of some pairs is worth; higher is better, and all but affinity are at least 0."""
    if objective is Objective.AFFINITY or outlook is None:
        return scores.astype(float)
    by_objective = {
        Objective.EARNINGS: outlook.earnings,
        Objective.GMV: outlook.gmv,
        Objective.SALES: outlook.units,
    }
    return by_objective[objective]

from typing import get_args

import numpy as np
import pytest

from recsys.value.estimates import Estimates
from serving.matcher import Matcher
from serving.objectives import (
    CREATOR_OBJECTIVES,
    PRODUCT_OBJECTIVES,
    Objective,
    ObjectiveError,
    chosen_objective,
    objective_values,
)
from serving.queries import CreatorQuery, ProductQuery

SCORES = np.array([-1.0, 2.0], dtype=np.float32)


def column(value: float) -> np.ndarray:
    return np.array([value, 2 * value])


@pytest.mark.parametrize(
    ("query", "available"), [(ProductQuery, PRODUCT_OBJECTIVES), (CreatorQuery, CREATOR_OBJECTIVES)]
)
def test_over_http_each_objective_of_a_direction_can_be_asked_for_and_no_other(
    query: type[ProductQuery] | type[CreatorQuery], available: tuple[Objective, ...]
) -> None:
    asked, _ = get_args(query.model_fields["objective"].annotation)
    assert get_args(asked) == available


def test_the_default_is_money_where_there_are_values(matcher: Matcher, valued_matcher: Matcher) -> None:
    assert chosen_objective(valued_matcher.release, None, PRODUCT_OBJECTIVES) is Objective.NET_EARNINGS
    assert chosen_objective(valued_matcher.release, None, CREATOR_OBJECTIVES) is Objective.GMV
    for available in (PRODUCT_OBJECTIVES, CREATOR_OBJECTIVES):
        assert chosen_objective(matcher.release, None, available) is Objective.AFFINITY


def test_an_objective_without_values_is_refused_in_words(matcher: Matcher) -> None:
    assert chosen_objective(matcher.release, "affinity", PRODUCT_OBJECTIVES) is Objective.AFFINITY
    with pytest.raises(
        ObjectiveError, match=r"cannot rank by sales: .* too little history .* ask for affinity"
    ):
        chosen_objective(matcher.release, "sales", PRODUCT_OBJECTIVES)


@pytest.mark.parametrize(
    ("asked", "available"),
    [("gmv", PRODUCT_OBJECTIVES), ("earnings", CREATOR_OBJECTIVES), ("fame", PRODUCT_OBJECTIVES)],
)
def test_an_objective_of_another_direction_is_refused(
    valued_matcher: Matcher, asked: str, available: tuple[Objective, ...]
) -> None:
    names = ", ".join(available)
    with pytest.raises(ObjectiveError, match=f"no objective '{asked}' in this direction; there are {names}"):
        chosen_objective(valued_matcher.release, asked, available)


def test_each_objective_reads_its_own_estimate() -> None:
    estimates = Estimates(*(column(value) for value in (0.1, 1, 10, 2, 1, 3, 1, 0)))
    expected = {
        # Commission times the chance of a sale: 2 · 0.1 and 4 · 0.2.
        Objective.EARNINGS: [2 * 0.1, 4 * 0.2],
        Objective.NET_EARNINGS: [2 * 0.1, 4 * 0.2],
        Objective.GMV: [10, 20],
        Objective.SALES: [1, 2],
        Objective.AFFINITY: [-1, 2],
    }
    for objective in expected:
        assert objective_values(objective, SCORES, estimates).tolist() == pytest.approx(expected[objective])
    assert objective_values(Objective.AFFINITY, SCORES, None).tolist() == [-1, 2]

from dataclasses import replace

import numpy as np
import pytest

from recsys.arrays import Float32, Float64
from recsys.value.context import FEATURES, PRODUCT_FEATURES
from training.value.choices import ChoiceSets, Pull, pull_of

N, OTHERS = 3_000, 8


def _seen(rows: Float32, told: Float64) -> ChoiceSets:
    everything = np.ones(told.shape, np.bool_)
    return ChoiceSets(rows, everything, ~everything)


def _chosen_by(slope: float, seed: int = 0) -> tuple[ChoiceSets, Float64]:
    """Choices of which `slope` times what is told and the product's promoters decide, and what is told."""
    rng = np.random.default_rng(seed)
    told = rng.normal(0, 0.5, (N, 1 + OTHERS))
    rows = np.zeros((N, 1 + OTHERS, len(FEATURES)), dtype=np.float32)
    places = [FEATURES.index(name) for name in PRODUCT_FEATURES]
    rows[:, :, places] = rng.normal(0, 1, (N, 1 + OTHERS, len(places)))
    promoters = rows[:, :, FEATURES.index("log_promoters")]
    # What many promote is also told to sell a little better, which is not taste.
    told += 0.2 * promoters
    best = (slope * told + promoters + rng.gumbel(size=told.shape)).argmax(axis=1)
    order = np.argsort(np.arange(1 + OTHERS) != best[:, np.newaxis], axis=1, kind="stable")
    rows = np.take_along_axis(rows, order[:, :, np.newaxis], axis=1)
    return _seen(rows, told), np.take_along_axis(told, order, axis=1)


@pytest.mark.parametrize("slope", [0.0, 0.8, 2.5])
def test_the_slope_behind_choices_is_found_beside_what_products_weigh(slope: float) -> None:
    assert pull_of(*_chosen_by(slope)).told == pytest.approx(slope, abs=0.12)


def test_what_was_not_allowed_was_not_passed_over() -> None:
    choices, told = _chosen_by(2.0)
    barred = told.copy()
    barred[:, -1] = 50.0
    allowed = choices.allowed.copy()
    allowed[:, -1] = False
    assert pull_of(replace(choices, allowed=allowed), barred).told == pytest.approx(2.0, abs=0.15)


def test_choices_against_what_is_told_have_no_slope() -> None:
    assert pull_of(*_chosen_by(-1.0)).told == 0.0


def test_where_nothing_is_seen_or_told_there_is_no_slope() -> None:
    nobody = ChoiceSets.none()
    assert pull_of(nobody, np.zeros(nobody.allowed.shape)) == Pull(0.0, 0.0)
    choices, told = _chosen_by(1.0)
    assert pull_of(choices, np.zeros_like(told)) == Pull(0.0, 0.0)


def test_the_share_that_followed_a_list_is_found() -> None:
    choices, told = _chosen_by(1.0)
    rng = np.random.default_rng(1)
    # Each had two of the nine on a list; a third of the creators took the list's first instead of their own.
    listed = rng.permuted(np.tile(np.arange(1 + OTHERS) < 2, (N, 1)), axis=1)
    follows = rng.random(N) < 1 / 3
    first = np.where(follows, listed.argmax(axis=1), 0)
    order = np.argsort(np.arange(1 + OTHERS) != first[:, np.newaxis], axis=1, kind="stable")
    rows, told, listed = (
        np.take_along_axis(choices.features, order[:, :, np.newaxis], axis=1),
        np.take_along_axis(told, order, axis=1),
        np.take_along_axis(listed, order, axis=1),
    )
    found = pull_of(ChoiceSets(rows, choices.allowed, listed), told)
    assert found.followed == pytest.approx(follows.sum() / listed[:, 0].sum(), abs=0.05)

from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.weighting import ALL_CHANNELS, DEFAULT_WEIGHTS, SMALLEST, AffinityFunction
from recsys.errors import UsageError


def _function(**scales: float) -> AffinityFunction:
    return AffinityFunction(DEFAULT_WEIGHTS, scales)


def _totals(**channels: list[float]) -> dict[str, np.ndarray]:
    return {channel: np.array(values, dtype=np.float64) for channel, values in channels.items()}


def test_affinity_by_hand() -> None:
    function = _function(views=100.0, units=2.0)
    affinity = function(_totals(views=[300, 0, 100], units=[2, 6, 0]))
    expected = [0.1 * log2(4) + 4 * log2(2), 4 * log2(4), 0.1 * log2(2)]
    np.testing.assert_allclose(affinity, expected, rtol=1e-6)
    assert affinity.dtype == np.float32


def test_a_typical_total_adds_just_the_weight_of_its_channel() -> None:
    totals = _totals(**{channel: [1.0, 5.0, 9.0] for channel in ALL_CHANNELS})
    function = AffinityFunction.fitted(totals)
    assert set(function.scales.values()) == {5.0}
    np.testing.assert_allclose(function(totals)[1], sum(DEFAULT_WEIGHTS.values()), rtol=1e-6)


def test_the_scale_is_the_median_of_what_is_there_at_all() -> None:
    function = AffinityFunction.fitted(_totals(views=[0, 0, 0, 2, 4, 60], units=[0, 0, 0, 0, 0, 0]))
    assert function.scales == {"views": 4.0, "units": 1.0}


def test_a_pair_with_nothing_left_has_no_affinity_at_all() -> None:
    function = _function(units=1.0)
    affinity = function(_totals(units=[0.0, 1e-9, -3.0, 1.0], views=[0.0, 0.0, 0.0, 0.0]))
    assert affinity.tolist() == [0.0, 0.0, 0.0, 4.0]


def test_what_is_kept_is_above_the_smallest_affinity() -> None:
    affinity = _function(views=1.0)(_totals(views=np.logspace(-9, 3, 50).tolist()))
    assert ((affinity == 0) | (affinity >= np.float32(SMALLEST))).all()


def test_totals_in_single_precision_lose_no_more_than_affinity_does() -> None:
    totals = _totals(units=np.logspace(-3, 6, 200).tolist())
    rounded = {channel: values.astype(np.float32) for channel, values in totals.items()}
    np.testing.assert_allclose(_function(units=3.0)(rounded), _function(units=3.0)(totals), rtol=3e-7)


def test_a_channel_that_is_absent_adds_nothing() -> None:
    function = _function(units=1.0, views=1.0)
    np.testing.assert_array_equal(
        function(_totals(units=[1.0, 2.0])), function(_totals(units=[1.0, 2.0], views=[0.0, 0.0]))
    )


def test_a_channel_of_weight_zero_adds_nothing() -> None:
    function = AffinityFunction({**DEFAULT_WEIGHTS, "views": 0.0}, {})
    assert function(_totals(views=[1e9])).tolist() == [0.0]


@given(
    st.lists(st.floats(0, 1e9), min_size=len(ALL_CHANNELS), max_size=len(ALL_CHANNELS)),
    st.sampled_from(ALL_CHANNELS),
    st.floats(0, 1e9),
)
def test_more_of_anything_never_lowers_affinity(values: list[float], grown: str, more: float) -> None:
    before = dict(zip(ALL_CHANNELS, values, strict=True))
    totals = _totals(**{name: [value, value + more * (name == grown)] for name, value in before.items()})
    first, second = _function(views=50.0, units=3.0)(totals)
    assert second >= first


@given(st.permutations(range(4)))
def test_each_pair_has_its_affinity_from_its_own_totals(order: list[int]) -> None:
    function = _function(views=3.0, units=2.0)
    units, views = np.array([1.0, 2.5, 0.0, 7.0]), np.array([10.0, 0.0, 3.0, 1.0])
    whole = function({"units": units, "views": views})
    np.testing.assert_array_equal(function({"units": units[order], "views": views[order]}), whole[order])


def test_unknown_channels_are_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"unknown channels \['smells'\]; known are views"):
        AffinityFunction({"smells": 1.0}, {})


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan")])
def test_a_scale_that_cannot_divide_is_refused(scale: float) -> None:
    with pytest.raises(UsageError, match="scale must be above 0"):
        AffinityFunction(DEFAULT_WEIGHTS, {"views": scale})

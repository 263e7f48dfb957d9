import numpy as np
import pytest

from recsys.arrays import Bool, Float64
from recsys.value.estimates import Estimates
from training.value.report import (
    BINS,
    LEAST_BIN,
    LEAST_SEGMENT,
    Bin,
    ValueReport,
    bins_of,
    calibration_error,
    report_on,
)


def _happened(n: int, share: float) -> Bool:
    """The first `share` of n."""
    return np.arange(n) < round(share * n)


def test_the_calibration_error_by_hand() -> None:
    # Told .1, .5 and .9 to as many each, in turn; of these .2, .5 and .6 happened.
    order = np.random.default_rng(0).permutation(3 * LEAST_BIN)
    chance = np.repeat([0.1, 0.5, 0.9], LEAST_BIN)[order]
    happened = np.concatenate([_happened(LEAST_BIN, share) for share in (0.2, 0.5, 0.6)])[order]
    assert calibration_error(chance, happened) == pytest.approx((0.1 + 0.0 + 0.3) / 3)


def test_bins_weigh_by_how_many_are_in_them() -> None:
    n = 2 * LEAST_BIN + 1
    chance, happened = np.linspace(0, 1, n), _happened(n, 0.5)
    first, second = bins_of(chance, happened.astype(np.float64))
    assert (first.n, second.n) == (LEAST_BIN + 1, LEAST_BIN)
    by_hand = sum(one.n * abs(one.expected - one.happened) for one in (first, second)) / n
    assert calibration_error(chance, happened) == pytest.approx(by_hand)


def test_chances_that_hold_have_no_error_and_the_opposite_has_all_of_it() -> None:
    sure = np.repeat([0.0, 1.0], 5 * LEAST_BIN)
    assert calibration_error(sure, sure > 0.5) == 0.0
    assert calibration_error(1 - sure, sure > 0.5) == 1.0


@pytest.mark.parametrize(
    ("n", "sizes"),
    [
        (1, [1]),
        (2 * LEAST_BIN - 1, [2 * LEAST_BIN - 1]),
        (2 * LEAST_BIN, [LEAST_BIN] * 2),
        (BINS * LEAST_BIN + 5, [LEAST_BIN + 1] * 5 + [LEAST_BIN] * 5),
        (50 * LEAST_BIN, [5 * LEAST_BIN] * BINS),
    ],
)
def test_there_are_ten_bins_alike_or_fewer_that_are_large_enough(n: int, sizes: list[int]) -> None:
    found = bins_of(np.linspace(0, 1, n), np.ones(n))
    assert [one.n for one in found] == sizes
    assert [one.expected for one in found] == sorted(one.expected for one in found)


def test_bins_hold_means_of_alike_expectations() -> None:
    expected = np.concatenate([np.full(LEAST_BIN, 3.0), np.full(LEAST_BIN, 1.0)])
    happened = np.concatenate([np.full(LEAST_BIN, 8.0), np.tile([0.0, 5.0], LEAST_BIN // 2)])
    assert bins_of(expected, happened) == (Bin(LEAST_BIN, 1.0, 2.5), Bin(LEAST_BIN, 3.0, 8.0))


def _report(n: int, segments: dict[str, Bool]) -> ValueReport:
    """Told a chance of a half each and a commission of 1 to 4; the first half sold a unit and earned 4."""
    sold = np.arange(n) < n // 2
    ones: Float64 = np.ones(n)
    estimates = Estimates(
        chance=ones / 2, units=ones, gmv=10 * ones, commission=2 * ones, commission_low=ones,
        commission_high=4 * ones,
    )  # fmt: skip
    return report_on(estimates, sold.astype(np.float64), np.where(sold, 4.0, 0.0), segments)


def test_a_report_by_hand() -> None:
    n = 2 * LEAST_SEGMENT
    first, few = np.arange(n) < LEAST_SEGMENT, np.arange(n) < 10
    found = _report(
        n, {"first": first, "all": np.ones(n, np.bool_), "few": few, "none": np.zeros(n, np.bool_)}
    )
    assert found.n == n
    # All of the first half sold, none of the other; what earned nothing lies below the interval.
    assert found.segments["first"] == (LEAST_SEGMENT, 0.5)
    assert found.segments["few"] == (10, 0.5)
    assert found.segments["all"] == (n, found.ece)
    assert "none" not in found.segments
    # Of five bins two sold wholly, one by half and two not at all.
    assert found.ece == pytest.approx(4 / 5 * 0.5)
    assert found.coverage80 == 0.5
    assert sum(one.n for one in found.reliability) == sum(one.n for one in found.deciles) == n
    assert {one.expected for one in found.reliability} == {0.5}
    assert {one.expected for one in found.deciles} == {2.0}
    assert sum(one.n * one.happened for one in found.deciles) == pytest.approx(4.0 * LEAST_SEGMENT)


def test_the_worst_segment_is_one_that_is_large_enough_to_tell() -> None:
    n = 4 * LEAST_SEGMENT
    sold, mixed = np.arange(n) < LEAST_SEGMENT - 1, np.arange(n) >= LEAST_SEGMENT
    found = _report(n, {"small": sold, "large": mixed})
    assert found.segments["small"][1] == 0.5
    assert found.worst_segment_ece == found.segments["large"][1] < 0.5
    assert np.isnan(_report(n, {"small": sold}).worst_segment_ece)


def test_the_ends_of_an_interval_belong_to_it() -> None:
    ones = np.ones(3)
    estimates = Estimates(ones / 2, ones, ones, ones, commission_low=0.1 * ones, commission_high=0.3 * ones)
    found = report_on(estimates, ones, np.array([0.1, 0.1 + 0.2, 0.31]), {})
    assert found.coverage80 == pytest.approx(2 / 3)

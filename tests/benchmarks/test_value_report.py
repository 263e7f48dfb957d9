import numpy as np
import pytest

from benchmarks.value_report import LEAST_SEGMENT, ValueReport, report_on
from recsys.arrays import Bool, Float64
from recsys.value.estimates import Estimates


def _report(n: int, segments: dict[str, Bool]) -> ValueReport:
    """Told a chance of a half each and a commission of 1 to 4; the first half sold a unit and earned 4."""
    sold = np.arange(n) < n // 2
    ones: Float64 = np.ones(n)
    estimates = Estimates(
        chance=ones / 2, units=ones, gmv=10 * ones, commission=2 * ones, commission_low=ones,
        commission_high=4 * ones, chance_promotes=ones, promoted_or_not=ones > 1,
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
    estimates = Estimates(
        ones / 2, ones, ones, ones, 0.1 * ones, 0.3 * ones, chance_promotes=ones, promoted_or_not=ones > 1
    )
    found = report_on(estimates, ones, np.array([0.1, 0.1 + 0.2, 0.31]), {})
    assert found.coverage80 == pytest.approx(2 / 3)

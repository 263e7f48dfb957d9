import numpy as np
import pytest

from recsys.arrays import Bool
from training.value.calibration import BINS, LEAST_BIN, Bin, bins_of, calibration_error


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

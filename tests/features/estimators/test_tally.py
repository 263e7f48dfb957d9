import numpy as np
import pytest

from features.estimators.tally import Tally


def test_events_of_one_weight_count_as_they_are() -> None:
    # 6 of 30, each of which weighs a half.
    tally = Tally(np.array([3.0]), np.array([15.0]), np.array([7.5]))
    observed, exposure = tally.counts()
    assert (observed.tolist(), exposure.tolist()) == ([6.0], [30.0])


def test_few_fresh_events_beside_many_old_ones_say_as_much_as_few() -> None:
    # 10 events of weight 1, 1,000 of a thousandth: Kish's 11² / 10.001.
    tally = Tally(np.array([11.0]), np.array([11.0]), np.array([10.001]))
    assert tally.counts()[1] == pytest.approx(121 / 10.001)


def test_tallies_add_up_and_expect_by_entry() -> None:
    tally = Tally(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]), np.array([0.4, 0.5, 0.6]))
    together = tally.by(np.array([1, 0, 1]), 2)
    assert together.observed.tolist() == [2.0, 4.0]
    assert together.exposure.tolist() == [5.0, 10.0]
    assert together.squares == pytest.approx([0.5, 1.0])
    expecting = tally.expecting(0.5)
    assert expecting.observed.tolist() == [1.0, 2.0, 3.0]
    assert expecting.exposure.tolist() == [2.0, 2.5, 3.0]
    # What an event weighs on the average does not change.
    assert expecting.squares / expecting.exposure == pytest.approx([0.1, 0.1, 0.1])


def test_without_exposure_counts_are_as_they_are() -> None:
    tally = Tally.undecayed(np.array([2.0]), np.array([0.0]))
    assert [part.tolist() for part in tally.counts()] == [[2.0], [0.0]]

import numpy as np
import pytest

from recsys.bootstrap import mean_interval, mean_intervals


def test_the_interval_holds_the_mean_and_has_the_width_of_the_normal_one() -> None:
    values = np.random.default_rng(1).normal(3, 2, size=2_000)
    interval = mean_interval(values, seed=0)
    standard_error = values.std() / np.sqrt(len(values))
    assert interval.mean == pytest.approx(values.mean())
    assert interval.mean - interval.low == pytest.approx(1.96 * standard_error, rel=0.1)
    assert interval.high - interval.mean == pytest.approx(1.96 * standard_error, rel=0.1)


def test_equal_values_have_an_interval_of_no_width() -> None:
    interval = mean_interval(np.full(10, 0.25), seed=0)
    assert (interval.mean, interval.low, interval.high) == (0.25, 0.25, 0.25)


def test_the_seed_decides_the_resamples() -> None:
    values = np.arange(20, dtype=np.float64)
    assert mean_interval(values, 1) == mean_interval(values, 1)
    assert mean_interval(values, 1) != mean_interval(values, 2)


def test_no_values_give_nan_throughout() -> None:
    interval = mean_interval(np.array([]), seed=0)
    assert np.isnan([interval.mean, interval.low, interval.high]).all()


def test_many_values_are_resampled_in_blocks_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).random(50)
    whole = mean_interval(values, 3)
    # 50 values and 350 cells: 7 resamples a block, the last one of 6; the same stream of numbers.
    monkeypatch.setattr("recsys.bootstrap._BLOCK_CELLS", 350)
    assert mean_interval(values, 3) == whole


def test_columns_are_resampled_together_each_as_if_alone() -> None:
    values = np.random.default_rng(0).random((40, 3))
    values[:, 1] = 2 * values[:, 0]
    first, second, third = mean_intervals(values, 5)
    alone = mean_interval(values[:, 2], 5)
    assert (third.mean, third.low, third.high) == pytest.approx((alone.mean, alone.low, alone.high))
    assert (second.mean, second.low, second.high) == pytest.approx(
        (2 * first.mean, 2 * first.low, 2 * first.high)
    )


def test_an_interval_is_that_of_resampled_means() -> None:
    # By its definition, creator by creator.
    values = np.random.default_rng(0).random(30)
    rng = np.random.default_rng(7)
    means = [values[rng.integers(0, 30, size=30, dtype=np.int32)].mean() for _ in range(1_000)]
    interval = mean_interval(values, 7)
    assert (interval.low, interval.high) == pytest.approx(tuple(np.percentile(means, [2.5, 97.5])), abs=0.01)

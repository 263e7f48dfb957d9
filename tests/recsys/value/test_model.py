from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.arrays import Array, Float32, Float64, Int32
from recsys.value.context import FEATURES, PRODUCT_FEATURES
from recsys.value.counts import chance_of_any, quantile
from recsys.value.estimates import Estimates
from recsys.value.model import KEPT, OFFSET, UnitsModel, ValueModel
from tests.recsys.value.examples import units_model, value_model

N_CREATORS, N_PRODUCTS = 8, 11
UNITS, VALUES = units_model(), value_model(N_CREATORS, N_PRODUCTS)
SCORES = np.random.default_rng(1).normal(0, 1, (N_CREATORS, N_PRODUCTS)).astype(np.float32)


def _estimate(model: ValueModel, pairs: list[tuple[int, int]]) -> Estimates:
    creators, products = (np.array(side, dtype=np.int32) for side in zip(*pairs, strict=True))
    return model.estimate(creators, products, SCORES[creators, products])


def _all_pairs() -> tuple[Int32, Int32, Float32]:
    creators, products = np.divmod(np.arange(SCORES.size, dtype=np.int32), np.int32(N_PRODUCTS))
    return creators, products, SCORES.ravel()


def _rows(n: int) -> Float32:
    return np.random.default_rng(2).normal(0, 1, (n, len(FEATURES))).astype(np.float32)


def test_the_mean_is_what_was_expected_times_what_the_features_say() -> None:
    row = np.zeros((1, len(FEATURES)), dtype=np.float32)
    row[0, OFFSET] = 1.5
    score, skill = FEATURES.index("score"), FEATURES.index("log_skill")
    row[0, [score, skill]] = (0.5, -0.5)
    log_mean = 1.5 + UNITS.intercept
    for place, value in enumerate(row[0].astype(float)):
        if place != OFFSET:
            log_mean += UNITS.coefficients[place] * (value - UNITS.centre[place]) / UNITS.scale[place]
    assert np.log(UNITS.mean(row)) == pytest.approx([log_mean])


def test_what_was_expected_has_a_coefficient_of_one() -> None:
    rows = _rows(20)
    twice = rows.copy()
    twice[:, OFFSET] += np.float32(np.log(2))
    np.testing.assert_allclose(UNITS.mean(twice), 2 * UNITS.mean(rows), rtol=1e-5)


def test_rows_are_left_as_they_are() -> None:
    rows = _rows(5)
    before = rows.copy()
    rows.setflags(write=False)
    UNITS.mean(rows)
    np.testing.assert_array_equal(rows, before)


MEANS = st.lists(st.floats(1e-6, 1e4), min_size=2, max_size=8).map(lambda means: np.sort(np.array(means)))


@given(MEANS)
def test_a_chance_lies_between_zero_and_one_and_rises_with_the_mean(means: Float64) -> None:
    chance = UNITS.chance(means)
    assert ((chance >= 0) & (chance <= 1)).all()
    assert (np.diff(chance) >= 0).all()
    noticeable = np.diff(means) > 0.001 * means[:-1]
    assert (np.diff(chance)[noticeable] > 0).all()


def test_a_chance_that_is_not_stretched_is_that_of_the_counts() -> None:
    means = np.array([0.01, 1.0, 20.0])
    plain = replace(UNITS, stretch=1.0, shift=0.0)
    np.testing.assert_allclose(plain.chance(means), chance_of_any(means, UNITS.shape))
    odds = chance_of_any(means, UNITS.shape) / (1 - chance_of_any(means, UNITS.shape))
    np.testing.assert_allclose(
        replace(UNITS, stretch=2.0, shift=0.5).chance(means), 1 / (1 + 1 / (odds**2 * np.exp(0.5)))
    )


@given(MEANS, st.floats(0.6, 0.85))
def test_an_interval_is_the_shortest_that_holds_its_level(means: Float64, level: float) -> None:
    model = replace(UNITS, level=level)
    low, high = model.interval(means)
    assert (low <= high).all()
    assert (low >= 0).all()
    begins = [np.zeros(len(means)), *(quantile(means, model.shape, below) for below in (0.05, 0.1))]
    ends = [quantile(means, model.shape, below + level) for below in (0.0, 0.05, 0.1)]
    lengths = np.array(ends) - np.array(begins)
    np.testing.assert_array_equal(high - low, lengths.min(axis=0))
    for at in range(len(means)):
        assert (low[at], high[at]) in {(begin[at], end[at]) for begin, end in zip(begins, ends, strict=True)}


@given(MEANS, st.floats(0.6, 0.85))
def test_an_interval_says_what_it_leaves_out_below(means: Float64, level: float) -> None:
    model = replace(UNITS, level=level)
    below, low, high = model.shortest(means)
    for place, share in enumerate(below.tolist()):
        mean = means[place : place + 1]
        assert low[place] == (quantile(mean, model.shape, share)[0] if share else 0.0)
        assert high[place] == quantile(mean, model.shape, share + level)[0]


def test_where_most_sell_nothing_the_interval_begins_there() -> None:
    low, high = UNITS.interval(np.array([0.05]))
    assert (low.tolist(), high.tolist()) == ([0.0], [0.0])


def test_an_estimate_by_hand() -> None:
    creators, products = np.array([3], dtype=np.int32), np.array([5], dtype=np.int32)
    scores = SCORES[[3], [5]]
    (row,) = features = VALUES.context.features(creators, products, scores)
    units = UNITS.mean(features) * np.exp(float(row[KEPT]))
    price, paid = VALUES.context.price[5], VALUES.context.paid
    earned = price * VALUES.context.commission_rates(creators, products)
    low, high = UNITS.interval(units)
    found = VALUES.estimate(creators, products, scores)
    assert found.units == pytest.approx(units)
    assert found.chance == pytest.approx(UNITS.chance(units))
    assert found.gmv == pytest.approx(units * price * paid.mean)
    assert found.commission == pytest.approx(units * earned * paid.mean)
    assert found.commission_low == pytest.approx(low * earned * paid.low)
    assert found.commission_high == pytest.approx(high * earned * paid.high)


def test_a_collaboration_pays_its_own_rate() -> None:
    bonus = VALUES.context.rate_bonus.toarray()
    creator, product = (int(places[0]) for places in np.nonzero(bonus))
    other = int(np.flatnonzero(bonus[:, product] == 0)[0])
    found = _estimate(VALUES, [(creator, product), (other, product)])
    rates = found.commission / found.gmv
    open_rate = VALUES.context.rates[product]
    assert rates == pytest.approx([open_rate + 0.1, open_rate], rel=1e-6)


def test_estimates_are_in_bounds_and_in_order() -> None:
    found = VALUES.estimate(*_all_pairs())
    assert ((found.chance > 0) & (found.chance < 1)).all()
    assert (found.units > 0).all()
    assert (found.commission_low <= found.commission_high).all()
    order = np.argsort(found.units)
    assert (np.diff(found.chance[order]) > 0).all()


def test_what_comes_back_is_no_unit() -> None:
    kept = VALUES.context.products[:, PRODUCT_FEATURES.index("log_kept")]
    creators, products, scores = _all_pairs()
    ordered = UNITS.mean(VALUES.context.features(creators, products, scores))
    found = VALUES.estimate(creators, products, scores)
    np.testing.assert_allclose(found.units / ordered, np.exp(kept.astype(np.float64))[products])
    assert (found.units < ordered).all()


def test_earnings_alone_are_those_of_the_estimate() -> None:
    estimates = VALUES.estimate(*_all_pairs())
    np.testing.assert_array_equal(VALUES.earnings(*_all_pairs()), estimates.earnings)
    np.testing.assert_array_equal(estimates.earnings, estimates.commission * estimates.chance)


PAIRS = st.lists(
    st.tuples(st.integers(0, N_CREATORS - 1), st.integers(0, N_PRODUCTS - 1)), min_size=1, max_size=12
)


@given(PAIRS)
def test_a_pair_is_worth_the_same_in_whatever_company(pairs: list[tuple[int, int]]) -> None:
    together = _estimate(VALUES, pairs)
    for at, pair in enumerate(pairs):
        alone = _estimate(VALUES, [pair])
        for field in fields(Estimates):
            (expected,) = getattr(alone, field.name)
            assert getattr(together, field.name)[at] == pytest.approx(expected, rel=1e-12)


def test_both_directions_estimate_the_same() -> None:
    by_creator = [_estimate(VALUES, [(c, p) for p in range(N_PRODUCTS)]) for c in range(N_CREATORS)]
    by_product = [_estimate(VALUES, [(c, p) for c in range(N_CREATORS)]) for p in range(N_PRODUCTS)]
    for field in fields(Estimates):
        rows = np.array([getattr(found, field.name) for found in by_creator])
        columns = np.array([getattr(found, field.name) for found in by_product])
        np.testing.assert_allclose(rows, columns.T, rtol=1e-12)


def test_no_pairs_have_no_estimates() -> None:
    nobody, nothing = np.array([], dtype=np.int32), np.array([], dtype=np.float32)
    assert len(VALUES.estimate(nobody, nobody, nothing)) == 0


def _same(first: Estimates, second: Estimates) -> None:
    for field in fields(Estimates):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


def test_a_units_model_comes_back_bit_for_bit() -> None:
    restored = UnitsModel.from_state(UNITS.state())
    np.testing.assert_array_equal(restored.mean(_rows(30)), UNITS.mean(_rows(30)))
    for name in ("intercept", "shape", "stretch", "shift", "level"):
        assert getattr(restored, name) == getattr(UNITS, name)
    for name, values in UNITS.state().items():
        np.testing.assert_array_equal(restored.state()[name], values, err_msg=name)


def test_a_value_model_comes_back_bit_for_bit() -> None:
    restored = ValueModel.from_state(VALUES.state())
    assert restored.support == VALUES.support
    _same(restored.estimate(*_all_pairs()), VALUES.estimate(*_all_pairs()))
    for name, values in VALUES.state().items():
        np.testing.assert_array_equal(restored.state()[name], values, err_msg=name)


def test_a_value_model_on_mapped_files_estimates_the_same_and_leaves_them(tmp_path: Path) -> None:
    state: dict[str, Array] = {}
    for name, values in VALUES.state().items():
        np.save(tmp_path / f"{name}.npy", values)
        state[name] = np.load(tmp_path / f"{name}.npy", mmap_mode="r")
        assert not state[name].flags.writeable
    restored = ValueModel.from_state(state)
    _same(restored.estimate(*_all_pairs()), VALUES.estimate(*_all_pairs()))
    for large in (restored.context.creators, restored.context.rate_bonus.data):
        assert not large.flags.writeable

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.arrays import Array, Float32, Int32
from recsys.value.asking import Asking
from recsys.value.context import FEATURES, PRODUCT_FEATURES
from recsys.value.estimates import Estimates
from recsys.value.model import KEPT, OFFSET, UnitsModel, ValueModel
from recsys.value.untried import Untried
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


def test_features_count_no_further_than_they_were_learned() -> None:
    rows = _rows(20)
    narrow = replace(UNITS, low=np.full(len(FEATURES), -0.5), high=np.full(len(FEATURES), 0.5))
    np.testing.assert_array_equal(narrow.mean(100 * rows), narrow.mean(np.float32(0.5) * np.sign(rows)))
    np.testing.assert_array_equal(narrow.mean(np.clip(rows, -0.5, 0.5)), narrow.mean(rows))


def test_counts_stray_as_their_mean_tells_by_hand() -> None:
    counts = UNITS.around(np.array([1.0, np.exp(2.0), np.exp(9.0), 0.0]))
    log_phi = [0.4, 0.4 - 0.3 * 2, 0.4 - 0.3 * 3, 0.4 + 0.3 * 3]
    np.testing.assert_allclose(counts.shape, np.exp(-np.array(log_phi)))
    wild = replace(UNITS, strays=np.array([0.0, 1.0, -20.0, 20.0])).around(np.array([1e9, 1e-9]))
    np.testing.assert_allclose(wild.shape, np.exp([-4.0, 4.0]))


def test_where_nothing_is_likelier_than_a_tenth_the_interval_begins_there() -> None:
    found = VALUES.estimate(*_all_pairs())
    clear = np.abs(found.chance - 0.9) > 1e-9
    np.testing.assert_array_equal((found.commission_low > 0)[clear], (found.chance > 0.9)[clear])


def test_what_is_doubted_of_the_level_moves_the_upper_end_up_and_no_other() -> None:
    sure, unsure = (
        replace(VALUES, units=replace(UNITS, untried=Untried(blur=blur, blur_new=blur)))
        for blur in (0.0, 0.8)
    )
    told, doubted = sure.estimate(*_all_pairs()), unsure.estimate(*_all_pairs())
    np.testing.assert_array_equal(told.units, doubted.units)
    assert (doubted.commission_high >= told.commission_high).all()
    assert doubted.commission_high.mean() > 1.2 * told.commission_high.mean()
    assert (doubted.commission_low <= told.commission_low).all()


def test_a_mean_above_its_interval_is_marked() -> None:
    creators, products, scores = _all_pairs()
    rare = replace(VALUES, units=replace(UNITS, intercept=-9.0)).estimate(creators, products, scores)
    assert (rare.commission_high == 0).all()
    assert rare.is_skewed.all()
    often = replace(VALUES, units=replace(UNITS, strays=np.array([-4.0, 0.0, 0.0, 0.0]), intercept=5.0))
    assert not often.of_chosen().estimate(creators, products, scores).is_skewed.any()


def test_an_estimate_by_hand() -> None:
    creators, products = np.array([3], dtype=np.int32), np.array([5], dtype=np.int32)
    scores = SCORES[[3], [5]]
    (row,) = features = VALUES.context.features(creators, products, scores)
    counts = UNITS.counts(features).kept(np.array([np.exp(float(row[KEPT]))]))
    units = counts.mean
    price, paid = VALUES.context.price[5], VALUES.context.paid
    earned = price * VALUES.context.commission_rates(creators, products)
    low, high = counts.middle(0.8, np.ones(1))
    above = UNITS.counts_and_above(features)[1].kept(np.array([np.exp(float(row[KEPT]))]))
    high = np.maximum(high, above.middle(0.8, np.ones(1))[1])
    found = VALUES.estimate(creators, products, scores)
    assert found.units == pytest.approx(units)
    assert found.chance == pytest.approx(counts.chance_of_any())
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
    counts = UNITS.of_chosen().counts(VALUES.context.features(*_all_pairs()))
    assert (np.diff(counts.chance_of_any()[np.argsort(counts.mean)]) > 0).all()


def test_what_comes_back_is_no_unit() -> None:
    kept = VALUES.context.products[:, PRODUCT_FEATURES.index("log_kept")]
    creators, products, scores = _all_pairs()
    ordered = UNITS.counts(VALUES.context.features(creators, products, scores)).mean
    found = VALUES.estimate(creators, products, scores)
    np.testing.assert_allclose(found.units / ordered, np.exp(kept.astype(np.float64))[products])
    assert (found.units < ordered).all()


@pytest.mark.parametrize("asked", [False, True])
def test_what_is_ranked_by_is_what_is_told(asked: bool) -> None:
    estimates, outlook = (
        VALUES.estimate(*_all_pairs(), asked=asked),
        VALUES.outlook(*_all_pairs(), asked=asked),
    )
    for name in ("chance", "units", "gmv", "commission", "earnings"):
        np.testing.assert_array_equal(getattr(outlook, name), getattr(estimates, name))
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
            assert getattr(together, field.name)[at] == expected


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
    assert (restored.intercept, restored.untried) == (UNITS.intercept, UNITS.untried)
    for name, values in UNITS.state().items():
        np.testing.assert_array_equal(restored.state()[name], values, err_msg=name)


def test_a_value_model_comes_back_bit_for_bit() -> None:
    restored = ValueModel.from_state(VALUES.state())
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


def test_estimates_say_where_they_are_of_pairs_on_lists_promoted_or_not() -> None:
    of_listed = ValueModel.from_state(replace(VALUES, promoted_or_not=True).state())
    assert of_listed.estimate(*_all_pairs()).promoted_or_not.all()
    assert not VALUES.estimate(*_all_pairs()).promoted_or_not.any()


def test_who_is_asked_may_not_promote_at_all() -> None:
    creators, _, _ = _all_pairs()
    promoting, asked = VALUES.estimate(*_all_pairs()), VALUES.estimate(*_all_pairs(), asked=True)
    chance = VALUES.asking.chance(VALUES.context.creators)[creators]
    np.testing.assert_array_equal(asked.chance_promotes, chance)
    assert (promoting.chance_promotes == 1).all()
    for name in ("chance", "units", "gmv", "commission"):
        np.testing.assert_allclose(getattr(asked, name), chance * getattr(promoting, name))
    # Of a creator who hardly ever promotes nine of ten outcomes are nothing.
    assert (asked.commission_high <= promoting.commission_high).all()
    assert (asked.commission_high[chance < 0.1] == 0).all()
    sure = replace(VALUES, asking=Asking.certain())
    _same(sure.estimate(*_all_pairs(), asked=True), sure.estimate(*_all_pairs()))


def test_an_interval_of_asking_counts_in_that_nothing_comes_of_it() -> None:
    # Half of those asked promote.
    half = replace(VALUES, asking=replace(VALUES.asking, weights=np.zeros(4)))
    kept = UNITS.counts(VALUES.context.features(*_all_pairs()))
    creators, products, _ = _all_pairs()
    share = np.exp(VALUES.context.products[products, PRODUCT_FEATURES.index("log_kept")].astype(np.float64))
    found = half.estimate(*_all_pairs(), asked=True)
    earned = VALUES.context.price[products] * VALUES.context.commission_rates(creators, products)
    chance = np.full(len(creators), 0.5)
    _, above = UNITS.counts_and_above(VALUES.context.features(*_all_pairs()))
    highs = [counts.kept(share).middle(0.8, chance)[1] for counts in (kept, above)]
    np.testing.assert_allclose(found.commission_high, np.maximum(*highs) * earned * VALUES.context.paid.high)
    assert not found.commission_low.any()

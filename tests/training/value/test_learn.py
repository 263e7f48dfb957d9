from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
import pytest

from features.build import FeatureSet, build_features
from features.engine import open_engine
from features.facts import collapse
from features.settings import MarketplaceSettings
from features.validation import validate
from recsys.models.blend import Blend
from recsys.models.item_item import ItemItem
from recsys.models.prior import AttributePrior
from tests.exports import DAY, START, write_export
from tests.training.value.examples import drawn
from training.value.activity import Activity
from training.value.calibration import bins_of, calibration_error
from training.value.choices import ChoiceSets
from training.value.examples import Examples
from training.value.fit import fit_units
from training.value.learn import check_values, learn_values, read_examples

# Latest first, as windows come.
TABLES = ("choices", "activity")
WINDOWS = [drawn(1_500, seed=seed) for seed in range(3)]


@pytest.fixture(scope="module")
def now(tmp_path_factory: pytest.TempPathFactory) -> FeatureSet:
    folder = tmp_path_factory.mktemp("small")
    with open_engine(folder / "work") as engine:
        validate(engine, write_export(folder / "export", sales=[{}])).require(0.0)
        return build_features(collapse(engine).at(START + 10 * DAY), MarketplaceSettings())


def _head(examples: Examples, n: int) -> Examples:
    rows = {f.name: getattr(examples, f.name)[:n] for f in fields(Examples) if f.name not in TABLES}
    return Examples(**rows, choices=examples.choices, activity=examples.activity)


def test_stacked_examples_are_the_rows_of_all_in_their_order() -> None:
    together = Examples.stacked(WINDOWS)
    assert len(together) == 4_500
    for field in fields(Examples):
        if field.name not in TABLES:
            parts = [getattr(window, field.name) for window in WINDOWS]
            np.testing.assert_array_equal(getattr(together, field.name), np.concatenate(parts))
    one = ChoiceSets(np.ones((2, 3, 1), np.float32), *(np.ones((2, 3), np.bool_) for _ in range(2)))
    stacked = Examples.stacked([replace(window, choices=one) for window in WINDOWS[:2]])
    assert (len(stacked.choices), stacked.choices.allowed.shape) == (4, (4, 3))


def test_values_are_learned_from_all_windows_and_told_of_now(now: FeatureSet) -> None:
    values = learn_values(WINDOWS, now)
    assert values is not None
    assert values.context is now.context
    expected = fit_units(Examples.stacked(WINDOWS)).state()
    for name, array in values.units.state().items():
        np.testing.assert_array_equal(array, expected[name], err_msg=name)


def test_where_no_promotion_is_seen_values_are_of_pairs_on_lists_promoted_or_not(now: FeatureSet) -> None:
    rows = now.context.creators
    seen = Activity(np.repeat(rows[:1], 100, axis=0), np.arange(100) < 50)
    for activity, unseen in ((Activity.none(), True), (seen, False)):
        values = learn_values([replace(window, activity=activity) for window in WINDOWS], now)
        assert values is not None
        assert values.promoted_or_not is unseen


@pytest.mark.parametrize(
    "given", [[], [_head(WINDOWS[0], 0)], [_head(WINDOWS[0], 60), _head(WINDOWS[1], 60)]]
)
def test_too_few_promotions_give_no_values(given: Sequence[Examples], now: FeatureSet) -> None:
    assert learn_values(given, now) is None
    assert check_values(given) is None


def test_the_latest_window_is_judged_by_what_the_earlier_ones_tell() -> None:
    checked = check_values(WINDOWS)
    assert checked is not None
    units = fit_units(Examples.stacked(WINDOWS[1:]))
    latest = WINDOWS[0]
    chance = units.of_chosen().counts(latest.features).chance_of_any()
    assert checked.n_promotions == 1_500
    assert checked.ece == calibration_error(chance, latest.units > 0)
    assert checked.reliability == bins_of(chance, (latest.units > 0).astype(np.float64))
    residuals = (latest.units > 0) - chance
    off = checked.off
    assert off.mean == pytest.approx(residuals.mean(), abs=1e-12)
    # Of 1,500 promotions of 150 creators the share strays by about .012.
    assert 0.01 < off.high - off.mean < 0.04
    bins = {
        f"value/bin_{number:02}/{what}": getattr(one, what)
        for number, one in enumerate(checked.reliability, start=1)
        for what in ("n", "expected", "happened")
    }
    assert len(bins) == 3 * 7
    assert checked.metrics() == bins | {
        "value/promotions": 1_500,
        "value/ece": checked.ece,
        "value/chance_off": off.mean,
        "value/chance_off_low": off.low,
        "value/chance_off_high": off.high,
    }


def test_what_happened_in_the_latest_window_does_not_change_what_is_told_of_it() -> None:
    latest = WINDOWS[0]
    turned = replace(latest, units=np.where(latest.units > 0, 0.0, 5.0))
    first, second = check_values(WINDOWS), check_values([turned, *WINDOWS[1:]])
    assert first is not None
    assert second is not None
    assert [one.expected for one in first.reliability] == [one.expected for one in second.reliability]
    assert [one.happened for one in second.reliability] == pytest.approx(
        [1 - one.happened for one in first.reliability]
    )
    assert second.ece > first.ece + 0.2


def test_there_is_no_check_without_earlier_windows_or_without_a_latest_promotion() -> None:
    latest, *earlier = WINDOWS
    assert check_values([latest]) is None
    assert check_values([latest, _head(earlier[0], 100)]) is None
    assert check_values([_head(latest, 0), *earlier]) is None
    assert check_values([_head(latest, 1), *earlier]) is not None


def test_no_windows_have_no_examples() -> None:
    blend = Blend((ItemItem(),), (1.0,), AttributePrior())
    assert read_examples(blend, []) == []


def test_what_a_promotion_brings_is_learned_from_those_that_are_over(now: FeatureSet) -> None:
    # All of them, though unlisted, have sold nothing so far.
    begun = drawn(1_500, seed=9)
    begun = replace(begun, share=np.full(1_500, 0.1), units=np.zeros(1_500))
    alone, beside = (learn_values(windows, now) for windows in (WINDOWS, [begun, *WINDOWS]))
    assert alone is not None
    assert beside is not None
    for name, array in alone.units.state().items():
        np.testing.assert_array_equal(array, beside.units.state()[name], err_msg=name)
    assert learn_values([begun], now) is None

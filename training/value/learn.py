"""The value model of a night, and how it did on the promotions it had not seen."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from features.build import FeatureSet
from recsys.arrays import Float64, Int32, sums_by
from recsys.bootstrap import Interval, mean_interval
from recsys.models.blend import Blend
from recsys.value.model import ValueModel
from training.value.activity import fit_asking
from training.value.calibration import Bin, bins_of, calibration_error
from training.value.examples import Examples, examples_of
from training.value.fit import can_fit, fit_units
from training.value.windows import Window


@dataclass(frozen=True, slots=True)
class LatestWindow:
    """The chance of an order, told without the latest window, against what happened in it.

    `off` is how much more often its promotions sold than was told, a creator's promotions counting together.
    """

    n_promotions: int
    ece: float
    reliability: tuple[Bin, ...]
    off: Interval

    def metrics(self) -> dict[str, float]:
        """For the manifest and the run; bins are numbered from the least chance to the greatest."""
        figures = {
            "value/promotions": self.n_promotions,
            "value/ece": self.ece,
            "value/chance_off": self.off.mean,
            "value/chance_off_low": self.off.low,
            "value/chance_off_high": self.off.high,
        }
        for number, one in enumerate(self.reliability, start=1):
            for what, figure in asdict(one).items():
                figures[f"value/bin_{number:02}/{what}"] = figure
        return figures


@dataclass(frozen=True, slots=True)
class Past:
    """The promotions of a window with its `begin`, and when what came of them could be known: `over_by`."""

    promotions: Examples
    begin: int
    over_by: int


def read_past(blend: Blend, windows: Iterable[Window], *, seed: int = 0) -> list[Past]:
    """The promotions of each window; the recipe is fitted as of its begin. One window is held at a time."""

    def read(window: Window) -> Past:
        promotions = examples_of(window, blend.fit(window.features.training_data), seed=seed)
        return Past(promotions, window.begin, window.over_by)

    return list(map(read, windows))


def read_examples(blend: Blend, windows: Iterable[Window], *, seed: int = 0) -> list[Examples]:
    """The promotions alone."""
    return [past.promotions for past in read_past(blend, windows, seed=seed)]


def known_by(past: Sequence[Past], instant: int) -> list[Examples]:
    """The promotions of the windows of which all was known by an instant (microseconds of UTC)."""
    return [window.promotions for window in past if window.over_by <= instant]


def learn_values(examples: Sequence[Examples], now: FeatureSet) -> ValueModel | None:
    """A model for `now` from the promotions of all windows; None where these are too few."""
    if not examples or not can_fit((together := Examples.stacked(examples)).over()):
        return None
    activity = together.activity
    return ValueModel(
        fit_units(together), now.context, fit_asking(activity), promoted_or_not=not activity.is_seen
    )


def check_values(examples: Sequence[Examples]) -> LatestWindow | None:
    """Learn from all windows but the first, and judge on that; None where the others are too few.

    It is for the caller to give only such as were over when the first began.
    """
    if len(examples) < 2 or not len(latest := examples[0]):
        return None
    if not can_fit(known := Examples.stacked(examples[1:])):
        return None
    counts = fit_units(known).of_chosen().counts(latest.features)
    chance, ordered = counts.chance_of_any(), latest.units > 0
    return LatestWindow(
        len(latest),
        calibration_error(chance, ordered),
        bins_of(chance, ordered.astype(np.float64)),
        _off(latest.creators, ordered - chance),
    )


def _off(creators: Int32, residuals: Float64) -> Interval:
    """Mean residual a promotion, by resampling creators: all that one promotes shares its luck and skill."""
    distinct, groups = np.unique(creators, return_inverse=True)
    by_creator = sums_by(groups, residuals, len(distinct))
    return mean_interval(by_creator * (len(by_creator) / len(residuals)), seed=0)

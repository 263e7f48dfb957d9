"""The value model of a night, and how it did on the promotions it had not seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.build import FeatureSet
from recsys.models.blend import Blend
from recsys.value.model import ValueModel
from training.value.examples import Examples, examples_of
from training.value.fit import can_fit, fit_units
from training.value.report import Bin, bins_of, calibration_error
from training.value.windows import Window

# The share of past promotions below whose affinity score a pair counts as never tried.
BELOW_SUPPORT: Final = 0.3


@dataclass(frozen=True, slots=True)
class LatestWindow:
    """The chance of an order, told without the latest window, against what happened in it."""

    n_promotions: int
    ece: float
    reliability: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Learned:
    """The model, None where too few promotions are known, and its check; None with less than two windows."""

    values: ValueModel | None
    n_promotions: int
    check: LatestWindow | None

    def metrics(self) -> dict[str, float]:
        """For the manifest and the run."""
        if self.check is None:
            return {}
        return {"value/promotions": self.check.n_promotions, "value/ece": self.check.ece}


def learn_values(blend: Blend, windows: Sequence[Window], now: FeatureSet, *, seed: int = 0) -> Learned:
    """Learn from all windows (latest first), for `now`; the recipe is fitted as of each window's begin."""
    parts = [examples_of(window, blend.fit(window.features.training_data), seed=seed) for window in windows]
    if not parts or not can_fit(examples := Examples.stacked(parts)):
        return Learned(None, sum(map(len, parts)), None)
    units = fit_units(examples, seed=seed)
    values = ValueModel(units, now.context, _support(examples))
    return Learned(values, len(examples), _check(parts, seed))


def _support(examples: Examples) -> float:
    return float(np.quantile(examples.scores, BELOW_SUPPORT))


def _check(parts: Sequence[Examples], seed: int) -> LatestWindow | None:
    latest, earlier = parts[0], parts[1:]
    if not len(latest) or not earlier or not can_fit(known := Examples.stacked(earlier)):
        return None
    units = fit_units(known, seed=seed)
    chance, ordered = units.chance(units.mean(latest.features)), latest.units > 0
    return LatestWindow(
        len(latest), calibration_error(chance, ordered), bins_of(chance, ordered.astype(np.float64))
    )

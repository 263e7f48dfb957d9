"""The value model of a night, and how it did on the promotions it had not seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from features.build import FeatureSet
from recsys.models.blend import Blend
from recsys.value.model import ValueModel
from training.value.activity import fit_asking
from training.value.calibration import Bin, bins_of, calibration_error
from training.value.examples import Examples, examples_of
from training.value.fit import can_fit, fit_units
from training.value.windows import Window


@dataclass(frozen=True, slots=True)
class LatestWindow:
    """The chance of an order, told without the latest window, against what happened in it."""

    n_promotions: int
    ece: float
    reliability: tuple[Bin, ...]

    def metrics(self) -> dict[str, float]:
        """For the manifest and the run."""
        return {"value/promotions": self.n_promotions, "value/ece": self.ece}


def read_examples(blend: Blend, windows: Iterable[Window], *, seed: int = 0) -> list[Examples]:
    """The promotions of each window; the recipe is fitted as of its begin. One window is held at a time."""

    def read(window: Window) -> Examples:
        return examples_of(window, blend.fit(window.features.training_data), seed=seed)

    return list(map(read, windows))


def learn_values(examples: Sequence[Examples], now: FeatureSet) -> ValueModel | None:
    """A model for `now` from the promotions of all windows; None where these are too few."""
    if not examples or not can_fit(together := Examples.stacked(examples)):
        return None
    return ValueModel(fit_units(together), now.context, -np.inf, fit_asking(together.activity))


def check_values(examples: Sequence[Examples]) -> LatestWindow | None:
    """Learn from all windows but the latest, and judge on that; None where the others are too few."""
    if len(examples) < 2 or not len(latest := examples[0]):
        return None
    if not can_fit(known := Examples.stacked(examples[1:])):
        return None
    counts = fit_units(known).of_chosen().counts(latest.features)
    chance, ordered = counts.chance_of_any(), latest.units > 0
    return LatestWindow(
        len(latest), calibration_error(chance, ordered), bins_of(chance, ordered.astype(np.float64))
    )

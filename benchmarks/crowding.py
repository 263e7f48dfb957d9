"""Is it found by what crowd sales are halved, in simulated worlds of which the truth is known?"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from features.settings import MarketplaceSettings
from training.inputs import open_night
from training.simulation.export import simulate
from training.simulation.settings import SimulationSettings
from training.simulation.worlds import WORLDS, world_settings
from training.value.crowding import halved_at

SIZE: Final = SimulationSettings(creators=1_200, products=400)


@dataclass(frozen=True, slots=True)
class Case:
    """A world, and the share of creators whose promotions halve what one more sells; None: nothing falls."""

    world: str
    saturation: float | None = None
    seed: int = 1

    @property
    def settings(self) -> SimulationSettings:
        """The market to draw."""
        return replace(world_settings(self.world, replace(SIZE, seed=self.seed)), saturation=self.saturation)


CASES: Final = (
    *(Case("crowded", WORLDS["crowded"].saturation, seed) for seed in (1, 2, 3)),
    Case("fads", 0.1),
    Case("charts", 0.05),
    Case("bare", 0.05),
    *(Case(world) for world in ("default", "fads", "charts", "thin")),
)


def found_crowds(cases: Sequence[Case], folder: Path) -> dict[str, float]:
    """By case whether sales are said to fall, and if so and they do, found over true; files go afterwards."""
    found = {}
    shutil.rmtree(folder, ignore_errors=True)
    for case in cases:
        simulate(folder / "export", case.settings)
        settings = MarketplaceSettings.beside(folder / "export")
        with open_night(folder / "export", folder / "home", settings, None) as night:
            at = halved_at(night.crowding())
        name = f"{case.world}_{case.seed}_{case.saturation or 'none'}"
        found[f"{name}_said_to_fall"] = float(np.isfinite(at))
        if case.saturation is not None and np.isfinite(at):
            found[f"{name}_found_over_true"] = at / (case.saturation * SIZE.creators)
        shutil.rmtree(folder)
    return found

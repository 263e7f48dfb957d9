"""A small simulated marketplace and a home in which one night was trained on it."""

from pathlib import Path

import pytest

from training.nightly import NightOptions, NightResult, run_night
from training.simulation import SimulationSettings, simulate

SMALL = SimulationSettings(creators=250, products=80, days=60, seed=11)


@pytest.fixture(scope="session")
def small_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small export as Parquet."""
    folder = tmp_path_factory.mktemp("small") / "export"
    simulate(folder, SMALL)
    return folder


@pytest.fixture(scope="session")
def trained(small_export: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, NightResult]:
    """A home with one champion; not to be changed."""
    home = tmp_path_factory.mktemp("trained")
    return home, run_night(NightOptions(data=small_export, home=home), lambda _: None)

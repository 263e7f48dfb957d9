from __future__ import annotations

from pathlib import Path

import pytest

from training.simulation import SimulationSettings, SimulationSummary, simulate


@pytest.fixture(scope="session")
def settings() -> SimulationSettings:
    return SimulationSettings(creators=400, products=120, days=60, seed=11)


@pytest.fixture(scope="session")
def summary(tmp_path_factory: pytest.TempPathFactory, settings: SimulationSettings) -> SimulationSummary:
    return simulate(tmp_path_factory.mktemp("marketplace") / "export", settings)


@pytest.fixture(scope="session")
def export(summary: SimulationSummary) -> Path:
    return summary.folder

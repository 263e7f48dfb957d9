"""A night of pandas frames, and of files, in a market so small that nothing can be said of promotions."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.settings import MarketplaceSettings
from recsys.release.payload import read_payload
from recsys.release.reader import Release, open_release
from tests.training.nights import quiet
from training.nightly import NightOptions, NightResult, run_night
from training.simulation import SimulationSettings, simulate

MARKET = SimulationSettings(creators=40, products=40, days=50, seed=3)


def release_of(home: Path, night: NightResult) -> Release:
    return open_release(home / "releases" / night.release_id)


@pytest.fixture(scope="module")
def of_files(
    new_home: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, NightResult]:
    data, home = tmp_path_factory.mktemp("files") / "export", new_home()
    simulate(data, MARKET, file_format="csv")
    return home, run_night(NightOptions(data=data, home=home, prepared=5), quiet)


def test_a_night_of_frames_is_that_of_the_files_that_hold_the_same(
    of_files: tuple[Path, NightResult], new_home: Callable[[], Path], tmp_path: Path
) -> None:
    simulate(tmp_path / "export", MARKET)
    frames = {path.stem: pq.read_table(path).to_pandas() for path in (tmp_path / "export").glob("*.parquet")}
    settings = MarketplaceSettings.beside(tmp_path / "export")
    home = new_home()
    night = run_night(NightOptions(data=frames, home=home, marketplace=settings, prepared=5), quiet)

    first, second = release_of(*of_files).manifest, release_of(home, night).manifest
    assert second.files == first.files
    assert (second.provenance.metrics, second.provenance.parameters) == (
        first.provenance.metrics,
        first.provenance.parameters,
    )
    assert second.provenance.data_digest != first.provenance.data_digest

    (logged,) = (home / "mlartifacts").rglob("validation.txt")
    assert logged.read_text(encoding="utf-8") == f"{night.validated.report}\n"


def test_a_market_of_too_few_promotions_gets_a_release_without_values(
    of_files: tuple[Path, NightResult],
) -> None:
    _, night = of_files
    release = release_of(*of_files)

    assert night.values is None
    assert night.rehearsal.checked is None
    assert read_payload(release).values is None
    assert not [name for name in release.manifest.provenance.metrics if name.startswith("value/")]

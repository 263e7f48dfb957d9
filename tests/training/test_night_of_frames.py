from pathlib import Path

import pandas as pd

from features.settings import MarketplaceSettings
from recsys.release.reader import open_release
from training.nightly import NightOptions, NightResult, run_night
from training.simulation import SimulationSettings, simulate


def _night(options: NightOptions) -> NightResult:
    return run_night(options, lambda _: None)


def test_a_night_of_frames_is_that_of_the_files_that_hold_the_same(tmp_path: Path) -> None:
    data, of_files, of_frames = (tmp_path / name for name in ("export", "files", "frames"))
    simulate(data, SimulationSettings(creators=40, products=40, days=50, seed=3))
    frames = {path.stem: pd.read_parquet(path) for path in data.glob("*.parquet")}
    settings = MarketplaceSettings.beside(data)
    files = _night(NightOptions(data=data, home=of_files, prepared=0))
    same = _night(NightOptions(data=frames, home=of_frames, marketplace=settings, prepared=0))

    first, second = (
        open_release(home / "releases" / night.release_id).manifest
        for home, night in ((of_files, files), (of_frames, same))
    )
    assert second.files == first.files
    assert (second.provenance.metrics, second.provenance.parameters) == (
        first.provenance.metrics,
        first.provenance.parameters,
    )
    assert second.provenance.data_digest != first.provenance.data_digest

    (logged,) = (of_frames / "mlartifacts").rglob("validation.txt")
    assert logged.read_text(encoding="utf-8") == f"{same.validated.report}\n"

"""For notebooks: a night of frames or of a folder, and what a release measured, as a frame and in plots."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pandas as pd
from matplotlib.figure import Figure as Picture

from features.settings import MarketplaceSettings
from recsys.errors import UnknownIdError
from recsys.evaluation import Figure
from recsys.release.manifest import FILE_NAME, Manifest
from recsys.release.store import ReleaseStore
from training.nightly import NightOptions, NightResult, run_night
from training.plots import compare_models, png, reliability
from training.value.calibration import Bin

# A folder, a DuckDB file, or the tables themselves by name.
Data: TypeAlias = str | Path | Mapping[str, pd.DataFrame]

_FIGURE = re.compile(r"(?P<model>[^/]+)/(?P<segment>[^/]+)/(?P<metric>[a-z_]+)_at_(?P<k>\d+)")
_BIN = re.compile(r"value/bin_\d+/n")


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure of matplotlib that a notebook shows by itself."""

    figure: Picture

    def _repr_png_(self) -> bytes:
        return png(self.figure)


def train(
    data: Data,
    home: str | Path,
    *,
    marketplace: MarketplaceSettings | None = None,
    as_of: int | None = None,
    seed: int = 0,
    report: Callable[[str], None] = print,
) -> NightResult:
    """One night, as `recsys train` has it; `report` is told each step as it begins.

    `as_of` is in microseconds of UTC, the newest row by default; without `marketplace` the settings are those
    of `marketplace.toml` beside the data, or the defaults. Raises `DataError` for data that break the
    contract. Where the gate refuses, the release is there and the champion stays: `verdict` says why.
    """
    place = Path(data) if isinstance(data, str) else data
    options = NightOptions(place, Path(home), marketplace=marketplace, as_of=as_of, seed=seed)
    return run_night(options, report)


def measured(home: str | Path, release_id: str | None = None) -> pd.DataFrame:
    """What the night of a release, the champion by default, measured, each figure with its 95 % interval.

    Raises `UnknownIdError` for a release that is not there.
    """
    figures = _figures(_metrics(home, release_id))
    columns = ("model", "segment", "metric", "k", "value", "low", "high")
    return pd.DataFrame([[getattr(one, name) for name in columns] for one in figures], columns=list(columns))


def plot_models(home: str | Path, release_id: str | None = None, metric: str = "ndcg", k: int = 20) -> Plot:
    """How the recipe did beside its parts and popularity, as bars with their intervals."""
    return Plot(compare_models(_figures(_metrics(home, release_id)), metric, k))


def plot_calibration(home: str | Path, release_id: str | None = None) -> Plot:
    """The share of promotions that sold against the chance that was told; empty where none was."""
    metrics = _metrics(home, release_id)
    names = sorted(name.removesuffix("/n") for name in metrics if _BIN.fullmatch(name))
    bins = [
        Bin(round(metrics[f"{name}/n"]), metrics[f"{name}/expected"], metrics[f"{name}/happened"])
        for name in names
    ]
    return Plot(reliability(bins, "chance of a sale"))


def _metrics(home: str | Path, release_id: str | None) -> Mapping[str, float]:
    store = ReleaseStore(Path(home))
    found = store.resolve("champion") if release_id is None else release_id
    if found not in store.ids():
        raise UnknownIdError("release", str(found), "`recsys train` makes one")
    manifest = (store.releases / found / FILE_NAME).read_bytes()
    return Manifest.from_bytes(manifest, f"release {found}").provenance.metrics


def _figures(metrics: Mapping[str, float]) -> list[Figure]:
    figures = []
    for name, value in metrics.items():
        if (parts := _FIGURE.fullmatch(name)) and not parts["model"].startswith("recipe_over_"):
            low, high = (metrics.get(f"{name}_{end}", value) for end in ("low", "high"))
            k = int(parts["k"])
            figures.append(Figure(parts["model"], parts["segment"], parts["metric"], k, value, low, high, 0))
    return figures

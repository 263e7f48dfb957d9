"""The releases of a home and what each scored, for a table and a line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import nan

from recsys.errors import ReleaseError, UnknownIdError
from recsys.release.manifest import FILE_NAME, HEADLINE, Manifest
from recsys.release.store import ReleaseStore

_METRIC = HEADLINE.rsplit("/", 1)[1]
_GAIN = "recipe_over_popularity"
_PEER = HEADLINE.replace("recipe/", "popularity/", 1)


@dataclass(frozen=True, slots=True)
class Past:
    """One release; `fault` says why its manifest cannot be read."""

    release_id: str
    alias: str
    as_of: datetime | None
    figure: float | None
    peer: float | None
    fault: str = ""


def past_releases(store: ReleaseStore) -> list[Past]:
    """All releases, newest first. Files are not verified: that takes as long as reading them all."""
    aliases = {store.resolve(alias): alias for alias in ("previous", "challenger", "champion")}
    return [_past(store, release_id, aliases.get(release_id, "")) for release_id in reversed(store.ids())]


def _past(store: ReleaseStore, release_id: str, alias: str) -> Past:
    path = store.releases / release_id / FILE_NAME
    try:
        night = Manifest.from_bytes(path.read_bytes(), f"release {release_id}").provenance
    except (ReleaseError, OSError) as error:
        return Past(release_id, alias, None, None, None, str(error).replace(f"{store.home}/", ""))
    as_of = datetime.fromtimestamp(night.as_of / 1e6, UTC)
    return Past(release_id, alias, as_of, night.metrics.get(HEADLINE), night.metrics.get(_PEER))


@dataclass(frozen=True, slots=True)
class Score:
    """A figure with its 95 % interval."""

    name: str
    figure: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Report:
    """What the night of a release measured, NDCG@20 throughout.

    `models` are judged over all creators, best first; `segments` are the recipe's figures; `gain` is what it
    has over popularity, and `calibration_error` how far told chances of a sale are from what came true.
    """

    models: tuple[Score, ...]
    segments: tuple[Score, ...]
    gain: Score | None
    calibration_error: float | None
    promotions: float | None


def report(store: ReleaseStore, release_id: str) -> Report:
    """The report of one release; raises `UnknownIdError` or `ReleaseError`."""
    if release_id not in store.ids():
        raise UnknownIdError("release", release_id)
    path = store.releases / release_id / FILE_NAME
    metrics = Manifest.from_bytes(path.read_bytes(), f"release {release_id}").provenance.metrics
    models = [score for score in _scores(metrics, "*/all") if score.name != _GAIN]
    return Report(
        models=tuple(sorted(models, key=lambda score: -score.figure)),
        segments=tuple(_scores(metrics, "recipe/*")),
        gain=next(_scores(metrics, f"{_GAIN}/*"), None),
        calibration_error=metrics.get("value/ece"),
        promotions=metrics.get("value/promotions"),
    )


def _scores(metrics: Mapping[str, float], pattern: str) -> Iterator[Score]:
    """Figures of `model/segment` where that fits a pattern with one `*`, named by what stands there."""
    before, after = pattern.split("*")
    for key in sorted(metrics):
        whole, _, metric = key.rpartition("/")
        if metric == _METRIC and whole.startswith(before) and whole.endswith(after):
            low, high = (metrics.get(f"{key}_{end}", nan) for end in ("low", "high"))
            yield Score(whole.removeprefix(before).removesuffix(after), metrics[key], low, high)

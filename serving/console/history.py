"""The releases of a home and what each scored, in a table, over time and one by one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from math import nan
from typing import Final

from recsys.errors import ReleaseError, UnknownIdError
from recsys.release.manifest import FILE_NAME, HEADLINE, Manifest
from recsys.release.store import ReleaseStore
from serving.console.charts import line

_METRIC = HEADLINE.rsplit("/", 1)[1]
_GAIN = "recipe_over_popularity"
_PEER = HEADLINE.replace("recipe/", "popularity/", 1)
# What is drawn over time: the title, and of each line its name and metric.
_TRENDS: Final = (
    ("NDCG@20 on first sales", (("recipe", HEADLINE), ("popularity", _PEER))),
    (
        "Commission that the first 20 places of a creator's list held",
        (("lists by earnings", "earned/ours"), ("popularity × commission", "earned/popularity_x_commission")),
    ),
    ("How far told chances of a sale are off", (("calibration error", "value/ece"),)),
)


@dataclass(frozen=True, slots=True)
class Past:
    """One release; `fault` says why its manifest cannot be read."""

    release_id: str
    alias: str
    as_of: datetime | None
    metrics: Mapping[str, float]
    fault: str = ""

    @property
    def figure(self) -> float | None:
        """NDCG@20 of the recipe."""
        return self.metrics.get(HEADLINE)

    @property
    def peer(self) -> float | None:
        """That of popularity."""
        return self.metrics.get(_PEER)


def past_releases(store: ReleaseStore) -> list[Past]:
    """All releases, newest first. Files are not verified: that takes as long as reading them all."""
    aliases = {store.resolve(alias): alias for alias in ("previous", "challenger", "champion")}
    return [_past(store, release_id, aliases.get(release_id, "")) for release_id in reversed(store.ids())]


def _past(store: ReleaseStore, release_id: str, alias: str) -> Past:
    path = store.releases / release_id / FILE_NAME
    try:
        night = Manifest.from_bytes(path.read_bytes(), f"release {release_id}").provenance
    except (ReleaseError, OSError) as error:
        return Past(release_id, alias, None, {}, str(error).replace(f"{store.home}/", ""))
    return Past(release_id, alias, datetime.fromtimestamp(night.as_of / 1e6, UTC), night.metrics)


@dataclass(frozen=True, slots=True)
class Trend:
    """Metrics of releases, oldest first, on one scale: of each line its name, points and last figure."""

    title: str
    lines: tuple[tuple[str, str, float], ...]


def trends(past: Sequence[Past]) -> list[Trend]:
    """What is measured of at least two releases, given newest first."""
    drawn = []
    for title, named in _TRENDS:
        nights = [one.metrics for one in reversed(past) if all(metric in one.metrics for _, metric in named)]
        figures = [[metrics[metric] for metrics in nights] for _, metric in named]
        if len(nights) > 1:
            top = max(max(one) for one in figures)
            lines = [(name, line(one, top), one[-1]) for (name, _), one in zip(named, figures, strict=True)]
            drawn.append(Trend(title, tuple(lines)))
    return drawn


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
    has over popularity, and `calibration_error` how far told chances of a sale are from what came true:
    `told` has the mean chance and the share that sold of promotions with like chances. `earned` and
    `earned_simply` are commission that lists by earnings, and simple ones, held for a creator. `places` is
    None where the night did not clear the market of all lists.
    """

    models: tuple[Score, ...]
    segments: tuple[Score, ...]
    gain: Score | None
    calibration_error: float | None
    promotions: float | None
    told: tuple[tuple[float, float], ...]
    earned: float | None
    earned_simply: float | None
    places: "Places | None"


@dataclass(frozen=True, slots=True)
class Places:
    """How places on creators' lists spread over products, as if each list stood alone and as they are served.

    `distinct` counts the products on any list, `commonest` is the share of lists that hold the one on most;
    of `scarce` products there is not enough for all.
    """

    distinct: tuple[float, float]
    commonest: tuple[float, float]
    scarce: float


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
        told=tuple(_bins(metrics)),
        earned=metrics.get("earned/ours"),
        earned_simply=metrics.get("earned/popularity_x_commission"),
        places=_places(metrics),
    )


def _places(metrics: Mapping[str, float]) -> Places | None:
    def both(what: str) -> tuple[float, float]:
        return metrics[f"places/{what}_before"], metrics[f"places/{what}_after"]

    if "places/lists" not in metrics:
        return None
    return Places(both("distinct_products"), both("greatest_share"), metrics["places/scarce_products"])


def _bins(metrics: Mapping[str, float]) -> Iterator[tuple[float, float]]:
    for number in count(1):
        told, came = (metrics.get(f"value/bin_{number:02}/{what}") for what in ("expected", "happened"))
        if told is None or came is None:
            return
        yield told, came


def _scores(metrics: Mapping[str, float], pattern: str) -> Iterator[Score]:
    """Figures of `model/segment` where that fits a pattern with one `*`, named by what stands there."""
    before, after = pattern.split("*")
    for key in sorted(metrics):
        whole, _, metric = key.rpartition("/")
        if metric == _METRIC and whole.startswith(before) and whole.endswith(after):
            low, high = (metrics.get(f"{key}_{end}", nan) for end in ("low", "high"))
            yield Score(whole.removeprefix(before).removesuffix(after), metrics[key], low, high)

"""The releases of a home and what each scored, for a table and a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from recsys.errors import ReleaseError
from recsys.release.manifest import FILE_NAME, HEADLINE, Manifest
from recsys.release.store import ReleaseStore

WIDTH, HEIGHT = 320.0, 60.0
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


def line(figures: Sequence[float]) -> str:
    """Points of an SVG polyline, `WIDTH` × `HEIGHT`: 0 is the bottom, the greatest figure the top."""
    if len(figures) < 2:
        return ""
    top = max(*figures, 1e-12)
    step = WIDTH / (len(figures) - 1)
    points = ((place * step, HEIGHT * (1 - figure / top)) for place, figure in enumerate(figures))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)

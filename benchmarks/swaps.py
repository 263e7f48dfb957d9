"""`python -m benchmarks.swaps OUT --home HOME`: releases swapped under load, by several workers.

The champion is written a second time under another id, so that each swap changes every answer. Clients ask
for lists without end, first while nothing happens, then while the champion goes to and fro.
"""

import itertools
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

import httpx2
import numpy as np

from benchmarks.command import of_a_champion, write_figures
from benchmarks.serving import server
from recsys.release.payload import read_payload, write_payload, write_prepared
from recsys.release.store import ReleaseStore

CLIENTS: Final = 4
WORKERS: Final = 2
K: Final = 10
SERVICE: Final = """
import sys
from pathlib import Path
from serving.server import serve
from serving.settings import ServiceSettings
serve(Path(sys.argv[2]), "127.0.0.1", int(sys.argv[1]), ServiceSettings(workers=int(sys.argv[3])))
"""
_IDS: Final = re.compile(rb'"release_id":"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of it: of the answers `failed` were no list, `mixed` named two releases or had another's tag.

    `served` is how often one connection saw the release change; milliseconds are of single answers.
    """

    workers: int
    swaps: int
    answers: int
    failed: int
    mixed: int
    served: int
    steady_p99_ms: float
    swapping_p99_ms: float
    steady_median_ms: float
    swapping_median_ms: float


@dataclass(slots=True)
class Seen:
    """What the answers to one client were like."""

    spent: list[float] = field(default_factory=list)
    failed: int = 0
    mixed: int = 0
    changes: int = 0


class Tags:
    """Which release each tag came with, whoever was answered."""

    def __init__(self) -> None:
        self._release: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def fits(self, tag: str, release: bytes) -> bool:
        """Is it the release that came with the tag before, if any did."""
        with self._lock:
            return self._release.setdefault(tag, release) == release


def twin(store: ReleaseStore) -> str:
    """Write the champion once more under another id."""
    release = store.champion()
    payload, provenance = read_payload(release), release.manifest.provenance
    with store.writer() as writer:
        write_payload(writer, payload)
        if payload.prepared is not None:
            write_prepared(writer, payload.prepared)
        return writer.commit(replace(provenance, seed=provenance.seed + 1))


def ask(base: str, paths: Sequence[str], tags: Tags, end: threading.Event, seen: Seen) -> None:
    """Ask for lists until the end."""
    last = b""
    with httpx2.Client(base_url=base, timeout=60) as client:
        for path in itertools.cycle(paths):
            if end.is_set():
                return
            start = time.perf_counter()
            try:
                answer = client.get(path)
            except httpx2.HTTPError:
                seen.failed += 1
                continue
            seen.spent.append(1e3 * (time.perf_counter() - start))
            if answer.status_code != 200:
                seen.failed += 1
                continue
            named = set(_IDS.findall(answer.content))
            release = next(iter(named))
            seen.mixed += len(named) != 1 or not tags.fits(answer.headers["etag"], release)
            seen.changes += last not in (b"", release)
            last = release


def run(home: Path, swaps: int, interval_s: float, workers: int = WORKERS) -> Figures:
    """Figures of a home's champion, which stays as it is."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(home / "releases", Path(folder) / "releases")
        store = ReleaseStore(Path(folder), check=lambda release: ())
        names = itertools.cycle((twin(store), store.champion().release_id))
        affinity, rng = read_payload(store.champion()).affinity, np.random.default_rng(7)
        paths = [f"/v1/creators/{name}/products?k={K}" for name in affinity.creators.ids()]
        paths += [f"/v1/products/{name}/creators?k={K}" for name in affinity.products.ids()]
        with server(SERVICE, "/health/ready", folder, str(workers)) as service:
            base, tags = str(service.client.base_url), Tags()

            def under_load(do: int) -> list[Seen]:
                end, seen = threading.Event(), [Seen() for _ in range(CLIENTS)]
                clients = [
                    threading.Thread(target=ask, args=(base, rng.permutation(paths).tolist(), tags, end, one))
                    for one in seen
                ]
                for client in clients:
                    client.start()
                for _ in range(do):
                    store.point("champion", next(names))
                    time.sleep(interval_s)
                if not do:
                    time.sleep(swaps * interval_s / 4)
                end.set()
                for client in clients:
                    client.join()
                return seen

            under_load(0)
            steady, swapping = under_load(0), under_load(swaps)
    before, during = ([spent for one in seen for spent in one.spent] for seen in (steady, swapping))
    both = [*steady, *swapping]
    return Figures(
        workers,
        swaps,
        len(before) + len(during),
        sum(one.failed for one in both),
        sum(one.mixed for one in both),
        sum(one.changes for one in swapping),
        float(np.quantile(before, 0.99)),
        float(np.quantile(during, 0.99)),
        float(np.median(before)),
        float(np.median(during)),
    )


def main() -> None:
    """Measure, print and write `OUT/swaps.json`."""
    parser = of_a_champion(__doc__)
    parser.add_argument("--swaps", type=int, default=100)
    parser.add_argument("--interval", type=float, default=3.0, help="seconds from swap to swap")
    options = parser.parse_args()
    found = asdict(run(options.home, options.swaps, options.interval))
    write_figures(options.out / "swaps.json", found)
    for name, figure in found.items():
        print(f"{name:20} {figure:,.1f}" if isinstance(figure, float) else f"{name:20} {figure:,}")


if __name__ == "__main__":
    main()

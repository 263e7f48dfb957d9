"""`python -m benchmarks.overload OUT --home HOME`: answers at half of the peak, and at ten times it.

The peak is the most answers a second to clients that ask again as soon as they are answered. The other loads
come at a constant rate whatever becomes of them: half of the peak, and ten times the peak over ten times the
connections. Where all of these wait, nothing more can be sent: the rate that was sent is told. Times are from
when a request was due, so that one that could not be sent yet counts as waiting.
"""

import itertools
import shutil
import tempfile
from collections.abc import Coroutine, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import uvloop

from benchmarks.clients import Seen, asked_again, at_rate, prepared_names
from benchmarks.command import of_a_champion, write_figures
from benchmarks.serving import EMPTY, SERVICE, K, Server, server
from benchmarks.tables import table
from recsys.release.payload import read_payload
from recsys.release.store import ReleaseStore

CONNECTIONS: Final = (4, 8, 16)
PEAK_S: Final = 3.0
LOAD_S: Final = 9.0
TIMES: Final = 10


@dataclass(frozen=True, slots=True)
class Load:
    """One kind of answer: peak, half of it, ten times it. Rates are a second, `goodput` is answers of 200."""

    peak: float
    peak_cpu_ms: float
    connections: int
    half_median_ms: float
    half_p99_ms: float
    sent: float
    goodput: float
    over_cpu_ms: float
    shed: int
    failed: int
    unasked: int


def measure(served: Server, paths: list[str], *, peak_only: bool = False) -> Load:
    """All loads of one kind of answer."""
    port, requests = served.client.base_url.port or 80, _requests(paths)
    best, connections, cpu_ms = Seen(), CONNECTIONS[0], 0.0
    for n in CONNECTIONS:
        before = served.cpu_ms()
        seen = _run(asked_again(port, requests, n, PEAK_S))
        if seen.statuses[200] > best.statuses[200]:
            best, connections, cpu_ms = seen, n, served.cpu_ms() - before
    peak = best.statuses[200] / PEAK_S
    half, over, over_cpu_ms = Seen(), Seen(), 0.0
    if not peak_only:
        many = TIMES * connections
        half = _run(at_rate(port, requests, many, peak / 2, LOAD_S))
        before = served.cpu_ms()
        over = _run(at_rate(port, requests, many, TIMES * peak, LOAD_S))
        over_cpu_ms = served.cpu_ms() - before
    shed = over.statuses[503] + over.statuses[429]
    return Load(
        peak,
        cpu_ms / max(best.statuses[200], 1),
        connections,
        half.quantile(0.5),
        half.quantile(0.99),
        over.sent / LOAD_S,
        over.statuses[200] / LOAD_S,
        over_cpu_ms / max(over.statuses[200], 1),
        shed,
        over.statuses.total() - over.statuses[200] - shed,
        over.unasked,
    )


def run(home: Path) -> dict[str, Load]:
    """All kinds of answers of a home's champion, and an empty route at its peak."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(home / "releases", Path(folder) / "releases")
        creators, products = prepared_names(read_payload(ReleaseStore(Path(folder)).champion()))
        lists = {
            "products for a creator": [f"/v1/creators/{name}/products?k={K}" for name in creators],
            "creators for a product": [f"/v1/products/{name}/creators?k={K}" for name in products],
        }
        computed = {
            "products, computed": [f"{path}&min_price=0" for path in lists["products for a creator"]],
            "creators, computed": [f"{path}&min_followers=0" for path in lists["creators for a product"]],
        }
        with server(EMPTY, "/empty") as bare:
            loads = {"empty route": measure(bare, ["/empty"], peak_only=True)}
        with server(SERVICE, "/health/ready", folder) as service:
            return loads | {name: measure(service, paths) for name, paths in (lists | computed).items()}


def report(loads: dict[str, Load]) -> list[str]:
    """The figures as a table."""
    header = (
        "answer",
        "peak, a second",
        "of the empty route",
        "CPU at the peak, ms",
        "half: median, ms",
        "p99, ms",
        f"{TIMES} ×: sent a second",
        "goodput of the peak",
        "CPU for each, ms",
        "shed",
        "failed",
        "shed without Retry-After",
    )
    empty = loads["empty route"].peak
    rows = [
        (
            name,
            f"{load.peak:,.0f}",
            f"{load.peak / empty:.3f}",
            f"{load.peak_cpu_ms:.2f}",
            *(
                (
                    f"{load.half_median_ms:.1f}",
                    f"{load.half_p99_ms:.1f}",
                    f"{load.sent:,.0f}",
                    f"{load.goodput / load.peak:.2f}",
                    f"{load.over_cpu_ms:.2f}",
                    f"{load.shed:,}",
                    f"{load.failed:,}",
                    f"{load.unasked:,}",
                )
                if load.sent
                else ("",) * 8
            ),
        )
        for name, load in loads.items()
    ]
    return table(header, rows)


def main() -> None:
    """Measure, print and write `OUT/overload.json`."""
    options = of_a_champion(__doc__).parse_args()
    loads = run(options.home)
    write_figures(options.out / "overload.json", {name: asdict(load) for name, load in loads.items()})
    print("\n".join(report(loads)))


def _requests(paths: list[str]) -> Iterator[bytes]:
    """In an order of chance, without end."""
    order = np.random.default_rng(7).permutation(len(paths)).tolist()
    kept = "Host: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n"
    return itertools.cycle([f"GET {paths[at]} HTTP/1.1\r\n{kept}".encode() for at in order])


def _run(load: Coroutine[None, None, Seen]) -> Seen:
    return uvloop.run(load)


if __name__ == "__main__":
    main()

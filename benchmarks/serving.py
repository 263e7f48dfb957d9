"""`python -m benchmarks.serving OUT --home HOME`: what answers cost, beside an empty route.

Two servers run side by side, the service and a bare application of the same framework; one client asks each
in turn over one kept connection. CPU is that of the server's process: other work on the machine changes it
less than the clock.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx2
import numpy as np

from benchmarks.clients import prepared_names
from benchmarks.command import of_a_champion, write_figures
from benchmarks.tables import table
from recsys.release.payload import read_payload
from recsys.release.store import ReleaseStore

ROUNDS: Final = 3
REQUESTS: Final = 150
SALES: Final = 60
K: Final = 10
SERVICE: Final = """
import sys
from pathlib import Path
from serving.server import serve
serve(Path(sys.argv[2]), "127.0.0.1", int(sys.argv[1]))
"""
EMPTY: Final = """
import sys, uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.get("/empty")
async def empty() -> dict[str, str]:
    return {"status": "live"}
uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning")
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one kind of answer cost, over all requests of all rounds, and the server's CPU for each."""

    median_ms: float
    p99_ms: float
    cpu_ms: float
    empty_cpu: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one release; `sale_ms` is from a sale to the answer that knows of it."""

    creators: int
    products: int
    answers: dict[str, Cost]
    sale_ms: float
    sale_p99_ms: float


@dataclass(frozen=True, slots=True)
class Server:
    """A server of its own process, asked over one connection."""

    client: httpx2.Client
    pid: int

    def cpu_ms(self) -> float:
        """CPU that it took so far, its own and the system's for it."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return 1e3 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(code: str, ready: str, *arguments: str) -> Iterator[Server]:
    """Run it until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", code, str(port), *arguments]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                _await(client, ready)
                yield Server(client, process.pid)
        finally:
            process.terminate()


def measure(
    server: Server, ask: Callable[[httpx2.Client], httpx2.Response], n: int
) -> tuple[list[float], float]:
    """Milliseconds of each of n requests, and of CPU for all."""
    before, spent = server.cpu_ms(), []
    for _ in range(n):
        start = time.perf_counter()
        answer = ask(server.client)
        if answer.status_code not in (200, 304):
            raise RuntimeError(f"{answer.url} answered {answer.status_code}: {answer.text}")
        spent.append(1e3 * (time.perf_counter() - start))
    return spent, server.cpu_ms() - before


def sale_to_answer(client: httpx2.Client, products: list[str]) -> list[float]:
    """Milliseconds from sending a sale to the answer that knows of it, of creators just signed up."""
    spent, now = [], datetime.now(UTC).isoformat()
    for number in range(SALES):
        creator, product = f"bench-{number}", products[number % len(products)]
        row = {"creator_id": creator, "follower_count": 5_000, "updated_at": now}
        client.post("/v1/events", json={"creators": [row]}).raise_for_status()
        path = f"/v1/creators/{creator}/products"
        before = client.get(path, params={"k": K})
        sale = {
            "sale_id": f"bench-{number}",
            "ordered_at": now,
            "creator_id": creator,
            "product_id": product,
            "content_id": f"bench-{number}",
            "quantity": 2,
            "amount": 20,
            "commission_rate": 0.1,
            "updated_at": now,
        }
        start = time.perf_counter()
        client.post("/v1/events", json={"sales": [sale]}).raise_for_status()
        after = client.get(path, params={"k": K})
        spent.append(1e3 * (time.perf_counter() - start))
        if after.json()["matches"][0]["score"] == before.json()["matches"][0]["score"]:
            raise RuntimeError(f"the sale of {creator} is not in its next answer")
    return spent


def run(home: Path) -> Figures:
    """All figures of a home's champion."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(home / "releases", Path(folder) / "releases")
        payload = read_payload(ReleaseStore(Path(folder)).champion())
        creators, products = prepared_names(payload)
        rng = np.random.default_rng(7)

        def of(template: str, names: list[str], **asked: int) -> Callable[[httpx2.Client], httpx2.Response]:
            return lambda client: client.get(
                template.format(names[rng.integers(len(names))]), params={"k": K, **asked}
            )

        with (
            server(SERVICE, "/health/ready", folder) as service,
            server(EMPTY, "/empty") as bare,
        ):
            tag = service.client.get(f"/v1/creators/{creators[0]}/products").headers["etag"]
            kinds = {
                "empty route": (bare, lambda client: client.get("/empty")),
                "products for a creator": (service, of("/v1/creators/{}/products", creators)),
                "creators for a product": (service, of("/v1/products/{}/creators", products)),
                # A filter that bars nothing is a filter: such lists are not prepared.
                "products, computed": (service, of("/v1/creators/{}/products", creators, min_price=0)),
                "creators, computed": (service, of("/v1/products/{}/creators", products, min_followers=0)),
                "unchanged (304)": (
                    service,
                    lambda client: client.get(
                        f"/v1/creators/{creators[0]}/products", headers={"If-None-Match": tag}
                    ),
                ),
            }
            spent: dict[str, list[float]] = {name: [] for name in kinds}
            cpu = dict.fromkeys(kinds, 0.0)
            for _ in range(ROUNDS):
                for name, (asked, ask) in kinds.items():
                    times, took = measure(asked, ask, REQUESTS)
                    spent[name] += times
                    cpu[name] += took
            sales = sale_to_answer(service.client, products)
    n = ROUNDS * REQUESTS
    costs = {
        name: Cost(
            float(np.median(times)),
            float(np.quantile(times, 0.99)),
            cpu[name] / n,
            cpu["empty route"] / cpu[name],
        )
        for name, times in spent.items()
    }
    n_creators, n_products = payload.affinity.values.shape
    return Figures(n_creators, n_products, costs, float(np.median(sales)), float(np.quantile(sales, 0.99)))


def report(found: Figures) -> list[str]:
    """The figures as a table."""
    header = ("answer", "median, ms", "p99, ms", "CPU, ms", "CPU of the empty route as a share")
    rows = [
        (name, f"{cost.median_ms:.1f}", f"{cost.p99_ms:.1f}", f"{cost.cpu_ms:.2f}", f"{cost.empty_cpu:.3f}")
        for name, cost in found.answers.items()
    ]
    return [
        f"{found.creators:,} creators, {found.products:,} products, k = {K}, one connection",
        "",
        *table(header, rows),
        "",
        f"From a sale to the answer that knows of it: median {found.sale_ms:.1f} ms, "
        f"p99 {found.sale_p99_ms:.1f} ms.",
    ]


def main() -> None:
    """Measure, print and write `OUT/serving.json`."""
    options = of_a_champion(__doc__).parse_args()
    found = run(options.home)
    write_figures(options.out / "serving.json", asdict(found))
    print("\n".join(report(found)))


def _await(client: httpx2.Client, path: str) -> None:
    """Until it answers; raises `TimeoutError` where it does not within two minutes."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            if client.get(path).is_success:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.2)
    raise TimeoutError(f"{client.base_url} does not answer")


if __name__ == "__main__":
    main()

"""`recsys demo`: the whole story on a simulated marketplace, in one command that ends by itself."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from urllib.error import URLError

import typer

from recsys.cli.match_tables import CREATORS, PRODUCTS, AnswerBody, Columns, print_answer
from recsys.cli.options import Seed
from recsys.cli.output import console, print_table
from recsys.errors import RecsysError, UsageError
from recsys.split import DAY_US
from training.commands.train import train_night

START_TIMEOUT_S = 60.0


def demo(
    out: Annotated[Path, typer.Argument(help="Folder to work in; must be empty or absent.")] = Path(
        "build/demo"
    ),
    creators: Annotated[int, typer.Option(min=50)] = 1_000,
    products: Annotated[int, typer.Option(min=50)] = 300,
    days: Annotated[int, typer.Option(min=60)] = 90,
    seed: Seed = 7,
) -> None:
    """Simulate a marketplace, train two nights, serve the champion and ask it both ways."""
    from training.nightly import NightOptions
    from training.simulation import SimulationSettings, simulate

    data, home = out / "export", out / "home"
    say = console().print
    say(f"\n[bold]1. A marketplace[/]: {creators:,} creators, {products:,} products, {days} days")
    try:
        summary = simulate(
            data, SimulationSettings(creators=creators, products=products, days=days, seed=seed)
        )
    except FileExistsError as error:
        raise UsageError(str(error)) from error
    print_table(str(data), ("table", "rows"), summary.rows.items())
    end = round(summary.as_of.timestamp()) * 1_000_000
    for place, night in enumerate((end - DAY_US, end), start=1):
        say(f"\n[bold]{place + 1}. Night {place}[/]")
        train_night(NightOptions(data=data, home=home, as_of=night))
    say("\n[bold]4. The service[/]")
    creator_id, cold_id, product_id = _whom_to_ask(home)
    with _service(home) as url:
        say(f"listening on {url}")
        _ask(url, f"/v1/creators/{creator_id}/products?k=5", "a creator with history", PRODUCTS)
        _ask(url, f"/v1/creators/{cold_id}/products?k=5", "a creator without any history", PRODUCTS)
        _ask(url, f"/v1/products/{product_id}/creators?k=5", "the product most in demand", CREATORS)
    say(f"\nkeep it up:   {_program()} serve --home {home}\nthen open:    http://127.0.0.1:8000")


def _program() -> str:
    """How this command was called, so that the line printed works where it was printed."""
    called = Path(sys.argv[0])
    if called.name != "recsys":
        return f"{Path(sys.executable).name} -m recsys.cli"
    inside = called.is_absolute() and called.is_relative_to(Path.cwd())
    return str(called.relative_to(Path.cwd()) if inside else called)


def _whom_to_ask(home: Path) -> tuple[str, str, str]:
    """Of the champion: a creator with much history, one with none, and the product most in demand."""
    import numpy as np

    from recsys.release.payload import read_payload
    from recsys.release.store import ReleaseStore

    payload = read_payload(ReleaseStore(home).champion())
    affinity, trend = payload.affinity, payload.products["trend"].to_numpy()
    history = np.diff(affinity.values.indptr)
    return (
        affinity.creators.id_of(int(history.argmax())),
        affinity.creators.id_of(int(history.argmin())),
        affinity.products.id_of(int(trend.argmax())),
    )


@contextmanager
def _service(home: Path) -> Iterator[str]:
    """The real service in a process of its own, stopped at the end; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "recsys.cli", "serve", "--home", str(home), "--port", str(port)]
    with (home / "serve.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)  # noqa: S603 - ourselves
        try:
            _wait_until_ready(url, process, Path(log.name))
            yield url
        finally:
            process.terminate()
            process.wait()


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            _get(f"{url}/health/ready")
        except URLError:
            time.sleep(0.1)
        else:
            return
    raise RecsysError(f"the service did not become ready; {log} says why")


def _ask(url: str, path: str, who: str, columns: Columns) -> None:
    print_answer(f"GET {path}  ({who})", _get(url + path), columns)


def _get(url: str) -> AnswerBody:
    with urllib.request.urlopen(url, timeout=START_TIMEOUT_S) as response:  # noqa: S310 - our own loopback
        answer: AnswerBody = json.load(response)
        return answer

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
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias
from urllib.error import URLError

import numpy as np
import typer

from recsys.cli.options import Seed
from recsys.cli.output import console, print_reasons, print_table
from recsys.cli.train import train_night
from recsys.errors import RecsysError, UsageError
from recsys.split import DAY_US

if TYPE_CHECKING:
    from training.nightly import NightResult

# What the service answers, as parsed JSON.
Answer: TypeAlias = dict[str, Any]

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
        result = train_night(NightOptions(data=data, home=home, as_of=night))
    say("\n[bold]4. The service[/]")
    creator_id, cold_id, product_id = _whom_to_ask(result)
    with _service(home) as url:
        say(f"listening on {url}")
        _ask_products(url, creator_id, "a creator with history")
        _ask_products(url, cold_id, "a creator without any history")
        _ask_creators(url, product_id)
    say(f"\nkeep it up:   {_program()} serve --home {home}\nthen open:    http://127.0.0.1:8000/docs")


def _program() -> str:
    """How this command was called, so that the line printed works where it was printed."""
    called = Path(sys.argv[0])
    if called.name != "recsys":
        return f"{Path(sys.executable).name} -m recsys.cli"
    inside = called.is_absolute() and called.is_relative_to(Path.cwd())
    return str(called.relative_to(Path.cwd()) if inside else called)


def _whom_to_ask(result: "NightResult") -> tuple[str, str, str]:
    """A creator with much history, one with none, and the product most in demand."""
    now = result.inputs.now
    history = np.diff(now.affinity.values.indptr)
    trend = now.products["trend"].to_numpy()
    creators, products = now.affinity.creators, now.affinity.products
    return (
        creators.id_of(int(history.argmax())),
        creators.id_of(int(history.argmin())),
        products.id_of(int(trend.argmax())),
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


def _ask_products(url: str, creator_id: str, who: str) -> None:
    path = f"/v1/creators/{creator_id}/products?k=5"
    matches = _get(url + path)["matches"]
    rows = [(m["rank"], m["product_id"], m["title"], m["category"], m["score"]) for m in matches]
    print_table(f"GET {path}  ({who})", ("rank", "product", "title", "category", "score"), rows)
    _print_reasons(matches)


def _ask_creators(url: str, product_id: str) -> None:
    path = f"/v1/products/{product_id}/creators?k=5"
    matches = _get(url + path)["matches"]
    rows = [(m["rank"], m["creator_id"], m["follower_count"], m["region"], m["score"]) for m in matches]
    columns = ("rank", "creator", "followers", "region", "score")
    print_table(f"GET {path}  (the product most in demand)", columns, rows)
    _print_reasons(matches)


def _print_reasons(matches: "list[Answer]") -> None:
    for match in matches:
        print_reasons(match["rank"], [reason["text"] for reason in match["reasons"]])


def _get(url: str) -> "Answer":
    with urllib.request.urlopen(url, timeout=START_TIMEOUT_S) as response:  # noqa: S310 - our own loopback
        answer: Answer = json.load(response)
        return answer

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from recsys.errors import UsageError
from serving.guard.keys import KeyFile, Role
from serving.server import listening, refuse_unguarded
from tests.serving.marketplaces import hand_made, publish

SERVE = """
import sys
from dataclasses import replace
from pathlib import Path
from serving.server import serve
from serving.settings import DEFAULTS
serve(Path(sys.argv[1]), "127.0.0.1", 0, replace(DEFAULTS, workers=int(sys.argv[2])))
"""


@contextmanager
def serving(home: Path, workers: int = 1) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SERVE, str(home), str(workers)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        yield process
        process.kill()


@pytest.fixture
def process(home: Path) -> Iterator[subprocess.Popen[str]]:
    with serving(home) as process:
        yield process


def test_nothing_heavy_is_imported() -> None:
    heavy = {"duckdb", "implicit", "matplotlib", "mlflow", "pandas", "sklearn"}
    code = f"import sys, serving.server; print({heavy!r} & set(sys.modules))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "set()"


def read_until_listening(process: subprocess.Popen[str]) -> tuple[str, str]:
    """The address the service logs, and its log up to there."""
    assert process.stderr is not None
    log = ""
    for line in process.stderr:
        log += line
        if found := re.search(r"running on (http://127\.0\.0\.1:\d+)", line):
            return found.group(1), log
    raise AssertionError(f"the service ended: {log}")


def test_a_real_server_answers_and_stops_on_a_signal(process: subprocess.Popen[str]) -> None:
    address, log = read_until_listening(process)
    assert "serving release 20260101T000000Z-" in log
    answer = httpx2.get(f"{address}/v1/creators/dan/products", params={"k": 3})
    assert answer.status_code == 200
    assert len(answer.json()["matches"]) == 3
    assert httpx2.get(f"{address}/v1/creators/nobody/products").status_code == 404
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=10)


def test_files_of_the_running_release_cut_short_change_no_answer(tmp_path: Path) -> None:
    """Mapped as they lie there, the first answer after would end the process by SIGBUS."""
    folder = tmp_path / "releases" / publish(tmp_path, hand_made())
    paths = [f"/v1/creators/{name}/products" for name in ("ada", "bob", "dan")]
    paths += ["/v1/products/soap/creators", "/v1/brands/glow/creators"]
    with serving(tmp_path) as process:
        address, _ = read_until_listening(process)
        before = [httpx2.get(f"{address}{path}").json()["matches"] for path in paths]
        files = [path for path in folder.iterdir() if path.is_file()]
        assert len(files) > 10
        for file in files:
            with file.open("r+b") as opened:
                opened.truncate(0)
        assert [httpx2.get(f"{address}{path}").json()["matches"] for path in paths] == before
        assert httpx2.get(f"{address}/health/ready").status_code == 200
        assert process.poll() is None


def test_what_is_no_http_or_has_no_end_is_answered_by_a_problem(process: subprocess.Popen[str]) -> None:
    address, _ = read_until_listening(process)
    host, port = address.removeprefix("http://").split(":")
    for sent in (b"what\r\n\r\n", b"GET /v1/creators/" + b"x" * 70_000 + b"/products HTTP/1.1\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(sent)
            head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert b"content-type: application/problem+json" in head.lower()
        assert json.loads(body)["type"] == "urn:recsys:problem:malformed"
    long = httpx2.get(f"{address}/v1/creators/{'x' * 10_000}/products")
    assert (long.status_code, long.json()["type"]) == (404, "urn:recsys:problem:not-found")


def test_without_a_valid_key_only_this_machine_is_served(tmp_path: Path) -> None:
    for host in ("127.0.0.1", "127.1.2.3", "::1", "localhost"):
        refuse_unguarded(tmp_path, host)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    KeyFile.of(tmp_path).create(Role.ADMIN, None, timedelta(hours=1), yesterday)
    for host in ("0.0.0.0", "::", "", "192.0.2.1", "recsys.example"):
        with pytest.raises(UsageError, match="make one with `recsys keys create`"):
            refuse_unguarded(tmp_path, host)

    KeyFile.of(tmp_path).create(Role.MARKETPLACE, None, None, yesterday)
    refuse_unguarded(tmp_path, "0.0.0.0")


def test_an_address_that_cannot_be_had_is_told() -> None:
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            listening("127.0.0.1", port)
    with pytest.raises(UsageError, match="cannot listen on no-such-host:80"):
        listening("no-such-host", 80)

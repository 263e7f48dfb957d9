"""Pages in a real browser: Debian's Chromium, where it is installed (`apt-get install chromium`)."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.test_server import SERVE, read_until_listening

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's package chromium"),
]


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    command = [sys.executable, "-c", SERVE, str(home)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        yield read_until_listening(process)[0]
        process.kill()


def opened(url: str, profile: Path) -> tuple[str, list[str]]:
    """The page as the browser made it, and what its console complained of."""
    assert CHROMIUM is not None
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"]
    done = subprocess.run(
        [CHROMIUM, *options, f"--user-data-dir={profile}", "--virtual-time-budget=10000", url],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout, re.findall(r"CONSOLE.*", done.stderr)


def test_the_docs_show_every_route_and_load_nothing_else(address: str, tmp_path: Path) -> None:
    page, complaints = opened(f"{address}/docs", tmp_path)

    assert complaints == []
    assert "/v1/brands/{brand_id}/creators" in page.replace("\u200b", "").replace("<wbr>", "")


@pytest.mark.parametrize("path", ["/console", "/console/creators/ada", "/console/brands/glow"])
def test_console_pages_are_shown_without_complaint(address: str, tmp_path: Path, path: str) -> None:
    page, complaints = opened(address + path, tmp_path)

    assert complaints == []
    assert "</main>" in page

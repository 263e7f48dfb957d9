"""Pages in a real browser: Debian's Chromium, where it is installed (`apt-get install chromium`)."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.serving.chromium import tab
from tests.serving.test_server import SERVE, read_until_listening

if TYPE_CHECKING:
    from training.nightly import NightResult

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's package chromium"),
]


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address of a service of its own."""
    command = [sys.executable, "-c", SERVE, str(home)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        yield read_until_listening(process)[0]
        process.kill()


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with served(home) as found:
        yield found


@pytest.fixture(scope="module")
def market_address(trained: "tuple[Path, NightResult]") -> Iterator[str]:
    """The service of a night, which knows of shoppers and samples."""
    with served(trained[0]) as found:
        yield found


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


def test_a_newcomer_clicks_through_to_who_gets_a_brands_samples(market_address: str, tmp_path: Path) -> None:
    home, _ = opened(f"{market_address}/console", tmp_path)
    link = re.search(r'href="(/console/brands/[^"]+/plan)"', home)
    assert link is not None
    for path in (link[1], link[1].replace("/plan", "/samples"), "/console/releases", "/console/health"):
        page, complaints = opened(market_address + path, tmp_path)
        assert complaints == [], path
        assert "</main>" in page
        if path == link[1]:
            assert re.search(r"Send \d+ sample|Send none", page)
            assert "<polyline points=" in page


def test_pages_fit_a_phone_and_differ_by_day_and_night(market_address: str, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    with tab(CHROMIUM, tmp_path) as browser:
        browser.open(f"{market_address}/console")
        links = browser.look("[...document.links].map(link => link.getAttribute('href'))")
        assert isinstance(links, list)
        kinds = ("creators/", "brands/", "products/", "/plan")
        pages = [next(link for link in links if kind in link) for kind in kinds]
        pages += [pages[-1].replace("/plan", "/samples"), "/console", "/console/releases", "/console/health"]
        for page in pages:
            papers = []
            for dark in (False, True):
                browser.shape(360, dark=dark)
                browser.open(market_address + page)
                assert browser.look("document.documentElement.scrollWidth") == 360, page
                papers.append(browser.look("getComputedStyle(document.body).backgroundColor"))
            assert papers == ["rgb(255, 255, 255)", "rgb(20, 23, 27)"], page


def test_a_plan_is_made_with_the_keyboard_alone(market_address: str, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    with tab(CHROMIUM, tmp_path) as browser:
        browser.open(f"{market_address}/console")
        plan = browser.look("document.querySelector('a[href$=\"/plan\"]').href")
        browser.open(str(plan))
        browser.press("Tab", 9)
        assert browser.look("document.activeElement.className") == "skip"
        for _ in range(30):
            browser.press("Tab", 9)
            if browser.look("document.activeElement.name") == "samples":
                break
        assert browser.look("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        browser.press("Enter", 13)
        while browser.look("document.readyState !== 'complete' || !location.search"):
            pass
        assert "samples=20" in str(browser.look("location.search"))
        assert browser.look("document.querySelectorAll('.matches > li').length > 0") is True

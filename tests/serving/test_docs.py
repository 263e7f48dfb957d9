import re
from importlib.resources import files

import pytest
from fastapi.testclient import TestClient

from serving.docs import ASSETS, POLICY


def test_the_page_loads_what_the_service_ships_and_nothing_else(client: TestClient) -> None:
    page = client.get("/docs")
    loaded = re.findall(r'(?:src|href)="(?!data:)([^"?]+)', page.text)

    assert page.status_code == 200
    assert set(loaded) == {f"docs/{asset}" for asset in ASSETS}
    assert "//" not in page.text.replace("<!doctype html>", "")
    assert page.headers["content-security-policy"] == POLICY


def test_the_browser_may_load_nothing_from_elsewhere() -> None:
    sources = {source for part in POLICY.split("; ") for source in part.split()[1:]}

    assert sources == {"'none'", "'self'", "data:"}
    scripts = next(part for part in POLICY.split("; ") if part.startswith("script-src"))
    assert scripts == "script-src 'self'"


@pytest.mark.parametrize("asset", ASSETS)
def test_each_part_of_the_page_is_served_with_its_type(client: TestClient, asset: str) -> None:
    answer = client.get(f"/docs/{asset}")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(ASSETS[asset])
    assert answer.content == (files("serving") / "assets" / "swagger-ui" / asset).read_bytes()


@pytest.mark.parametrize("asset", ["README.md", "..%2fstart.js", "%2e%2e%2f%2e%2e%2fapp.py"])
def test_nothing_else_is(client: TestClient, asset: str) -> None:
    assert client.get(f"/docs/{asset}").status_code == 404


def test_the_licence_is_shipped_beside_it() -> None:
    folder = files("serving") / "assets" / "swagger-ui"

    assert "Apache License" in (folder / "LICENSE").read_text()
    assert not re.search(rb"sourceMappingURL=\S+\.map", (folder / "swagger-ui-bundle.js").read_bytes()[-200:])

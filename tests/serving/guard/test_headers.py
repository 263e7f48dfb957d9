from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.app import create_app
from serving.guard.headers import HEADERS
from serving.settings import ServiceSettings

ORIGIN = "https://shop.example"


@pytest.mark.parametrize(
    "path", ["/v1/creators/ada/products", "/v1/brands/no/creators", "/health/live", "/x"]
)
def test_every_answer_carries_the_headers_problems_too(client: TestClient, path: str) -> None:
    answer = client.get(path)

    # A list may be kept by its reader, if it asks anew each time (tests/serving/test_caching.py).
    cached = {"Cache-Control": "private, no-cache"} if "ada" in path else {}
    assert {name: answer.headers[name] for name in HEADERS} == {**HEADERS, **cached}
    assert "server" not in answer.headers


def test_other_origins_read_nothing_unless_they_are_named(client: TestClient, tmp_path: Path) -> None:
    assert "access-control-allow-origin" not in client.get("/health/live", headers={"Origin": ORIGIN}).headers

    preflight = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
    with TestClient(create_app(tmp_path, ServiceSettings(cors_origins=(ORIGIN,)))) as open_client:
        asked = open_client.options("/v1/creators/ada/products", headers=preflight)
        refused = open_client.options("/health/live", headers={**preflight, "Origin": "https://evil.example"})
        named = open_client.get("/health/live", headers={"Origin": ORIGIN})
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == ORIGIN
    assert named.headers["access-control-allow-origin"] == ORIGIN
    assert refused.status_code == 400

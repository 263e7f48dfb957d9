from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from serving.observe.exchange import Exchange


@pytest.fixture
def exchanges(monkeypatch: pytest.MonkeyPatch) -> list[Exchange]:
    told: list[Exchange] = []
    monkeypatch.setattr("serving.app.log_exchange", told.append)
    return told


def test_an_exchange_tells_the_route_and_not_whom_it_was_about(
    exchanges: list[Exchange], client: TestClient
) -> None:
    client.get("/v1/creators/ada/products", params={"category": "Beauty"})
    client.get("/v1/creators/nobody/products")
    client.get("/nothing/ada")

    assert [(told.method, told.route, told.status, told.role) for told in exchanges] == [
        ("GET", "/v1/creators/{creator_id}/products", 200, "admin"),
        ("GET", "/v1/creators/{creator_id}/products", 404, "admin"),
        ("GET", "none", 404, None),
    ]
    assert all(0 < told.seconds < 10 for told in exchanges)
    # An id drawn at random may hold any letters.
    assert "ada" not in repr([replace(told, request_id="") for told in exchanges])


def test_a_request_keeps_the_id_it_came_with_where_it_is_one(client: TestClient) -> None:
    def answered(given: str) -> str:
        return str(client.get("/health/live", headers={"X-Request-ID": given}).headers["x-request-id"])

    assert answered("trace-1.a_B") == "trace-1.a_B"
    for given in ("", "two words", "x" * 65, 'quote"'):
        assert len(answered(given)) == 16
    assert answered("") != answered("")


def test_problems_carry_the_id_too(client: TestClient) -> None:
    assert client.get("/nothing", headers={"X-Request-ID": "here"}).headers["x-request-id"] == "here"

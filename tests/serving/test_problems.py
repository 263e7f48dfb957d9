from pathlib import Path

import httpx2
import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient

from serving.app import create_app


def assert_problem(answer: httpx2.Response, status: int, path: str) -> dict[str, object]:
    body: dict[str, object] = answer.json()
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == status
    assert body["instance"] == path
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/creators/nobody/products", "creator"),
        ("/v1/products/nothing/creators", "product"),
        ("/v1/brands/none/creators", "brand"),
        ("/v1/creators/a/b/products", "'a/b'"),
    ],
)
def test_an_unknown_id_is_a_404(client: TestClient, path: str, kind: str) -> None:
    body = assert_problem(client.get(path), 404, path)
    assert body["type"] == "urn:recsys:problem:not-found"
    assert kind in str(body["detail"])


def test_an_unknown_route_is_a_404(client: TestClient) -> None:
    for path in ("/v2/nothing", "/v1/creators/ada/products/"):
        answer = client.get(path, follow_redirects=False)
        assert assert_problem(answer, 404, path)["type"] == "urn:recsys:problem:no-such-route"


def test_another_method_is_a_405_that_names_the_allowed(client: TestClient) -> None:
    answer = client.post("/health/live")
    assert_problem(answer, 405, "/health/live")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("path", "objective"),
    [
        ("/v1/creators/ada/products", "gmv"),
        ("/v1/products/cream/creators", "earnings"),
        ("/v1/brands/glow/creators", "earnings"),
    ],
)
def test_an_objective_of_no_or_another_direction_is_a_422_that_names_those_there_are(
    valued_client: TestClient, path: str, objective: str
) -> None:
    body = assert_problem(valued_client.get(path, params={"objective": objective}), 422, path)
    assert "Objective." not in str(body)
    assert "objective" in str(body["detail"])
    assert "'affinity'" in str(body["detail"])


@pytest.mark.parametrize(
    ("path", "objective"),
    [("/v1/creators/ada/products", "earnings"), ("/v1/brands/glow/creators", "gmv")],
)
def test_an_objective_that_needs_values_where_there_are_none_is_a_422(
    client: TestClient, path: str, objective: str
) -> None:
    body = assert_problem(client.get(path, params={"objective": objective}), 422, path)
    assert f"cannot rank by {objective}" in str(body["detail"])
    assert "affinity" in str(body["detail"])


@pytest.mark.parametrize(
    ("path", "query", "named"),
    [
        ("/v1/creators/ada/products", "min_price=2&max_price=1", "min_price"),
        ("/v1/creators/ada/products", "min_price=nan", "min_price"),
        ("/v1/creators/ada/products", "min_commission=2", "min_commission"),
        ("/v1/creators/ada/products", "diversity=1.5", "diversity"),
        ("/v1/creators/ada/products", "limit=5", "limit"),
        ("/v1/creators/ada/eligibility", "in_stock=true", "product_id"),
        ("/v1/products/cream/creators", "diversity=0.5", "diversity"),
        ("/v1/creators/ada/products", "category=Beauty&category=Home", "category"),
        ("/v1/products/cream/creators", "min_followers=2&max_followers=1", "min_followers"),
        ("/v1/brands/glow/creators", "min_followers=99999999999999999999", "min_followers"),
        ("/v1/brands/glow/creators", "min_recent_gmv=-1", "min_recent_gmv"),
        ("/v1/products/cream/creators", "min_recent_gmv=nan", "min_recent_gmv"),
    ],
)
def test_a_filter_that_cannot_be_is_a_422(client: TestClient, path: str, query: str, named: str) -> None:
    body = assert_problem(client.get(f"{path}?{query}"), 422, path)
    assert body["type"] == "urn:recsys:problem:invalid-request"
    assert named in str(body["detail"])


def test_without_a_release_lists_and_ready_are_503(tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path)) as client:
        for path in ("/v1/creators/ada/products", "/health/ready"):
            answer = client.get(path)
            body = assert_problem(answer, 503, path)
            assert int(answer.headers["retry-after"]) > 0
            assert "recsys train" in str(body["detail"])
        assert client.get("/health/live").status_code == 200


def test_a_route_that_refuses_by_a_status_tells_the_kind(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(*_: object) -> None:
        raise HTTPException(403, "not yours")

    monkeypatch.setattr("serving.matcher.Matcher.products_for", refusing)
    path = "/v1/creators/ada/products"
    body = assert_problem(client.get(path), 403, path)
    assert (body["type"], body["detail"]) == ("urn:recsys:problem:not-allowed", "not yours")


def test_a_fault_is_a_500_that_tells_nothing_of_the_inside(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("serving.matcher.Matcher.products_for", broken)
    path = "/v1/creators/ada/products"
    with TestClient(create_app(home), raise_server_exceptions=False) as client:
        body = assert_problem(client.get(path), 500, path)
    assert "secret" not in str(body)

import pytest
from fastapi.testclient import TestClient

LISTS = ["/v1/creators/ada/products", "/v1/products/cream/creators", "/v1/brands/glow/creators"]


def test_products_for_a_creator(client: TestClient) -> None:
    answer = client.get("/v1/creators/ada/products", params={"k": 2})
    body = answer.json()
    assert answer.status_code == 200
    assert body["release_id"].startswith("20260101T000000Z-")
    assert (body["as_of"], body["currency"], body["k"]) == ("2026-01-01T00:00:00Z", "EUR", 2)
    assert [match["product_id"] for match in body["matches"]] == ["lamp", "soap"]
    first = body["matches"][0]
    assert first["rank"] == 1
    assert first["commission_per_unit"] == 2.5
    assert [reason["kind"] for reason in first["reasons"]] == ["sold_by_alike", "sold_similar", "rising"]
    assert first["reasons"][2]["evidence"] == {
        "recent_units": 9,
        "earlier_units": 2,
        "ratio": 4.5,
        "days": 7.0,
    }
    assert first["sources"] == ["score", "trending", "exploration"]
    assert "follower_count" not in first


def test_creators_for_a_product(client: TestClient) -> None:
    body = client.get("/v1/products/soap/creators", params={"region": "GB"}).json()
    assert [match["creator_id"] for match in body["matches"]] == ["cyd"]
    assert body["matches"][0]["follower_count"] == 80_000
    assert body["k"] == 20


def test_creators_for_a_brand(client: TestClient) -> None:
    body = client.get("/v1/brands/glow/creators", params={"min_followers": 25_000}).json()
    assert sorted(match["creator_id"] for match in body["matches"]) == ["cyd", "dan", "fay"]
    assert {match["brand_id"] for match in body["matches"]} == {"glow"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("category=Beauty", ["soap"]),
        ("brand=lux", ["lamp"]),
        ("min_price=100", ["tent"]),
        ("max_price=10", ["soap"]),
        ("min_commission=0.1", ["soap"]),
        ("in_stock=true", ["lamp", "soap"]),
        ("with_samples=true", ["tent"]),
        ("exclude_promoted=false&category=Beauty", ["cream", "serum", "soap"]),
        ("objective=affinity", ["lamp", "soap", "tent"]),
    ],
)
def test_every_product_filter_is_heard(client: TestClient, query: str, expected: list[str]) -> None:
    body = client.get(f"/v1/creators/ada/products?{query}").json()
    assert sorted(match["product_id"] for match in body["matches"]) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("max_followers=1000", ["bob"]),
        ("language=de", ["fay"]),
        ("category=Home", ["bob"]),
        ("exclude_promoted=false&category=Beauty", ["ada", "bob", "cyd"]),
    ],
)
def test_every_creator_filter_is_heard(client: TestClient, query: str, expected: list[str]) -> None:
    body = client.get(f"/v1/products/cream/creators?{query}").json()
    assert sorted(match["creator_id"] for match in body["matches"]) == expected


def test_a_creator_without_history_gets_k_matches(client: TestClient) -> None:
    assert len(client.get("/v1/creators/dan/products?k=4").json()["matches"]) == 4


def test_live_and_ready(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    ready = client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json()["release_id"].startswith("20260101T000000Z-")
    assert ready.json()["as_of"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("k", ["0", "201", "-1", "1.5", "many", ""])
def test_a_bad_k_is_a_422_that_names_it(client: TestClient, path: str, k: str) -> None:
    answer = client.get(path, params={"k": k})
    assert answer.status_code == 422
    assert "k" in answer.json()["errors"]

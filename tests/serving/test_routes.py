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
    assert first["sources"] == ["score"]
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
        ("min_price=100&in_stock=false", ["tent"]),
        ("max_price=10", ["soap"]),
        ("min_commission=0.1", ["soap"]),
        ("in_stock=false", ["lamp", "soap", "tent"]),
        ("with_samples=true&in_stock=false", ["tent"]),
        ("exclude_promoted=false&category=Beauty", ["cream", "serum", "soap"]),
        ("objective=affinity", ["lamp", "soap"]),
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


def test_with_values_a_creator_gets_what_earns_most(valued_client: TestClient) -> None:
    body = valued_client.get("/v1/creators/ada/products").json()
    assert (body["objective"], body["horizon_days"], body["diversity_cost"]) == ("net_earnings", 14, 0)
    earned = [match["expected_commission"] for match in body["matches"]]
    assert earned == sorted(earned, reverse=True)
    first = body["matches"][0]
    assert first["expected_commission_low"] < earned[0] < first["expected_commission_high"]
    assert 0 < first["chance_of_sale"] < 1


def test_with_values_a_brand_gets_who_sells_most(valued_client: TestClient) -> None:
    for path in LISTS[1:]:
        body = valued_client.get(path).json()
        worth = [match["expected_gmv"] for match in body["matches"]]
        assert body["objective"] == "gmv"
        assert worth == sorted(worth, reverse=True)
        assert "diversity" not in body


def test_without_values_a_list_is_by_affinity(client: TestClient) -> None:
    for path in LISTS:
        body = client.get(path).json()
        assert body["objective"] == "affinity"
        assert {match["expected_commission"] for match in body["matches"]} == {None}


@pytest.mark.parametrize("path", LISTS)
def test_every_objective_is_heard(valued_client: TestClient, path: str) -> None:
    for objective in ("sales", "affinity"):
        assert valued_client.get(path, params={"objective": objective}).json()["objective"] == objective


def test_diversity_is_heard_and_its_cost_shown(valued_client: TestClient) -> None:
    query = {"k": 2, "diversity": 1, "exclude_promoted": False}
    body = valued_client.get("/v1/creators/fay/products", params=query).json()
    assert body["diversity"] == 1
    assert 0 <= body["diversity_cost"] <= 1
    first, second = body["matches"]
    assert first["category"] != second["category"]
    assert first["brand_id"] != second["brand_id"]


def test_eligibility_names_the_rules_that_bar(client: TestClient) -> None:
    path = "/v1/creators/bob/eligibility"
    body = client.get(path, params={"product_id": "soap"}).json()
    assert (body["creator_id"], body["product_id"], body["allowed"]) == ("bob", "soap", False)
    barring = [ruling for ruling in body["rulings"] if not ruling["allowed"]]
    assert [ruling["rule"] for ruling in barring] == ["follower_minimum"]
    assert "followers" in barring[0]["description"]
    tent = {"product_id": "tent"}
    assert not client.get(path, params=tent).json()["allowed"]
    assert client.get(path, params={**tent, "in_stock": False}).json()["allowed"]
    lamp = {"product_id": "lamp"}
    assert not client.get(path, params=lamp).json()["allowed"]
    assert client.get(path, params={**lamp, "exclude_promoted": False}).json()["allowed"]
    assert client.get(path, params={"product_id": "nothing"}).status_code == 404

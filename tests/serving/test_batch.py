from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.app import create_app
from serving.client.client import Client
from serving.guard.keys import KeyFile, Role
from tests.serving.marketplaces import hand_made, publish

MANY = "/v1/creators/products"


def test_each_gets_what_its_own_route_answers_and_who_is_unknown_is_told(valued_client: TestClient) -> None:
    query: dict[str, str | int] = {"k": 2, "category": "Beauty", "exclude_promoted": "false"}
    asked = {"creator_ids": ["ada", "nobody", "dan"], **query, "exclude_promoted": False}
    body = valued_client.post(MANY, json=asked).json()
    assert [one["creator_id"] for one in body["answers"]] == ["ada", "dan"]
    for one in body["answers"]:
        own = valued_client.get(f"/v1/creators/{one['creator_id']}/products", params=query).json()
        assert one["answer"] == own
        assert len(own["matches"]) == 2
    (problem,) = body["problems"]
    assert problem["creator_id"] == "nobody"
    assert "nobody" in problem["detail"]


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"creator_ids": []}, "creator_ids"),
        ({"creator_ids": ["ada"] * 101}, "creator_ids"),
        ({"creator_ids": ["ada"], "k": 0}, "k"),
        ({"creator_ids": ["ada"], "colour": "red"}, "colour"),
        ({"creator_ids": ["ada"], "max_price": False}, "max_price"),
        ({"creator_ids": ["ada"], "k": "3"}, "k"),
        ({"creator_ids": ["ada"], "in_stock": "yes"}, "in_stock"),
        ({"k": 3}, "creator_ids"),
    ],
)
def test_what_cannot_be_asked_for_anyone_is_refused_as_a_whole(
    client: TestClient, asked: dict[str, object], wrong: str
) -> None:
    answer = client.post(MANY, json=asked)
    assert answer.status_code == 422
    assert wrong in answer.json()["errors"]


def test_one_who_signed_up_today_is_answered_among_the_others(tmp_path: Path) -> None:
    publish(tmp_path, hand_made())
    now = datetime.now(UTC).isoformat()
    with TestClient(create_app(tmp_path)) as client:
        row = {"creator_id": "new", "follower_count": 4_000, "updated_at": now}
        client.post("/v1/events", json={"creators": [row]}).raise_for_status()
        body = client.post(MANY, json={"creator_ids": ["new", "ada"]}).json()
    assert [one["creator_id"] for one in body["answers"]] == ["new", "ada"]
    assert body["answers"][0]["answer"]["matches"]


def test_a_creators_key_may_not_ask_for_others_this_way(tmp_path: Path) -> None:
    publish(tmp_path, hand_made())
    keys = KeyFile.of(tmp_path)
    headers = [
        {"Authorization": f"Bearer {keys.create(role, subject, None, datetime.now(UTC))[0]}"}
        for role, subject in ((Role.CREATOR, "ada"), (Role.BRAND, "glow"), (Role.MARKETPLACE, None))
    ]
    with TestClient(create_app(tmp_path)) as client:
        found = [client.post(MANY, json={"creator_ids": ["ada"]}, headers=one).status_code for one in headers]
    assert found == [403, 403, 200]


def test_the_client_asks_for_many(valued_client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("httpx2.Client", lambda **given: valued_client)
    found = Client().products_for_creators(["ada"], k=1)
    assert [one["answer"]["matches"][0]["rank"] for one in found["answers"]] == [1]

import math
import time
from datetime import UTC, datetime
from pathlib import Path

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from serving.app import create_app
from serving.guard.keys import KeyFile, Role
from tests.serving.marketplaces import AS_OF_US, Marketplace, publish

Samples = dict[tuple[str, tuple[str, ...]], float]


def scraped(client: TestClient) -> Samples:
    """Each sample by its name and the values of its labels, in the order of the labels' names."""
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_requests_are_counted_by_route_and_status_and_timed(client: TestClient) -> None:
    route = "/v1/creators/{creator_id}/products"
    for creator in ("ada", "bob", "nobody"):
        client.get(f"/v1/creators/{creator}/products")
    found = scraped(client)

    assert found["recsys_requests_total", ("GET", route, "200")] == 2
    assert found["recsys_requests_total", ("GET", route, "404")] == 1
    assert found["recsys_request_seconds_count", ("GET", route)] == 3
    assert 0 < found["recsys_request_seconds_sum", ("GET", route)] < 30
    assert found["recsys_request_seconds_bucket", ("+Inf", "GET", route)] == 3
    assert found["recsys_requests_in_flight", ()] == 0
    assert not any("ada" in label for _, labels in found for label in labels)


def test_the_served_release_its_age_and_a_refused_one_are_told(tmp_path: Path, market: Marketplace) -> None:
    with TestClient(create_app(tmp_path)) as client:
        without = scraped(client)
    release_id = publish(tmp_path, market)
    with TestClient(create_app(tmp_path)) as client:
        found = scraped(client)

    assert without["recsys_champion_refused", ()] == 1
    assert without["recsys_releases_refused_total", ()] == 1
    assert ("recsys_release_age_seconds", ()) not in without
    assert found["recsys_champion_refused", ()] == 0
    assert found["recsys_release_info", (release_id,)] == 1
    assert math.isclose(found["recsys_release_age_seconds", ()], time.time() - AS_OF_US / 1e6, abs_tol=60)


def test_live_events_and_who_was_made_from_them_are_counted(tmp_path: Path, market: Marketplace) -> None:
    publish(tmp_path, market)
    row = {"creator_id": "new", "follower_count": 900, "updated_at": datetime.now(UTC).isoformat()}
    with TestClient(create_app(tmp_path)) as client:
        before = scraped(client)
        for _ in range(2):
            client.post("/v1/events", json={"creators": [row]}).raise_for_status()
            client.get("/v1/creators/new/products").raise_for_status()
        after = scraped(client)
    for name in ("recsys_live_events_total", "recsys_fold_ins_total"):
        assert (before[name, ()], after[name, ()]) == (0, 1)


def test_only_the_marketplace_and_administrators_scrape(tmp_path: Path) -> None:
    file = KeyFile.of(tmp_path)
    with TestClient(create_app(tmp_path)) as client:
        for role, subject, status in (
            (Role.CREATOR, "ada", 403),
            (Role.BRAND, "glow", 403),
            (Role.MARKETPLACE, None, 200),
        ):
            key = file.create(role, subject, None, datetime.now(UTC))[0]
            assert client.get("/metrics", headers={"Authorization": f"Bearer {key}"}).status_code == status
        assert client.get("/metrics").status_code == 401

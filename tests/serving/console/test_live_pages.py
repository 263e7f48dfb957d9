"""What pages show beside what the night knows by value: live events, and places that were drawn."""

from datetime import UTC, datetime
from pathlib import Path

from fastapi.testclient import TestClient

from serving.app import create_app
from serving.settings import ServiceSettings
from tests.serving.marketplaces import generated, hand_made, publish


def test_who_signed_up_today_has_a_page_and_a_sale_is_on_the_next(tmp_path: Path) -> None:
    publish(tmp_path, hand_made())
    now = datetime.now(UTC).isoformat()
    creator = {"creator_id": "new", "follower_count": 4_321, "region": "US", "updated_at": now}
    sale = {
        "sale_id": "s1",
        "ordered_at": now,
        "creator_id": "new",
        "product_id": "lamp",
        "content_id": "c1",
        "quantity": 2,
        "amount": 100,
        "commission_rate": 0.05,
        "updated_at": now,
    }
    with TestClient(create_app(tmp_path)) as client:
        assert client.get("/console/creators/new").status_code == 404
        client.post("/v1/events", json={"creators": [creator]}).raise_for_status()
        page = client.get("/console/creators/new")
        assert page.status_code == 200
        assert "4,321 followers" in page.text
        assert "/console/products/lamp" in page.text
        client.post("/v1/events", json={"sales": [sale]}).raise_for_status()
        assert "/console/products/lamp" not in client.get("/console/creators/new").text


def test_a_place_that_was_drawn_says_so_and_with_what_chance(tmp_path: Path) -> None:
    publish(tmp_path, generated(seed=3, n_creators=40, n_products=400))
    for share, drawn in ((0.1, 2), (0.0, 0)):
        with TestClient(create_app(tmp_path, ServiceSettings(explore=share))) as client:
            text = client.get("/console/creators/c003?k=20").text
        assert text.count('<span class="mark">to try out</span>') == drawn
        assert text.count("a chance of ") == drawn

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from recsys.release.store import ReleaseStore
from serving.app import create_app
from serving.loaded import load_champion
from serving.matcher import Matcher
from tests.serving.prepared_places import prepared_places
from training.nightly import NightResult


@pytest.fixture(scope="module")
def names(trained: tuple[Path, NightResult]) -> tuple[str, str]:
    release = load_champion(ReleaseStore(trained[0]))
    creators, products = prepared_places(release)
    return release.creator_id(creators[3]), release.product_id(products[3])


@pytest.fixture
def client(trained: tuple[Path, NightResult]) -> Iterator[TestClient]:
    with TestClient(create_app(trained[0]), raise_server_exceptions=False) as client:
        yield client


def test_a_page_of_the_plain_list_is_looked_up_and_the_same_is_computed_however_it_is_asked_for(
    client: TestClient, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [
        (f"/v1/creators/{names[0]}/products", "exclude_promoted=true"),
        (f"/v1/products/{names[1]}/creators", "exclude_promoted=true"),
    ]
    pages = ["", "k=7", "skip=3", "k=7&skip=3"]
    computed = {
        (path, page): client.get(f"{path}?{page}&{plain}".replace("?&", "?"))
        for path, plain in asked
        for page in pages
    }
    for name in ("products_for", "creators_for_product"):
        monkeypatch.setattr(Matcher, name, None)
    for (path, page), expected in computed.items():
        if page == "skip=3":  # ends beyond what is prepared
            continue
        answer = client.get(f"{path}?{page}" if page else path)
        assert answer.content == expected.content
        assert answer.headers["content-type"] == expected.headers["content-type"]
        assert len(answer.json()["matches"]) == (7 if "k=7" in page else 20)
    assert "recsys_prepared_answers_total 6.0" in client.get("/metrics").text


@pytest.mark.parametrize("query", ["k=0", "k=201", "skip=2001", "k=5&k=6", "k=5&shape=round", "k=5&k="])
def test_what_is_asked_badly_is_refused_as_ever(
    client: TestClient, names: tuple[str, str], query: str
) -> None:
    for path in (f"/v1/creators/{names[0]}/products", f"/v1/products/{names[1]}/creators"):
        assert client.get(f"{path}?{query}").status_code == 422


@pytest.mark.parametrize("query", ["category=Beauty", "objective=sales", "k=200", "k=5&in_stock=false"])
def test_another_list_is_computed(
    client: TestClient, names: tuple[str, str], query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/v1/creators/{names[0]}/products"
    assert client.get(f"{path}?{query}").status_code == 200
    monkeypatch.setattr(Matcher, "products_for", None)
    other = client.get(f"{path}?{query}")
    assert other.status_code == 500


def test_nobody_is_told_another_name(client: TestClient) -> None:
    assert client.get("/v1/creators/nobody/products").status_code == 404
    assert client.get("/v1/products/nothing/creators?k=3").status_code == 404


def test_a_creator_with_events_since_the_night_is_computed(
    trained: tuple[Path, NightResult], names: tuple[str, str], tmp_path: Path
) -> None:
    shutil.copytree(trained[0] / "releases", tmp_path / "releases")
    path, now = f"/v1/creators/{names[0]}/products", datetime.now(UTC).isoformat()
    with TestClient(create_app(tmp_path)) as client:
        best = client.get(path).json()["matches"][0]["product_id"]
        sale = {
            "sale_id": "s",
            "ordered_at": now,
            "creator_id": names[0],
            "product_id": best,
            "content_id": "c",
            "quantity": 2,
            "amount": 20,
            "commission_rate": 0.1,
            "updated_at": now,
        }
        client.post("/v1/events", json={"sales": [sale]}).raise_for_status()
        assert best not in [match["product_id"] for match in client.get(path).json()["matches"]]

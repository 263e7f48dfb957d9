from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.app import create_app
from serving.champion import Champion
from serving.matcher import Matcher
from tests.serving.marketplaces import Marketplace, publish

LIST = "/v1/creators/ada/products"


def test_an_answer_has_a_tag_and_whoever_has_it_gets_no_second_one(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.get(LIST, params={"k": 2})
    assert first.headers["cache-control"] == "private, no-cache"
    assert "Authorization" in first.headers["vary"]
    assert client.get(LIST, params={"k": 2}).headers["etag"] == first.headers["etag"]

    monkeypatch.setattr(Matcher, "products_for", None)  # nothing is computed
    tags = f'W/"another", {first.headers["etag"]}'
    again = client.get(LIST, params={"k": 2}, headers={"If-None-Match": tags})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_another_question_or_release_has_another_tag(tmp_path: Path, market: Marketplace) -> None:
    publish(tmp_path, market)
    with TestClient(create_app(tmp_path)) as client:
        tags = [client.get(path).headers["etag"] for path in (LIST, f"{LIST}?k=3", "/v1/brands/lux/creators")]
    publish(tmp_path, market, currency="USD")
    with TestClient(create_app(tmp_path)) as client:
        renewed = client.get(LIST, headers={"If-None-Match": tags[0]})
    assert renewed.status_code == 200
    assert len({*tags, renewed.headers["etag"]}) == 4


@pytest.mark.parametrize("path", ["/v1/creators/nobody/products", "/health/ready", "/nothing", f"{LIST}?k=0"])
def test_problems_and_what_changes_by_itself_have_no_tag(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_an_answer_is_of_the_release_that_its_tag_names(
    client: TestClient, matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A swap between the two must not put one release's tag on another's answer."""
    served: list[Matcher] = []

    def swap(_: Champion) -> Matcher:
        served.append(matcher)
        return matcher

    monkeypatch.setattr(Champion, "matcher", swap)
    assert client.get(LIST).status_code == 200
    assert len(served) == 1


def test_a_long_answer_is_compressed_for_who_can_read_that(client: TestClient) -> None:
    plain = client.get(LIST, headers={"Accept-Encoding": "identity"})
    small = client.get(LIST, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert small.json() == plain.json()
    assert int(small.headers["content-length"]) < len(plain.content)
    assert "Accept-Encoding" in small.headers["vary"]
    assert "content-encoding" not in client.get("/health/live").headers

import pytest
from fastapi.testclient import TestClient

from serving.matcher import Matcher

PATHS = ["/v1/creators/ada/products", "/v1/products/serum/creators", "/v1/brands/glow/creators"]


@pytest.mark.parametrize("path", PATHS)
def test_pages_together_are_the_long_list(valued_client: TestClient, path: str) -> None:
    long = valued_client.get(path, params={"k": 4, "exclude_promoted": False}).json()["matches"]
    assert len(long) == 4
    pages = [
        match
        for skip in (0, 2)
        for match in valued_client.get(path, params={"k": 2, "skip": skip, "exclude_promoted": False}).json()[
            "matches"
        ]
    ]
    assert pages == long
    assert [match["rank"] for match in pages] == [1, 2, 3, 4]
    assert valued_client.get(path, params={"k": 2, "skip": 1_000}).json()["matches"] == []


def test_pages_go_on_beyond_what_was_estimated_to_rank(large_valued_matcher: Matcher) -> None:
    long = large_valued_matcher.products_for("c005", 30).matches
    assert large_valued_matcher.products_for("c005", 10, skip=20).matches == long[20:30]


@pytest.mark.parametrize("path", PATHS)
def test_who_is_excluded_is_left_out_and_the_next_moves_up(client: TestClient, path: str) -> None:
    field = "product_id" if path.endswith("products") else "creator_id"
    names = [match[field] for match in client.get(path, params={"exclude_promoted": False}).json()["matches"]]
    some = [("exclude", names[0]), ("exclude", names[2]), ("exclude", "unknown"), ("exclude_promoted", False)]
    left = [match[field] for match in client.get(path, params=some).json()["matches"]]
    assert left == [name for name in names if name not in (names[0], names[2])]


@pytest.mark.parametrize(
    "query", ["skip=-1", "skip=2001", "exclude=", "k=1&k=2", "&".join(["exclude=a"] * 201)]
)
def test_pages_and_exclusions_have_bounds(client: TestClient, query: str) -> None:
    assert client.get(f"{PATHS[0]}?{query}").status_code == 422

"""Who gets an answer: every route of the service, asked with keys of every role."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.app import create_app
from serving.guard.access import ACCESS, Own, acts_for_brand
from serving.guard.keys import KeyFile, Principal, Role
from serving.routing import Routes
from tests.serving.marketplaces import Marketplace, publish

SUBJECTS = {Role.CREATOR: "ada", Role.BRAND: "glow"}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, market: Marketplace) -> Path:
    home = tmp_path_factory.mktemp("guarded")
    publish(home, market)
    return home


@pytest.fixture(scope="module")
def keys(guarded: Path) -> dict[Role, dict[str, str]]:
    """Of each role the header with its key: ada's, glow's, and those of no one in particular."""
    file = KeyFile.of(guarded)
    made = {role: file.create(role, SUBJECTS.get(role), None, datetime.now(UTC))[0] for role in Role}
    return {role: {"Authorization": f"Bearer {key}"} for role, key in made.items()}


@pytest.fixture(scope="module")
def service(guarded: Path, keys: dict[Role, dict[str, str]]) -> Iterator[TestClient]:
    with TestClient(create_app(guarded)) as client:
        yield client


def test_the_table_names_every_route_and_nothing_else(tmp_path: Path) -> None:
    routes = {name for name in Routes(create_app(tmp_path).routes).names() if name[0] != "HEAD"}

    assert routes == set(ACCESS)


def test_a_route_that_the_table_does_not_name_is_refused_even_without_keys(home: Path) -> None:
    app = create_app(home)
    app.add_api_route("/forgotten", lambda: "secret")
    with TestClient(app) as client:
        answer = client.get("/forgotten")

    assert answer.status_code == 403
    assert answer.json()["detail"] == "the table of access does not name this route"


@pytest.mark.parametrize(("method", "template"), [name for name, to in ACCESS.items() if not to.is_public])
def test_every_guarded_route_wants_a_key(service: TestClient, method: str, template: str) -> None:
    for headers in ({}, {"Authorization": "Bearer recsys_0_0"}, {"Authorization": "Basic eDp5"}):
        answer = service.request(method, filled(template, "ada"), headers=headers, follow_redirects=False)
        if ACCESS[method, template].is_page:
            assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")
            continue
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["type"] == "urn:recsys:problem:no-key"


@pytest.mark.parametrize(
    ("method", "template"),
    [name for name, to in ACCESS.items() if not to.is_public and to.own is Own.PATH],
)
def test_no_key_of_a_creator_or_brand_reaches_what_is_anothers(
    service: TestClient, keys: dict[Role, dict[str, str]], method: str, template: str
) -> None:
    for role in SUBJECTS:
        answer = service.request(method, filled(template, "another"), headers=keys[role])
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:recsys:problem:not-allowed"


def filled(template: str, identifier: str) -> str:
    parts = [identifier if part.startswith("{") else part for part in template.split("/")]
    return "/".join(parts)


OWN = {
    "/v1/creators/ada/products": Role.CREATOR,
    "/v1/creators/ada/eligibility?product_id=lamp": Role.CREATOR,
    "/v1/brands/glow/creators": Role.BRAND,
    "/v1/products/cream/creators": Role.BRAND,
}


@pytest.mark.parametrize("path", OWN)
def test_what_is_its_own_is_answered_to_its_role_and_to_the_marketplace(
    service: TestClient, keys: dict[Role, dict[str, str]], path: str
) -> None:
    for role, headers in keys.items():
        allowed = role in (OWN[path], Role.MARKETPLACE, Role.ADMIN)
        assert service.get(path, headers=headers).status_code == (200 if allowed else 403)


@pytest.mark.parametrize("product", ["lamp", "nothing"])
def test_a_brand_asks_for_its_own_products_only(
    service: TestClient, keys: dict[Role, dict[str, str]], product: str
) -> None:
    assert service.get(f"/v1/products/{product}/creators", headers=keys[Role.BRAND]).status_code == 403


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/docs", "/openapi.json"])
def test_health_and_docs_want_no_key(service: TestClient, path: str) -> None:
    assert service.get(path).status_code == 200
    assert service.head(path).status_code == 200


def test_without_a_release_a_brand_still_gets_nothing_that_may_be_anothers(tmp_path: Path) -> None:
    key = KeyFile.of(tmp_path).create(Role.BRAND, "glow", None, datetime.now(UTC))[0]
    with TestClient(create_app(tmp_path), headers={"Authorization": f"Bearer {key}"}) as client:
        assert client.get("/v1/products/cream/creators").status_code == 403
        assert client.get("/v1/brands/glow/creators").status_code == 503


def test_a_revoked_key_is_refused_at_the_next_request(tmp_path: Path) -> None:
    file = KeyFile.of(tmp_path)
    key, record = file.create(Role.ADMIN, None, None, datetime.now(UTC))
    with TestClient(create_app(tmp_path), headers={"Authorization": f"Bearer {key}"}) as client:
        assert client.get("/v1/creators/ada/products").status_code == 503
        file.revoke(record.key_id)
        assert client.get("/v1/creators/ada/products").status_code == 401


@pytest.mark.parametrize(
    ("host", "is_answered"),
    [
        ("localhost:8000", True),
        ("127.0.0.1", True),
        ("[::1]:8000", True),
        ("LOCALHOST", True),
        ("[::1", False),
        ("localhost@rebound.example", False),
        ("rebound.example", False),
        ("127.0.0.1.rebound.example", False),
    ],
)
def test_without_keys_only_names_of_this_machine_are_answered(
    client: TestClient, host: str, is_answered: bool
) -> None:
    answer = client.get("/v1/creators/ada/products", headers={"Host": host})

    assert answer.status_code == (200 if is_answered else 403)


@pytest.mark.parametrize(
    ("who", "may"),
    [
        (Principal("1", Role.BRAND, "glow"), True),
        (Principal("1", Role.BRAND, "lux"), False),
        (Principal("1", Role.CREATOR, "glow"), False),
        (Principal("1", Role.MARKETPLACE, None), True),
    ],
)
def test_who_acts_for_a_brand_that_a_body_names(who: Principal, may: bool) -> None:
    assert acts_for_brand(who, "glow") is may

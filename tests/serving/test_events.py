import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from features.contracts import TABLES
from features.open_log import open_log
from serving.app import create_app
from serving.event_schemas import MAX_EVENTS, EventsBody
from serving.guard.keys import KeyFile, Role
from tests.serving.marketplaces import Marketplace, publish

CREATOR = {"creator_id": "gil", "follower_count": 900, "updated_at": "2026-01-02T08:00:00+01:00"}
PRODUCT = {
    "product_id": "rug",
    "brand_id": "lux",
    "category": "Home",
    "price": 80,
    "commission_rate": 0.1,
    "updated_at": "2026-01-02T00:00:00Z",
}
SALE = {
    "sale_id": "s1",
    "ordered_at": "2026-01-02T00:00:00Z",
    "creator_id": "ada",
    "product_id": "tent",
    "content_id": "v1",
    "quantity": 2,
    "amount": 400,
    "commission_rate": 0.08,
    "updated_at": "2026-01-02T00:00:00Z",
}
ENGAGEMENT = {
    "content_id": "v1",
    "product_id": "tent",
    "period_start": "2026-01-02T00:00:00Z",
    "creator_id": "ada",
    "views": 10,
    "product_clicks": 3,
    "updated_at": "2026-01-03T00:00:00Z",
}
ALL = {"creators": [CREATOR], "products": [PRODUCT], "sales": [SALE], "engagement": [ENGAGEMENT]}


@pytest.fixture
def own_home(tmp_path: Path, market: Marketplace) -> Path:
    """A home whose log a test may write to."""
    publish(tmp_path, market)
    return tmp_path


@pytest.fixture
def service(own_home: Path) -> Iterator[TestClient]:
    with TestClient(create_app(own_home)) as client:
        yield client


def test_rows_have_the_columns_of_the_contract() -> None:
    for table, field in EventsBody.model_fields.items():
        (row, _) = field.annotation.__args__  # type: ignore[union-attr]
        assert set(row.model_fields) == {column.name for column in TABLES[table].columns}


def test_what_was_sent_is_kept_once_before_the_answer(service: TestClient, own_home: Path) -> None:
    log = open_log(own_home)
    assert service.post("/v1/events", json=ALL).json() == {"recorded": 4, "repeated": 0}
    assert log.end == 4
    again = {
        "sales": [{**SALE, "amount": 400.0, "status": "PLACED", "updated_at": "2026-01-02T01:00:00+01:00"}]
    }
    assert service.post("/v1/events", json=again).json() == {"recorded": 0, "repeated": 1}
    refund = {"sales": [{**SALE, "refunded_quantity": 1, "updated_at": "2026-01-05T00:00:00Z"}]}
    assert service.post("/v1/events", json=refund).json() == {"recorded": 1, "repeated": 0}

    rows = log.tables(log.end)
    assert rows["sales"]["updated_at"].to_pylist() == [
        "2026-01-02T00:00:00.000000Z",
        "2026-01-05T00:00:00.000000Z",
    ]
    assert rows["creators"].to_pylist() == [
        {
            "creator_id": "gil",
            "follower_count": "900",
            "region": None,
            "language": None,
            "joined_at": None,
            "is_active": "true",
            "updated_at": "2026-01-02T07:00:00.000000Z",
        }
    ]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, f"send 1 to {MAX_EVENTS} rows"),
        ({"sales": [SALE] * (MAX_EVENTS + 1)}, f"send 1 to {MAX_EVENTS} rows"),
        ({"sales": [{**SALE, "creator_id": "nobody"}]}, "sales.creator_id: 'nobody' is not known"),
        ({"engagement": [{**ENGAGEMENT, "product_id": "no"}]}, "engagement.product_id: 'no' is not known"),
        ({"sales": [{**SALE, "refunded_quantity": 3}]}, "more came back than was sold"),
        ({"sales": [{**SALE, "updated_at": "2026-01-01T00:00:00Z"}]}, "before ordered_at"),
        ({"sales": [{**SALE, "updated_at": "2999-01-01T00:00:00Z"}]}, "lies in the future"),
        ({"sales": [{**SALE, "updated_at": "2026-01-02T00:00:00"}]}, "updated_at"),
        ({"sales": [{**SALE, "updated_at": "0"}]}, "no time with its zone"),
        ({"sales": [{**SALE, "updated_at": 1_767_312_000}]}, "no time with its zone"),
        ({"sales": [{**SALE, "quantity": True}]}, "no number"),
        ({"sales": [{**SALE, "amount": "3"}]}, "no number"),
        ({"creators": [{**CREATOR, "is_active": "yes"}]}, "is_active"),
        ({"sales": [{**SALE, "amout": 3}]}, "amout"),
        ({"sales": [{**SALE, "quantity": 0}]}, "quantity"),
        ({"creators": [{**CREATOR, "creator_id": "é" * 257}]}, "more than 512 bytes"),
        ({"creators": [{**CREATOR, "creator_id": "\ud800"}]}, "creator_id"),
    ],
)
def test_what_a_night_would_not_take_is_refused_and_nothing_of_it_kept(
    service: TestClient, own_home: Path, body: dict[str, object], told: str
) -> None:
    answer = service.post(
        "/v1/events", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert told in answer.json()["detail"]
    assert open_log(own_home).end == 0


def test_whoever_was_sent_before_may_be_named(service: TestClient) -> None:
    assert service.post("/v1/events", json={"creators": [CREATOR], "products": [PRODUCT]}).status_code == 200
    sale = {**SALE, "creator_id": "gil", "product_id": "rug"}
    assert service.post("/v1/events", json={"sales": [sale]}).json() == {"recorded": 1, "repeated": 0}


def test_only_the_marketplace_may_tell_what_happens(own_home: Path) -> None:
    keys = KeyFile.of(own_home)
    now = datetime.now(UTC)
    with TestClient(create_app(own_home)) as client:
        for role, subject, status in (
            (Role.CREATOR, "ada", 403),
            (Role.BRAND, "glow", 403),
            (Role.MARKETPLACE, None, 200),
        ):
            key = keys.create(role, subject, timedelta(days=1), now)[0]
            answer = client.post("/v1/events", json=ALL, headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code == status


def test_without_a_release_nothing_is_taken(tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path)) as client:
        assert client.post("/v1/events", json=ALL).status_code == 503

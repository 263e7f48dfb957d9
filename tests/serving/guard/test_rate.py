import math
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.app import create_app
from serving.guard.keys import KeyFile, Role
from serving.guard.rate import TokenBuckets
from serving.settings import ServiceSettings


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    clock = Clock()
    buckets = TokenBuckets(rate=2.0, burst=3, clock=clock)

    assert [buckets.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert buckets.take("b") == 0.0
    clock.now = 0.25
    assert buckets.take("a") == 0.25
    clock.now = 0.5
    assert [buckets.take("a") for _ in range(2)] == [0.0, 0.5]
    clock.now = 100.0
    assert [buckets.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]


def test_full_buckets_are_forgotten_so_that_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.guard.rate._MANY", 10)
    clock = Clock()
    buckets = TokenBuckets(rate=1.0, burst=2, clock=clock)
    for name in range(100):
        buckets.take(str(name))
        clock.now += 1.0

    assert len(buckets._buckets) <= 10


def test_without_a_rate_nothing_is_counted() -> None:
    buckets = TokenBuckets(rate=math.inf, burst=1)

    assert [buckets.take("a") for _ in range(3)] == [0.0, 0.0, 0.0]


def test_a_key_that_asks_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    file = KeyFile.of(tmp_path)
    made = {role: file.create(role, subject, None, datetime.now(UTC))[0] for role, subject in SUBJECTS}
    headers = {role: {"Authorization": f"Bearer {key}"} for role, key in made.items()}
    path = "/v1/creators/ada/products"
    with TestClient(create_app(tmp_path, ServiceSettings(rate=0.1, burst=2))) as client:
        statuses = [client.get(path, headers=headers[Role.CREATOR]).status_code for _ in range(3)]
        refused = client.get(path, headers=headers[Role.CREATOR])
        others = [client.get(path, headers=headers[Role.MARKETPLACE]).status_code for _ in range(4)]
        assert client.get("/health/live").status_code == 200

    assert statuses == [503, 503, 429]  # there is no release
    assert refused.json()["type"] == "urn:recsys:problem:too-many"
    assert int(refused.headers["retry-after"]) == 10
    assert others == [503] * 4


SUBJECTS = ((Role.CREATOR, "ada"), (Role.MARKETPLACE, None))


def test_where_there_are_no_keys_each_client_counts(tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path, ServiceSettings(backend_rate=0.1, burst=1))) as client:
        statuses = [client.get("/v1/creators/ada/products").status_code for _ in range(2)]

    assert statuses == [503, 429]

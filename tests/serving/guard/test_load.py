"""What a service under load does: sheds, gives up in time, reads no more than it must."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import numpy as np
import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from recsys.release.prepared import PreparedList
from serving.app import create_app
from serving.guard.keys import KeyFile, Role
from serving.guard.shedding import Load
from serving.matcher import Matcher
from serving.prepared import Page, Told
from serving.settings import ServiceSettings
from tests.serving.marketplaces import Marketplace, publish

PATH = "/v1/creators/ada/products"


@pytest.fixture
def release_of_answers(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Answers wait until it is set."""
    may_answer = threading.Event()
    answered = Matcher.products_for

    def waiting(*arguments: object) -> object:
        may_answer.wait(10)
        return answered(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Matcher, "products_for", waiting)
    return may_answer


def test_who_would_wait_too_long_is_not_admitted() -> None:
    load = Load(ServiceSettings(threads=2, max_in_flight=8, max_wait_s=1.0))
    load.in_flight = 7
    assert load.admits()
    load.in_flight = 8
    assert not load.admits()

    load.learn(place=2, seconds=0.5)
    assert load.pace_s == 0.25
    for n, admitted in ((1, True), (3, True), (4, False)):
        load.in_flight = n
        assert load.admits() is admitted
    load.learn(place=1, seconds=1.25)
    assert load.pace_s == pytest.approx(0.35)
    for n, admitted in ((1, True), (2, False)):
        load.in_flight = n
        assert load.admits() is admitted


def in_flight(client: TestClient) -> int:
    lines = client.get("/metrics").text.splitlines()
    return int(float(next(line for line in lines if line.startswith("recsys_requests_in_flight")).split()[1]))


@contextmanager
def busy(home: Path) -> Iterator[tuple[TestClient, Future[httpx2.Response]]]:
    """A service that works on as much as it may, and the answer to come."""
    with (
        TestClient(create_app(home, ServiceSettings(threads=1, max_in_flight=1))) as client,
        ThreadPoolExecutor() as pool,
    ):
        first = pool.submit(client.get, PATH)
        while in_flight(client) < 1:
            time.sleep(0.01)
        yield client, first


def test_what_comes_on_top_is_shed_at_once_but_health_and_metrics_are_answered(
    home: Path, release_of_answers: threading.Event
) -> None:
    with busy(home) as (client, first):
        shed = client.get(PATH)
        assert client.get("/health/ready").status_code == 200
        assert "recsys_requests_shed_total 1.0" in client.get("/metrics").text
        release_of_answers.set()
        assert first.result().status_code == 200
        assert client.get(PATH).status_code == 200

    assert shed.status_code == 503
    assert shed.json()["type"] == "urn:recsys:problem:overloaded"
    assert int(shed.headers["retry-after"]) > 0


def test_a_list_that_is_there_already_is_answered_under_any_load(
    home: Path, release_of_answers: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = PreparedList(np.zeros(0, dtype=np.int32), ())
    with busy(home) as (client, first):
        monkeypatch.setattr("serving.look_up._known", lambda scope: Told(Page(), none, b"{}"))
        known, filtered = client.get(PATH), client.get(PATH, params={"category": "Beauty"})
        monkeypatch.undo()
        release_of_answers.set()
        first.result()

    assert known.status_code == 200
    assert filtered.status_code == 503


def test_who_has_no_key_is_shed_before_anybody_asks_for_it(
    tmp_path: Path, market: Marketplace, release_of_answers: threading.Event
) -> None:
    """Under load a refusal must cost least of all, and it tells nothing."""
    publish(tmp_path, market)
    key, _ = KeyFile.of(tmp_path).create(Role.ADMIN, None, None, datetime.now(UTC))
    mine = {"Authorization": f"Bearer {key}"}
    with (
        TestClient(create_app(tmp_path, ServiceSettings(threads=1, max_in_flight=1))) as client,
        ThreadPoolExecutor() as pool,
    ):
        asked = f"{PATH}?category=Beauty"
        assert client.get(asked).status_code == 401
        first = pool.submit(client.get, asked, headers=mine)
        while client.get(asked).status_code == 401:
            time.sleep(0.01)
        shed = client.get(asked)
        release_of_answers.set()
        assert first.result().status_code == 200

    assert shed.status_code == 503
    assert shed.headers["x-content-type-options"] == "nosniff"
    assert shed.headers["x-request-id"]


def test_an_answer_that_takes_too_long_is_given_up_and_its_work_still_counts(
    home: Path, release_of_answers: threading.Event
) -> None:
    settings = ServiceSettings(time_limit_s=0.1)
    with TestClient(create_app(home, settings)) as client, ThreadPoolExecutor() as pool:
        asked = pool.submit(client.get, PATH)
        while in_flight(client) < 1:
            time.sleep(0.01)
        time.sleep(0.2)
        assert in_flight(client) == 1
        release_of_answers.set()
        late: httpx2.Response = asked.result()
        assert client.get(PATH).status_code == 200

    assert late.status_code == 503
    assert late.json()["type"] == "urn:recsys:problem:too-slow"
    assert late.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("in_chunks", [False, True])
def test_a_body_above_the_limit_is_not_read(home: Path, in_chunks: bool) -> None:
    app = create_app(home, ServiceSettings(max_body_bytes=10))

    async def echo(request: Request) -> str:
        return (await request.body()).decode()

    app.add_api_route("/docs", echo, methods=["GET"])
    app.router.routes.insert(0, app.router.routes.pop())
    with TestClient(app) as client:
        within, above = (
            client.request("GET", "/docs", content=iter([b"x"] * size) if in_chunks else b"x" * size)
            for size in (10, 11)
        )

    assert within.json() == "x" * 10
    assert above.status_code == 413
    assert above.json()["type"] == "urn:recsys:problem:too-large"

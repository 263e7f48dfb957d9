"""Servers that share a log of events in PostgreSQL."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import NullPool, create_engine, make_url, text

from features.event_log import Event
from features.open_log import open_log
from features.settings import MarketplaceSettings
from serving.app import create_app
from serving.settings import ServiceSettings
from tests.serving.marketplaces import Marketplace, publish
from tests.serving.test_events import CREATOR, SALE
from training.inputs import open_night


@pytest.fixture
def settings(postgres: str) -> ServiceSettings:
    return ServiceSettings(events=postgres)


@pytest.fixture
def homes(tmp_path: Path, market: Marketplace) -> list[Path]:
    """Those of two servers, alike."""
    found = [tmp_path / name for name in ("one", "two")]
    for home in found:
        publish(home, market)
    return found


def listed(client: TestClient, creator: str) -> list[str] | int:
    answer = client.get(f"/v1/creators/{creator}/products?in_stock=false")
    if answer.status_code != 200:
        return answer.status_code
    return [match["product_id"] for match in answer.json()["matches"]]


def until(client: TestClient, creator: str, expected: list[str] | int) -> bool:
    """Does it answer that, within ten seconds."""
    end = time.monotonic() + 10
    while listed(client, creator) != expected and time.monotonic() < end:
        time.sleep(0.005)
    return listed(client, creator) == expected


def test_what_one_is_told_its_next_answer_knows_and_soon_those_of_the_others(
    homes: list[Path], settings: ServiceSettings, postgres: str
) -> None:
    with TestClient(create_app(homes[0], settings)) as one, TestClient(create_app(homes[1], settings)) as two:
        assert listed(one, "gil") == listed(two, "gil") == 404
        assert one.post("/v1/events", json={"creators": [CREATOR]}).json() == {"recorded": 1, "repeated": 0}
        new = listed(one, "gil")
        assert isinstance(new, list)
        assert until(two, "gil", new)
        assert two.post("/v1/events", json={"creators": [CREATOR]}).json() == {"recorded": 0, "repeated": 1}
        sale = {**SALE, "creator_id": "gil"}
        assert two.post("/v1/events", json={"sales": [sale]}).status_code == 200
        after = listed(two, "gil")
        assert after == [name for name in new if name != "tent"] != new
        assert until(one, "gil", after)
        assert "recsys_live_events_total 2.0" in one.get("/metrics").text
    assert not any((home / "events.db").exists() for home in homes)
    # Whoever comes later knows it from the beginning.
    with TestClient(create_app(homes[0], settings)) as later:
        assert listed(later, "gil") == after


@contextmanager
def unreachable(url: str) -> Iterator[None]:
    """Nobody reaches the database within the block."""
    target = make_url(url)
    admin = create_engine(target.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    name = target.database
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(text(sql), {"name": name})
        yield
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))


def test_while_the_database_is_away_lists_are_answered_and_events_are_to_be_sent_again(
    homes: list[Path], settings: ServiceSettings, postgres: str, caplog: pytest.LogCaptureFixture
) -> None:
    with TestClient(create_app(homes[0], settings)) as one, TestClient(create_app(homes[1], settings)) as two:
        one.post("/v1/events", json={"creators": [CREATOR]}).raise_for_status()
        new = listed(one, "gil")
        assert isinstance(new, list)
        with unreachable(postgres):
            assert one.get("/v1/creators/dan/products").status_code == 200
            assert listed(one, "gil") == new
            refused = one.post("/v1/events", json={"sales": [SALE]})
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
            assert refused.json()["type"] == "urn:recsys:problem:no-event-log"
            assert postgres not in refused.text
            assert one.get("/metrics").status_code == 200
        assert one.post("/v1/events", json={"sales": [{**SALE, "creator_id": "gil"}]}).status_code == 200
        assert until(two, "gil", [name for name in new if name != "tent"])
    assert "live events of others are not heard of" in caplog.text


def test_a_server_does_not_start_where_the_database_cannot_be_reached(homes: list[Path]) -> None:
    code = "import sys; from recsys.cli import main; sys.argv = ['recsys', 'serve', '--port', '0']; main()"
    environment = os.environ | {
        "RECSYS_HOME": str(homes[0]),
        "RECSYS_EVENTS": "postgresql://ada:secret@127.0.0.1:1/shop",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 3
    assert "ada:***@127.0.0.1:1/shop cannot be read" in done.stderr
    assert "secret" not in done.stderr


def test_the_next_night_reads_them(small_export: Path, tmp_path: Path, postgres: str) -> None:
    log = open_log(tmp_path, postgres)
    log.append([Event("creators", {"creator_id": "late", "follower_count": 9})])
    log.close()
    with open_night(small_export, tmp_path, MarketplaceSettings(), None, postgres) as inputs:
        assert inputs.validated.events_until == 1
        assert "late" in inputs.facts.creators.ids()

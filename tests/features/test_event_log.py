import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.engine import open_engine
from features.event_log import Event, EventLog, EventLogError, Value
from features.facts import collapse
from features.intake import read_export
from features.open_log import open_log
from recsys.errors import UsageError
from tests.exports import write_export

CREATORS = [{"creator_id": "ada"}, {"creator_id": "bob"}]
PRODUCTS = [{"product_id": "cream"}, {"product_id": "lamp"}]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str | None:
    """Where the log is: in the home, or in a database."""
    found: str | None = None if request.param == "sqlite" else request.getfixturevalue("postgres")
    return found


@pytest.fixture
def log(tmp_path: Path, url: str | None) -> Iterator[EventLog]:
    with closing(open_log(tmp_path, url)) as log:
        yield log


def sale(sale_id: str, day: int, **row: Value) -> Event:
    """An order of the second of January, in its state of a day."""
    state: dict[str, Value] = {
        "sale_id": sale_id,
        "ordered_at": "2026-01-02T00:00:00Z",
        "creator_id": "ada",
        "product_id": "cream",
        "content_id": "v1",
        "quantity": 3,
        "amount": 30.0,
        "commission_rate": 0.1,
        "updated_at": f"2026-01-{day:02d}T00:00:00Z",
    }
    return Event("sales", state | row)


def test_what_was_appended_is_there_once_and_in_order(log: EventLog) -> None:
    assert (log.end, log.of_creator("ada"), log.tables(9), log.places().last_of("ada")) == (0, [], {}, 0)
    first, second = sale("s1", 2), sale("s2", 2, creator_id="bob")

    assert log.append([first, second, first]) == 2
    assert log.append([second]) == 0
    assert log.append([sale("s1", 3, refunded_quantity=1)]) == 1

    assert [str(logged.event.row["updated_at"])[8:10] for logged in log.of_creator("ada")] == ["02", "03"]
    (of_bob,) = log.of_creator("bob")
    before, after = (logged.place for logged in log.of_creator("ada"))
    assert 0 < before < of_bob.place < after == log.end
    assert log.has("sales", "s2")
    assert not log.has("sales", "s3")
    assert not log.has("creators", "s2")
    assert log.tables(of_bob.place)["sales"]["sale_id"].to_pylist() == ["s1", "s2"]


def test_places_know_who_has_events_and_hear_of_those_that_others_append(
    log: EventLog, tmp_path: Path, url: str | None
) -> None:
    places = log.places()
    with places.followed(), closing(open_log(tmp_path, url)) as other:
        log.append([sale("s1", 2), sale("s2", 2, creator_id="bob"), Event("products", {"product_id": "rug"})])
        places.keep_up()
        assert 0 == places.last_of("cyd") < places.last_of("ada") < places.last_of("bob") < places.end
        other.append([sale("s1", 3, creator_id="ada")])
        end = time.monotonic() + 10
        while places.last_of("ada") != other.end:
            assert time.monotonic() < end
            time.sleep(0.002)


@pytest.mark.parametrize(
    "name", ["é" * 256, "a\0b", "'; DROP TABLE recsys_events; --", '"%s"\\', "\U0001f600"]
)
def test_every_name_is_kept_as_it_is(log: EventLog, name: str) -> None:
    row = {"product_id": name, "title": "long " * 1_600}
    log.append([sale(name, 2, creator_id=name), Event("products", row)])
    assert [logged.event.row["sale_id"] for logged in log.of_creator(name)] == [name]
    assert log.has("products", name)
    places = log.places()
    places.keep_up()
    assert places.last_of(name) == 1
    assert log.tables(2)["products"]["title"].to_pylist() == [row["title"]]


def test_whoever_sees_a_place_sees_all_before_it_however_many_write(
    log: EventLog, tmp_path: Path, url: str | None
) -> None:
    def write(writer: int) -> None:
        with closing(open_log(tmp_path, url)) as own:
            for number in range(25):
                # The events of all are the same in part: what is there already takes no place.
                batch = [
                    sale(f"s{number}", 2),
                    sale(f"s{writer}-{number}", 2),
                    sale(f"t{writer}-{number}", 2),
                ]
                own.append(batch)

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for writer in writers:
        writer.start()
    seen = []
    while any(writer.is_alive() for writer in writers):
        seen.append([logged.place for logged in log.of_creator("ada")])
    whole = [logged.place for logged in log.of_creator("ada")]
    assert len(whole) == 25 + 4 * 50
    assert all(places == whole[: len(places)] for places in seen)


def test_what_is_no_log_is_told(tmp_path: Path) -> None:
    (tmp_path / "events.db").write_bytes(b"no database" * 500)
    with pytest.raises(EventLogError, match=r"events\.db cannot be read or written: file is not a database"):
        open_log(tmp_path).append([sale("s1", 2)])


@pytest.mark.parametrize("url", ["mysql://ada:secret@host/shop", "postgresql+asyncpg://ada:secret@host/shop"])
def test_another_database_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match=r"events are not kept in \S+; write it as postgresql") as told:
        open_log(tmp_path, url)
    assert "secret" not in str(told.value)


def test_a_password_is_never_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as unread:
        open_log(tmp_path, "ada:secret@host")
    log = open_log(tmp_path, "postgresql://ada:secret@127.0.0.1:1/shop")
    with pytest.raises(EventLogError, match=r"ada:\*\*\*@127\.0\.0\.1:1/shop cannot be read") as unreached:
        log.append([sale("s1", 2)])
    assert "secret" not in f"{unread.value} {unreached.value}"


APPEND = """
import sys
from pathlib import Path
from features.event_log import Event
from features.open_log import open_log
log = open_log(Path(sys.argv[1]), sys.argv[3] or None)
for number in range(int(sys.argv[2]), 1_000_000):
    log.append([Event("sales", {"sale_id": f"s{number}", "creator_id": "ada"})])
    print(number, flush=True)
"""


@pytest.mark.parametrize("times", [2, pytest.param(50, marks=pytest.mark.slow)])
def test_what_was_acknowledged_survives_a_kill_and_nothing_is_there_twice(
    log: EventLog, tmp_path: Path, url: str | None, times: int
) -> None:
    acknowledged, rng = -1, np.random.default_rng(7)
    for _ in range(times):
        command = [sys.executable, "-c", APPEND, str(tmp_path), str(acknowledged + 1), url or ""]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(int(rng.integers(1, 40))):
                acknowledged = int(process.stdout.readline())
            process.send_signal(signal.SIGKILL)
            acknowledged = max([acknowledged, *map(int, process.stdout.read().split())])
        found = [str(logged.event.row["sale_id"]) for logged in log.of_creator("ada")]
        # One more may have been kept than the process lived to tell.
        assert len(found) - (acknowledged + 1) in (0, 1)
        assert found == [f"s{number}" for number in range(len(found))]


def test_a_night_reads_the_log_as_more_rows(log: EventLog, tmp_path: Path) -> None:
    data = write_export(
        tmp_path / "export", creators=CREATORS, products=PRODUCTS, engagement=[], sales=[sale("s1", 2).row]
    )
    log.append(
        [
            sale("s1", 5, refunded_quantity=2),
            Event("creators", {"creator_id": "cyd", "follower_count": 9, "is_active": True}),
            sale("s2", 4, creator_id="cyd"),
            sale("s3", 4, creator_id="nobody"),
        ]
    )
    with open_engine(tmp_path / "work") as engine:
        found = read_export(engine, data, tmp_path, None, log)
        report = {table.table: table for table in found.report.tables}
        assert found.events_until == log.end
        assert (report["sales"].good, report["sales"].rows, report["sales"].faults) == (3, 3, ())
        found.report.require(0.0)
        quarantined = engine.rows("SELECT table_name, source_file, reason FROM quarantine")
        assert quarantined == [("sales", "live events", "unknown_creator")]
        facts = collapse(engine)
        assert facts.creators.ids() == ["ada", "bob", "cyd"]
        sales = f"SELECT creator_index, net_quantity FROM {facts.at(found.as_of).sales} ORDER BY ALL"
        assert engine.rows(sales) == [(0, 1), (2, 3)]


STATES = [
    sale(name, day, **row)
    for name, creator in (("s1", "ada"), ("s2", "bob"))
    for day, row in (
        (2, {"creator_id": creator}),
        (3, {"creator_id": creator, "refunded_quantity": 1}),
        (3, {"creator_id": creator, "refunded_quantity": 2}),
        (4, {"creator_id": creator, "status": "CANCELLED", "refunded_quantity": 2}),
    )
]


def facts_of(
    home: Path, exported: list[Mapping[str, Value]], batches: list[list[Event]]
) -> list[tuple[object, ...]]:
    data = write_export(home / "export", creators=CREATORS, products=PRODUCTS, engagement=[], sales=exported)
    for batch in batches:
        open_log(home).append(batch)
    with open_engine(home / "work") as engine:
        read_export(engine, data, home, None)
        collapse(engine)
        return engine.rows("SELECT * EXCLUDE (buyer_id) FROM facts_sales ORDER BY ALL")


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(len(STATES))),
    logged=st.sets(st.integers(0, len(STATES) - 1), min_size=1),
    again=st.lists(st.integers(0, len(STATES) - 1), max_size=4),
)
def test_facts_do_not_depend_on_which_rows_came_live_nor_on_their_order_or_repetition(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], logged: set[int], again: list[int]
) -> None:
    every = facts_of(tmp_path_factory.mktemp("whole"), [state.row for state in STATES], [])
    exported = [STATES[place].row for place in order if place not in logged]
    batches = [[STATES[place]] for place in order if place in logged] + [[STATES[place] for place in again]]
    assert facts_of(tmp_path_factory.mktemp("split"), exported, batches) == every

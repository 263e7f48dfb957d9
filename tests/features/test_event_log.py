import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.engine import open_engine
from features.event_log import Event, EventLog, Value
from features.facts import collapse
from features.intake import read_export
from recsys.errors import DataError
from tests.exports import write_export

CREATORS = [{"creator_id": "ada"}, {"creator_id": "bob"}]
PRODUCTS = [{"product_id": "cream"}, {"product_id": "lamp"}]


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


def test_what_was_appended_is_there_once_and_in_order(tmp_path: Path) -> None:
    log = EventLog.of(tmp_path)
    assert (log.end, log.of_creator("ada"), log.tables(9)) == (0, [], {})
    first, second = sale("s1", 2), sale("s2", 2, creator_id="bob")

    assert log.append([first, second, first]) == 2
    assert log.append([second]) == 0
    assert log.append([sale("s1", 3, refunded_quantity=1)]) == 1

    assert [logged.event.row["updated_at"][8:10] for logged in log.of_creator("ada")] == ["02", "03"]  # type: ignore[index]
    assert log.end == log.end_of("ada") > log.end_of("bob") > log.end_of("cyd") == 0
    assert log.has("sales", "sale_id", "s2")
    assert not log.has("sales", "sale_id", "s3")
    assert log.tables(log.end_of("bob"))["sales"]["sale_id"].to_pylist() == ["s1", "s2"]


def test_what_is_no_log_is_told(tmp_path: Path) -> None:
    (tmp_path / "events.db").write_bytes(b"no database" * 500)
    with pytest.raises(DataError, match=r"events\.db cannot be read or written: file is not a database"):
        EventLog.of(tmp_path).append([sale("s1", 2)])


APPEND = """
import sys
from pathlib import Path
from features.event_log import Event, EventLog
log = EventLog.of(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), 1_000_000):
    log.append([Event("sales", {"sale_id": f"s{number}", "creator_id": "ada"})])
    print(number, flush=True)
"""


@pytest.mark.parametrize("times", [2, pytest.param(50, marks=pytest.mark.slow)])
def test_what_was_acknowledged_survives_a_kill_and_nothing_is_there_twice(tmp_path: Path, times: int) -> None:
    acknowledged, rng = -1, np.random.default_rng(7)
    for _ in range(times):
        command = [sys.executable, "-c", APPEND, str(tmp_path), str(acknowledged + 1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(int(rng.integers(1, 40))):
                acknowledged = int(process.stdout.readline())
            process.send_signal(signal.SIGKILL)
            acknowledged = max([acknowledged, *map(int, process.stdout.read().split())])
        found = [str(logged.event.row["sale_id"]) for logged in EventLog.of(tmp_path).of_creator("ada")]
        # One more may have been kept than the process lived to tell.
        assert len(found) - (acknowledged + 1) in (0, 1)
        assert found == [f"s{number}" for number in range(len(found))]


def test_a_night_reads_the_log_as_more_rows(tmp_path: Path) -> None:
    data = write_export(
        tmp_path / "export", creators=CREATORS, products=PRODUCTS, engagement=[], sales=[sale("s1", 2).row]
    )
    log = EventLog.of(tmp_path)
    log.append(
        [
            sale("s1", 5, refunded_quantity=2),
            Event("creators", {"creator_id": "cyd", "follower_count": 9, "is_active": True}),
            sale("s2", 4, creator_id="cyd"),
            sale("s3", 4, creator_id="nobody"),
        ]
    )
    with open_engine(tmp_path / "work") as engine:
        found = read_export(engine, data, tmp_path, None)
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
        EventLog.of(home).append(batch)
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

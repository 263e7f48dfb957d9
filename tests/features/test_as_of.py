from pathlib import Path

import pytest

from features.as_of import newest_instant, set_aside_future
from features.engine import Engine
from features.validation import validate
from recsys.errors import DataError
from tests.exports import DAY, START, Row, write_export, write_tables


def _day(number: float) -> int:
    return START + round(number * DAY)


def _read(tmp_path: Path, engine: Engine, **tables: list[Row]) -> None:
    validate(engine, write_tables(tmp_path / "export", tables)).require(0.0)


def test_rows_from_the_future_are_set_aside_with_their_reason_and_are_no_fault(
    tmp_path: Path, engine: Engine
) -> None:
    data = write_export(
        tmp_path / "export",
        sales=[{"sale_id": "now"}, {"sale_id": "later", "updated_at": _day(3)}],
        engagement=[{"period_start": _day(2)}],
        samples=[{"requested_at": _day(8)}],
        demand_events=[{"starts_at": _day(20), "ends_at": _day(21)}],
    )
    report = validate(engine, data)
    assert set_aside_future(engine, _day(2)) == 3
    report.require(0.0)
    assert engine.rows(
        "SELECT table_name, source_row, column_name, reason, value FROM quarantine ORDER BY ALL"
    ) == [
        ("engagement", 1, "updated_at", "after_as_of", str(_day(3))),
        ("sales", 2, "updated_at", "after_as_of", str(_day(3))),
        ("samples", 1, "requested_at", "after_as_of", str(_day(8))),
    ]


def test_a_bad_row_from_the_future_is_in_quarantine_once(tmp_path: Path, engine: Engine) -> None:
    data = write_export(tmp_path / "export", sales=[{}, {"quantity": 0, "ordered_at": _day(5)}])
    validate(engine, data)
    assert set_aside_future(engine, _day(2)) == 0
    assert engine.count("SELECT COUNT(*) FROM quarantine") == 1


def test_the_newest_instant_is_that_of_sales_and_engagement_up_to_the_limit(
    tmp_path: Path, engine: Engine
) -> None:
    _read(
        tmp_path,
        engine,
        sales=[{"sale_id": "a", "updated_at": _day(2)}, {"sale_id": "b", "updated_at": _day(30)}],
        engagement=[{"period_start": _day(1), "updated_at": _day(4)}],
        samples=[{"requested_at": _day(8)}],
    )
    assert newest_instant(engine, _day(10)) == _day(4)
    assert newest_instant(engine, _day(4)) == _day(4)
    assert newest_instant(engine, _day(3)) == _day(2)
    assert newest_instant(engine, _day(99)) == _day(30)
    with pytest.raises(DataError, match="no row up to now by this machine's clock"):
        newest_instant(engine, _day(1))


def test_the_first_state_of_a_creator_is_never_from_the_future(tmp_path: Path, engine: Engine) -> None:
    creators: list[Row] = [{"creator_id": "c", "updated_at": _day(day)} for day in (4, 9)]
    validate(engine, write_tables(tmp_path / "export", {"creators": creators}))
    assert set_aside_future(engine, _day(1)) == 1
    assert engine.rows("SELECT table_name, source_row, value FROM quarantine") == [
        ("creators", 2, str(_day(9)))
    ]

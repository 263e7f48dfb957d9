from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.engine import Engine, open_engine
from features.state import create_state, newest_instant, set_aside_future
from features.validation import validate
from recsys.errors import DataError
from tests.exports import DAY, START, Row, write_export, write_tables


def _day(number: float) -> int:
    return START + round(number * DAY)


def _read(tmp_path: Path, engine: Engine, **tables: list[Row]) -> None:
    validate(engine, write_tables(tmp_path / "export", tables)).require(0.0)


def _sales(engine: Engine, as_of: int) -> list[tuple[object, ...]]:
    create_state(engine, as_of)
    return engine.rows("SELECT sale_id, quantity, status FROM state_sales ORDER BY sale_id")


def test_the_newest_state_of_a_key_wins_in_whatever_order_it_comes(tmp_path: Path, engine: Engine) -> None:
    _read(
        tmp_path,
        engine,
        sales=[
            {"sale_id": "s", "status": "SETTLED", "updated_at": _day(2)},
            {"sale_id": "s", "status": "CANCELLED", "updated_at": _day(3)},
            {"sale_id": "s", "status": "PLACED", "updated_at": _day(1)},
        ],
    )
    assert _sales(engine, _day(9)) == [("s", 1, "CANCELLED")]


def test_a_state_is_known_from_the_instant_it_was_written(tmp_path: Path, engine: Engine) -> None:
    _read(
        tmp_path,
        engine,
        sales=[
            {"sale_id": "s", "status": "PLACED", "updated_at": _day(1)},
            {"sale_id": "s", "status": "SETTLED", "updated_at": _day(2)},
        ],
    )
    assert _sales(engine, _day(1) - 1) == []
    assert _sales(engine, _day(1)) == [("s", 1, "PLACED")]
    assert _sales(engine, _day(2) - 1) == [("s", 1, "PLACED")]
    assert _sales(engine, _day(2)) == [("s", 1, "SETTLED")]


def test_equally_new_states_are_settled_by_the_greatest_values(tmp_path: Path, engine: Engine) -> None:
    _read(tmp_path, engine, sales=[{"sale_id": "s", "quantity": quantity} for quantity in (3, 7, 5)])
    assert _sales(engine, _day(9)) == [("s", 7, "PLACED")]


def test_a_value_beats_null_among_equally_new_states(tmp_path: Path, engine: Engine) -> None:
    rows: list[Row] = [{"creator_id": "c", "region": None}, {"creator_id": "c", "region": "US"}]
    _read(tmp_path, engine, creators=rows, sales=[])
    create_state(engine, _day(9))
    assert engine.rows("SELECT creator_id, region FROM state_creators") == [("c", "US")]


def test_creators_and_products_are_seen_as_they_stood(tmp_path: Path, engine: Engine) -> None:
    _read(
        tmp_path,
        engine,
        creators=[
            {"creator_id": "grown", "follower_count": 900_000, "updated_at": _day(5)},
            {"creator_id": "grown", "follower_count": 200, "updated_at": _day(2)},
            {"creator_id": "even", "follower_count": 50},
            {"creator_id": "mixed", "follower_count": 7, "updated_at": _day(3)},
            {"creator_id": "mixed", "follower_count": 6, "updated_at": None},
        ],
        products=[
            {"product_id": "p1", "stock": stock, "updated_at": _day(day)} for day, stock in ((1, 10), (4, 8))
        ],
    )
    # The earliest state reaches back to before it was written: no creator is ever unknown.
    for day, grown, mixed, stock in ((-9, 200, 6, 10), (3, 200, 7, 10), (4, 200, 7, 8), (5, 900_000, 7, 8)):
        create_state(engine, _day(day))
        found = engine.rows("SELECT creator_id, follower_count FROM state_creators ORDER BY creator_id")
        assert found == [("even", 50), ("grown", grown), ("mixed", mixed)]
        assert engine.rows("SELECT stock FROM state_products") == [(stock,)]


def test_a_collaboration_holds_from_its_begin_until_a_later_state(tmp_path: Path, engine: Engine) -> None:
    _read(
        tmp_path,
        engine,
        creators=[{}],
        products=[{}],
        collaborations=[
            {"status": "ACTIVE", "since": _day(2)},
            {"status": "ENDED", "since": _day(2), "updated_at": _day(6)},
        ],
    )
    found = []
    for day in (1, 2, 5, 6):
        create_state(engine, _day(day))
        found.append(engine.rows("SELECT status FROM state_collaborations"))
    assert found == [[], [("ACTIVE",)], [("ACTIVE",)], [("ENDED",)]]


def test_a_demand_event_of_two_years_or_of_two_categories_is_two_events(
    tmp_path: Path, engine: Engine
) -> None:
    def event(day: float, end: float, category: str | None, updated: float | None = None) -> Row:
        return {
            "name": "Prime Day",
            "starts_at": _day(day),
            "ends_at": _day(end),
            "category": category,
            "updated_at": None if updated is None else _day(updated),
        }

    events = [
        event(1, 2, None),
        event(1, 2, None),
        event(1, 2, "Beauty"),
        event(1, 3, "Beauty", updated=1.5),
        event(366, 367, None),
    ]
    report = validate(engine, write_tables(tmp_path / "export", {"demand_events": events}))
    assert next(table.keys for table in report.tables if table.table == "demand_events") == 3
    query = "SELECT starts_at, ends_at, category FROM state_demand_events ORDER BY starts_at, category"
    for day, end in ((1, 2), (1.5, 3)):
        create_state(engine, _day(day))
        # What carries no time of its own is known in advance.
        assert engine.rows(query) == [
            (_day(1), _day(end), "Beauty"),
            (_day(1), _day(2), None),
            (_day(366), _day(367), None),
        ]


def test_engagement_without_a_time_of_its_own_is_known_when_its_day_is_over(
    tmp_path: Path, engine: Engine
) -> None:
    _read(tmp_path, engine, engagement=[{"period_start": _day(4)}])
    create_state(engine, _day(5) - 1)
    assert engine.count("SELECT COUNT(*) FROM state_engagement") == 0
    create_state(engine, _day(5))
    assert engine.count("SELECT COUNT(*) FROM state_engagement") == 1


def test_every_period_of_a_content_and_product_is_a_key_of_its_own(tmp_path: Path, engine: Engine) -> None:
    _read(
        tmp_path,
        engine,
        engagement=[
            {"product_id": product, "period_start": _day(day), "views": views}
            for product, day, views in (("p1", 0, 5), ("p1", 1, 6), ("p2", 0, 7), ("p1", 0, 8))
        ],
    )
    create_state(engine, _day(9))
    found = engine.rows("SELECT product_id, period_start, views FROM state_engagement ORDER BY ALL")
    assert found == [("p1", _day(0), 8), ("p1", _day(1), 6), ("p2", _day(0), 7)]


def test_state_can_be_taken_at_one_instant_after_another(tmp_path: Path, engine: Engine) -> None:
    _read(tmp_path, engine, sales=[{"sale_id": "a"}, {"sale_id": "b", "ordered_at": _day(5)}])
    assert len(_sales(engine, _day(6))) == 2
    assert len(_sales(engine, _day(4))) == 1
    assert len(_sales(engine, _day(6))) == 2


STATES = st.lists(
    st.fixed_dictionaries(
        {
            "sale_id": st.sampled_from(["a", "b"]),
            "updated_at": st.sampled_from([_day(1), _day(2)]),
            "quantity": st.integers(3, 5),
            "refunded_quantity": st.sampled_from([None, 0, 1, 2]),
            "status": st.sampled_from([None, "PLACED", "SETTLED", "CANCELLED"]),
            "buyer_id": st.sampled_from([None, "x", "y"]),
        }
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STATES, st.data())
def test_no_order_and_no_repetition_of_rows_changes_the_state(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], data: st.DataObject
) -> None:
    repeated = rows + data.draw(st.lists(st.sampled_from(rows), max_size=4))
    shuffled = data.draw(st.permutations(repeated))
    states = []
    for given_rows in (rows, shuffled):
        folder = tmp_path_factory.mktemp("case")
        with open_engine(folder / "work") as engine:
            _read(folder, engine, sales=list(given_rows))
            create_state(engine, _day(9))
            states.append(engine.rows("SELECT * FROM state_sales ORDER BY sale_id"))
    assert states[0] == states[1]


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


def test_the_first_state_of_a_creator_is_never_from_the_future(tmp_path: Path, engine: Engine) -> None:
    creators = [{"creator_id": "c", "updated_at": _day(day)} for day in (4, 9)]
    validate(engine, write_tables(tmp_path / "export", {"creators": creators}))
    assert set_aside_future(engine, _day(1)) == 1
    assert engine.rows("SELECT table_name, source_row, value FROM quarantine") == [
        ("creators", 2, str(_day(9)))
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

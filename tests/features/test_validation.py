from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.engine import Engine, open_engine
from features.facts import collapse
from features.report import Fault, ValidationReport
from features.validation import validate, write_quarantine
from recsys.errors import DataError
from tests.exports import DAY, START, Form, Row, at, write_csv, write_export, write_tables

GOOD: Mapping[str, Row] = {
    "creators": {"creator_id": "c1"},
    "products": {"product_id": "p1"},
    "engagement": {},
    "sales": {"sale_id": "good"},
    "samples": {"application_id": "good"},
    "collaborations": {},
    "demand_events": {"name": "good"},
    "impressions": {"impression_id": "good"},
}


def _validated(
    tmp_path: Path, engine: Engine, *, parquet: bool = False, **tables: Sequence[Row]
) -> ValidationReport:
    form: Form = "parquet" if parquet else "csv"
    return validate(engine, write_tables(tmp_path / "export", tables, form=form))


def _fault(report: ValidationReport) -> Fault:
    (fault,) = report.faults()
    return fault


# Table, what is wrong with its second row, column, reason, the value as found, what to do.
BAD_ROWS: list[tuple[str, Row, str, str, str | None, str]] = [
    ("creators", {"creator_id": None}, "creator_id", "null_key", None, "every row needs a creator_id"),
    ("creators", {"follower_count": None}, "follower_count", "null_value", None, "(a whole number)"),
    ("creators", {"follower_count": -1}, "follower_count", "negative", "-1", "at least 0"),
    ("creators", {"follower_count": 1.5}, "follower_count", "wrong_type", "1.5", "must be a whole number"),
    ("creators", {"is_active": "perhaps"}, "is_active", "wrong_type", "perhaps", "must be true or false"),
    ("creators", {"joined_at": "soon"}, "joined_at", "wrong_type", "soon", "2026-01-31T12:00:00Z"),
    ("products", {"price": -0.01}, "price", "negative", "-0.01", "at least 0"),
    ("products", {"price": "$5"}, "price", "wrong_type", "$5", "an amount of money"),
    ("products", {"commission_rate": 1.01}, "commission_rate", "too_large", "1.01", "at most 1"),
    ("products", {"commission_rate": "nan"}, "commission_rate", "wrong_type", "nan", "must be a number"),
    ("products", {"brand_id": None}, "brand_id", "null_value", None, "every row needs a brand_id"),
    ("products", {"stock": -3}, "stock", "negative", "-3", "at least 0"),
    ("products", {"regions": "US||GB"}, "regions", "empty_region", "US||GB", "write regions as US|GB"),
    ("products", {"regions": "US| "}, "regions", "empty_region", "US| ", "write regions as US|GB"),
    ("engagement", {"views": -5}, "views", "negative", "-5", "at least 0"),
    ("engagement", {"likes": -5}, "likes", "negative", "-5", "at least 0"),
    ("engagement", {"content_type": "PHOTO"}, "content_type", "not_allowed", "PHOTO", "must be one of"),
    ("engagement", {"period_start": None}, "period_start", "null_key", None, "needs a period_start"),
    ("engagement", {"creator_id": "ghost"}, "creator_id", "unknown_creator", "ghost", "the table creators"),
    ("engagement", {"product_id": "ghost"}, "product_id", "unknown_product", "ghost", "the table products"),
    ("sales", {"sale_id": None}, "sale_id", "null_key", None, "every row needs a sale_id"),
    ("sales", {"creator_id": "ghost"}, "creator_id", "unknown_creator", "ghost", "or drop the row"),
    ("sales", {"product_id": "ghost"}, "product_id", "unknown_product", "ghost", "or drop the row"),
    ("sales", {"quantity": 0}, "quantity", "too_small", "0", "at least 1"),
    ("sales", {"quantity": "many"}, "quantity", "wrong_type", "many", "a whole number"),
    ("sales", {"quantity": -2}, "quantity", "negative", "-2", "at least 1"),
    ("sales", {"amount": -1}, "amount", "negative", "-1", "at least 0"),
    ("sales", {"status": "LOST"}, "status", "not_allowed", "LOST", "'PLACED', 'SETTLED', 'CANCELLED'"),
    ("sales", {"quantity": 2, "refunded_quantity": 3}, "refunded_quantity", "refunded_more_than_sold", "3",
     "cannot exceed the quantity"),
    ("sales", {"updated_at": "2025-12-31"}, "updated_at", "updated_before_ordered", "2025-12-31",
     "cannot precede ordered_at"),
    ("sales", {"ordered_at": 1_767_225_600}, "ordered_at", "time_out_of_range", "1767225600",
     "microseconds of UTC"),
    ("sales", {"updated_at": START * 1000}, "updated_at", "time_out_of_range", str(START * 1000),
     "between 1990 and 2100"),
    ("sales", {"buyer_id": "é" * 256 + "x"}, "buyer_id", "too_long", "é" * 100, "at most 512 bytes of UTF-8"),
    ("samples", {"requested_at": None}, "requested_at", "null_value", None, "every row needs"),
    ("samples", {"creator_id": "ghost"}, "creator_id", "unknown_creator", "ghost", "the table creators"),
    ("collaborations", {"commission_rate": 2}, "commission_rate", "too_large", "2", "at most 1"),
    ("demand_events", {"ends_at": "2025-01-01"}, "ends_at", "ends_before_start", "2025-01-01", "ends after"),
    ("impressions", {"product_id": "ghost"}, "product_id", "unknown_product", "ghost", "the table products"),
    ("impressions", {"position": 0}, "position", "too_small", "0", "at least 1"),
    ("impressions", {"propensity": 0}, "propensity", "impossible", "0", "had a chance"),
    ("impressions", {"propensity": 1.5}, "propensity", "too_large", "1.5", "at most 1"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "bad", "column", "reason", "value", "remedy"), BAD_ROWS)
def test_a_bad_row_goes_to_quarantine_with_its_place_reason_and_remedy(
    tmp_path: Path,
    engine: Engine,
    table: str,
    bad: Row,
    column: str,
    reason: str,
    value: str | None,
    remedy: str,
) -> None:
    tables = {name: [row] for name, row in GOOD.items()}
    tables[table].append({**GOOD[table], **bad})
    report = validate(engine, write_tables(tmp_path / "export", tables, form="csv"))

    fault = _fault(report)
    assert (fault.table, fault.column, fault.reason) == (table, column, reason)
    assert (fault.first_file, fault.first_row) == (f"{table}.csv", 2)
    assert fault.first_value == value
    assert remedy in fault.remedy
    assert engine.rows("SELECT * FROM quarantine") == [
        (table, f"{table}.csv", 2, column, reason, value, fault.remedy)
    ]
    found = next(counted for counted in report.tables if counted.table == table)
    assert (found.rows, found.states, found.bad) == (2, 1, 1)
    assert engine.count(f"SELECT COUNT(*) FROM valid_{table}") == 1

    shown = "null" if value is None else repr(value)
    with pytest.raises(DataError) as refused:
        report.require(0.0)
    assert f"table {table}, {table}.csv row 2, column {column}: {shown} is {reason}; {fault.remedy}" in str(
        refused.value
    )


def test_a_text_with_a_nul_character_is_bad(tmp_path: Path, engine: Engine) -> None:
    report = _validated(tmp_path, engine, parquet=True, sales=[{}, {"sale_id": "x\0"}])
    assert (_fault(report).reason, _fault(report).column) == ("control_character", "sale_id")


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_an_id_of_a_megabyte_is_refused_with_its_row_and_takes_no_room(
    tmp_path: Path, engine: Engine, form: Form
) -> None:
    huge = "x" * 1_000_000
    tables: dict[str, list[Row]] = {
        "creators": [{"creator_id": "c1"}, {"creator_id": huge}],
        "sales": [{"creator_id": "c1"}, {"creator_id": huge, "content_id": "v"}],
    }
    report = validate(engine, write_tables(tmp_path / "export", tables, form=form))
    found = [(fault.table, fault.reason, fault.first_row) for fault in report.faults()]
    assert found == [("creators", "too_long", 2), ("sales", "too_long", 2)]
    assert all(fault.first_value == "x" * 100 for fault in report.faults())
    with pytest.raises(
        DataError, match=r"creators\.\w+ row 2, column creator_id: 'x+' is too_long"
    ) as refused:
        report.require(0.0)
    assert len(str(refused.value)) < 1_000


def test_a_line_beyond_what_can_be_read_is_named_and_not_repeated_whole(
    tmp_path: Path, engine: Engine
) -> None:
    tables = {"sales": [{"creator_id": "x" * 3_000_000}]}
    with pytest.raises(DataError, match=r"table creators \(creators\.csv\) .* Maximum line size") as refused:
        validate(engine, write_tables(tmp_path / "export", tables, form="csv"))
    assert len(str(refused.value)) < 1_000


def test_an_export_without_a_fault_has_none(tmp_path: Path, engine: Engine) -> None:
    tables = {name: [row] for name, row in GOOD.items()}
    report = validate(engine, write_tables(tmp_path / "export", tables))
    assert report.faults() == []
    report.require(0.0)
    assert [table.table for table in report.tables] == list(GOOD)
    assert {(table.rows, table.states, table.keys, table.bad) for table in report.tables} == {(1, 1, 1, 0)}


def test_every_row_is_bad_repeated_superseded_or_a_state_of_its_key(tmp_path: Path, engine: Engine) -> None:
    rows: list[Row] = [
        {"sale_id": "s1"},
        {"sale_id": "s1"},
        {"sale_id": "s1", "quantity": 2},
        {"sale_id": "s1", "updated_at": START + 5},
        {"sale_id": "s2", "quantity": 0},
        {"sale_id": "s2"},
    ]
    report = _validated(tmp_path, engine, parquet=True, sales=rows)
    sales = next(table for table in report.tables if table.table == "sales")
    assert str(sales) == "table sales: 6 rows read, 1 bad, 1 repeated, 1 superseded, 3 states of 2 keys"
    # As many as the facts are made of.
    facts = collapse(engine)
    assert engine.count("SELECT COUNT(*) FROM facts_sales") == sales.states
    assert facts.superseded["sales"] == sales.repeated + sales.superseded


def test_null_is_a_value_of_a_key(tmp_path: Path, engine: Engine) -> None:
    events: list[Row] = [{"name": "sale", "category": category} for category in (None, None, "Beauty")]
    report = _validated(tmp_path, engine, parquet=True, demand_events=events)
    found = next(table for table in report.tables if table.table == "demand_events")
    assert (found.rows, found.repeated, found.superseded, found.keys) == (3, 1, 0, 2)


def test_columns_that_are_ignored_and_filled_are_named(tmp_path: Path, engine: Engine) -> None:
    report = _validated(
        tmp_path, engine, parquet=True, sales=[{"note": "x", "remark": None}], products=[], creators=[{}]
    )
    by_table = {table.table: table for table in report.tables}
    assert by_table["sales"].ignored == ("note", "remark")
    assert by_table["creators"].absent == ("region", "language", "joined_at", "is_active", "updated_at")
    # A table that is not there lacks no column.
    assert by_table["samples"].absent == ()
    assert "table sales: unknown columns are ignored: note, remark" in report.notes()
    assert (
        "table creators: absent columns are filled: region = null, language = null, joined_at = null, "
        "is_active = TRUE, updated_at = null"
    ) in report.notes()


def test_absent_optional_columns_and_nulls_get_their_defaults(tmp_path: Path, engine: Engine) -> None:
    _validated(
        tmp_path,
        engine,
        sales=[{"status": None, "refunded_quantity": None}],
        engagement=[{"period_start": "2026-01-01", "updated_at": None}],
        creators=[{"is_active": None}],
    ).require(0.0)
    assert engine.rows("SELECT status, refunded_quantity, buyer_id FROM valid_sales") == [("PLACED", 0, None)]
    assert engine.rows(
        "SELECT content_type, likes, comments, shares, add_to_carts, updated_at FROM valid_engagement"
    ) == [("VIDEO", 0, 0, 0, 0, START + DAY)]
    assert engine.rows("SELECT region, is_active FROM valid_creators") == [(None, True)]
    assert engine.count("SELECT COUNT(*) FROM valid_samples") == 0


@pytest.mark.parametrize("form", ["parquet", "csv", "duckdb"])
def test_missing_columns_are_all_named_with_what_they_hold(
    tmp_path: Path, engine: Engine, form: Form
) -> None:
    data = write_export(
        tmp_path / "export", form=form, without=["sales.quantity", "creators.follower_count"], sales=[{}]
    )
    with pytest.raises(DataError) as refused:
        validate(engine, data)
    lines = str(refused.value).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("table creators (")
    assert "has no column follower_count; add it, it holds a whole number (found: creator_id)" in lines[0]
    assert "has no column quantity" in lines[1]


def test_a_row_with_several_faults_is_quarantined_once_for_the_first(tmp_path: Path, engine: Engine) -> None:
    report = _validated(tmp_path, engine, sales=[{"sale_id": None, "quantity": -1, "amount": "x"}])
    assert _fault(report).reason == "null_key"
    assert engine.count("SELECT COUNT(*) FROM quarantine") == 1


def test_rows_with_one_fault_are_counted_and_the_first_is_shown(tmp_path: Path, engine: Engine) -> None:
    report = _validated(
        tmp_path, engine, sales=[{}, {"quantity": -7}, {}, {"quantity": -9}, {"quantity": -1}]
    )
    fault = _fault(report)
    assert (fault.count, fault.first_row, fault.first_value) == (3, 2, "-7")
    assert "'-7' is negative (and 2 more rows); it must be at least 1" in str(fault)


def test_sales_of_a_creator_who_is_bad_are_bad_too(tmp_path: Path, engine: Engine) -> None:
    report = _validated(
        tmp_path, engine, creators=[{"creator_id": "c1", "follower_count": -1}], sales=[{}], products=[{}]
    )
    negative, follows = report.faults()
    assert (negative.reason, follows.reason) == ("negative", "quarantined_creator")
    assert "its own row in the table creators is bad" in str(follows)
    # Only the creator's own fault counts against an allowed share.
    assert [(table.table, table.bad, table.faulty) for table in report.tables if table.bad] == [
        ("creators", 1, 1),
        ("sales", 1, 0),
    ]


def test_a_content_belongs_to_the_creator_of_its_earliest_row(tmp_path: Path, engine: Engine) -> None:
    def row(creator: str, day: int) -> Row:
        start = START + day * DAY
        return {"content_id": "v", "creator_id": creator, "period_start": start}

    report = _validated(
        tmp_path,
        engine,
        engagement=[row("late", 3), row("owner", 1), row("owner", 2)],
        sales=[
            {"sale_id": "mine", "creator_id": "owner", "content_id": "v"},
            {"sale_id": "theirs", "creator_id": "late", "content_id": "v"},
            {"sale_id": "unseen", "creator_id": "late", "content_id": "another"},
        ],
    )
    assert [
        (fault.table, fault.reason, fault.column, fault.first_row, fault.first_value)
        for fault in report.faults()
    ] == [
        ("engagement", "content_of_another_creator", "content_id", 1, "v"),
        ("sales", "content_of_another_creator", "content_id", 2, "v"),
    ]
    assert engine.rows("SELECT sale_id FROM valid_sales ORDER BY 1") == [("mine",), ("unseen",)]


@pytest.mark.parametrize(("bad", "allowed", "passes"), [(1, 0.25, True), (1, 0.24, False), (2, 0.25, False)])
def test_the_allowed_share_decides_table_by_table(
    tmp_path: Path, engine: Engine, bad: int, allowed: float, passes: bool
) -> None:
    rows: list[Row] = [{"quantity": 0 if place < bad else 1} for place in range(4)]
    report = _validated(tmp_path, engine, sales=rows, engagement=[{}] * 50)
    if passes:
        report.require(allowed)
    else:
        with pytest.raises(DataError, match=rf"allowed share of {allowed:.2%}: sales {bad} of 4"):
            report.require(allowed)


def test_the_quarantine_is_written_in_the_order_of_tables_and_rows(tmp_path: Path, engine: Engine) -> None:
    _validated(
        tmp_path,
        engine,
        sales=[{"quantity": 0}, {}, {"amount": -1}],
        engagement=[{"views": -1}],
    )
    path = tmp_path / "home" / "quarantine" / "night.parquet"
    write_quarantine(engine, path)
    found = pq.read_table(path).select(["table_name", "source_row", "reason"]).to_pylist()
    assert [tuple(row.values()) for row in found] == [
        ("engagement", 1, "negative"),
        ("sales", 1, "too_small"),
        ("sales", 3, "negative"),
    ]
    assert [file.name for file in path.parent.iterdir()] == ["night.parquet"]


def test_the_digest_changes_with_any_byte_of_the_export_and_with_nothing_else(tmp_path: Path) -> None:
    def digest(folder: str, quantity: int) -> str:
        data = write_export(tmp_path / folder, form="csv", sales=[{"quantity": quantity}])
        with open_engine(tmp_path / "work") as engine:
            return validate(engine, data).data_digest

    assert digest("a", 1) == digest("b", 1)
    assert digest("a", 1) != digest("c", 2)


@pytest.mark.parametrize("huge", [2**62, 10**15])
def test_a_count_beyond_all_reason_is_a_bad_row_and_no_overflow_later(
    tmp_path: Path, engine: Engine, huge: int
) -> None:
    report = _validated(tmp_path, engine, parquet=True, sales=[{}, {"quantity": huge}])
    assert (_fault(report).reason, _fault(report).column) == ("too_large", "quantity")


def test_parquet_times_with_zone_and_csv_times_with_offset_agree(tmp_path: Path, engine: Engine) -> None:
    rows: list[Row] = [
        {"sale_id": "a", "ordered_at": "2026-01-31T12:00:00Z", "updated_at": "2026-01-31T14:00:00+02:00"},
        {"sale_id": "b", "ordered_at": str(at("2026-01-31T12:00")), "updated_at": "2026-01-31 12:00:00"},
    ]
    _validated(tmp_path, engine, sales=rows).require(0.0)
    noon = at("2026-01-31T12:00:00")
    assert engine.rows("SELECT ordered_at, updated_at FROM valid_sales") == [(noon, noon)] * 2


def test_an_extra_part_without_a_required_column_gives_bad_rows(tmp_path: Path, engine: Engine) -> None:
    data = write_export(tmp_path / "export", sales=[{}])
    (data / "creators.parquet").unlink()
    (data / "creators").mkdir()
    write_csv(
        data / "creators" / "1.csv",
        ["creator_id", "follower_count"],
        [{"creator_id": "c1", "follower_count": 1}],
    )
    write_csv(data / "creators" / "2.csv", ["creator_id"], [{"creator_id": "c2"}])
    report = validate(engine, data)
    assert (_fault(report).first_file, _fault(report).reason) == ("2.csv", "null_value")

import pytest

from features.report import Fault, TableReport, ValidationReport
from recsys.errors import DataError


def _fault(count: int = 1, value: str | None = "-7", table: str = "sales") -> Fault:
    return Fault(table, "negative", "quantity", count, "sales.csv", 12, value, "it must be at least 1")


def _report(*tables: TableReport) -> ValidationReport:
    return ValidationReport("digest", tables)


def test_a_fault_reads_as_place_value_reason_and_remedy() -> None:
    place = "table sales, sales.csv row 12, column quantity: "
    assert str(_fault()) == place + "'-7' is negative; it must be at least 1"
    assert str(_fault(value=None)) == place + "null is negative; it must be at least 1"
    assert str(_fault(count=2_001)) == (
        place + "'-7' is negative (and 2,000 more rows); it must be at least 1"
    )


def test_a_refusal_names_only_the_tables_beyond_the_share_and_says_how_to_go_on() -> None:
    within = TableReport("engagement", 1_000, 999, faults=(_fault(table="engagement"),))
    beyond = TableReport("sales", 1_000, 980, faults=(_fault(count=20),))
    with pytest.raises(DataError) as refused:
        _report(within, beyond).require(0.01)
    first, fault, last = str(refused.value).splitlines()
    assert first == "bad rows beyond the allowed share of 1.00%: sales 20 of 1,000"
    assert fault.strip() == str(_fault(count=20))
    assert "--allow-bad-share" in last


def test_an_empty_table_is_within_any_share() -> None:
    _report(TableReport("sales", 0, 0)).require(0.0)


def test_faults_are_listed_table_by_table() -> None:
    first, second = _fault(table="engagement"), _fault(table="sales")
    report = _report(
        TableReport("engagement", 1, 0, faults=(first,)), TableReport("sales", 1, 0, faults=(second,))
    )
    assert report.faults() == [first, second]
    assert [table.bad for table in report.tables] == [1, 1]


def test_a_report_reads_as_counts_then_notes_then_faults() -> None:
    sales = TableReport("sales", 3_000, 2_990, 40, 50, 2_000, (_fault(count=10),), ("note",), ("status",))
    assert sales.states == 2_900
    assert str(_report(sales)).splitlines() == [
        "table sales: 3,000 rows read, 10 bad, 40 repeated, 50 superseded, 2,900 states of 2,000 keys",
        "table sales: unknown columns are ignored: note",
        "table sales: absent columns are filled: status = 'PLACED'",
        str(_fault(count=10)),
    ]

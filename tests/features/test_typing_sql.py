from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pytest

from features.contracts import Column, Kind
from features.typing_sql import sql_type, typed
from tests.exports import at

NOON = at("2026-01-31T12:00:00")


def _typed(kind: Kind, value: object, raw_type: str, *, time_zone: str = "UTC") -> object:
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = '{time_zone}'")
        connection.execute(f"CREATE TABLE given (raw {raw_type})")
        connection.execute("INSERT INTO given VALUES (?)", [value])
        sql = typed(Column("x", kind), "raw", raw_type)
        ((found, found_type),) = connection.execute(
            f"SELECT value, typeof(value) FROM (SELECT {sql} AS value FROM given)"
        ).fetchall()
    assert found_type == sql_type(kind)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31 12:00:00Z", NOON),
        ("2026-01-31T12:00:00", NOON),
        ("2026-01-31 12:00:00", NOON),
        ("2026-01-31T12:00", NOON),
        (" 2026-01-31T12:00:00Z ", NOON),
        ("2026-01-31T14:00:00+02:00", NOON),
        ("2026-01-31T14:00:00+02", NOON),
        ("2026-01-31 14:00:00+0200", NOON),
        ("2026-01-31T06:30:00-05:30", NOON),
        ("2026-02-01T01:00:00+13:00", NOON),
        ("2026-01-31T12:00:00+00:00", NOON),
        ("2026-01-31T12:00:00-00:00", NOON),
        ("2026-01-31T12:00:00.25Z", NOON + 250_000),
        ("2026-01-31T12:00:00.123456789Z", NOON + 123_456),
        ("2026-01-31T14:00:00.000001+02:00", NOON + 1),
        ("2026-01-31", NOON - 12 * 3_600_000_000),
        (str(NOON), NOON),
    ],
)
@pytest.mark.parametrize("time_zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_a_time_as_text_is_read_in_utc_whatever_the_sessions_zone(
    text: str, expected: int, time_zone: str
) -> None:
    assert _typed(Kind.INSTANT, text, "VARCHAR", time_zone=time_zone) == expected


@pytest.mark.parametrize(
    "text",
    ["", "now", "yesterday", "2026-02-30", "2026-01-31T25:00:00Z", "31.01.2026", "2026-01", "-5", "1.5",
     "2026-01-31T12:00:00 Europe/Berlin", "2026-01-31T12:00:00+", "infinity", "2026-01-31-05", "epoch"],
)  # fmt: skip
def test_a_text_that_is_no_time_is_null(text: str) -> None:
    assert _typed(Kind.INSTANT, text, "VARCHAR") is None


@pytest.mark.parametrize(
    ("value", "raw_type", "expected"),
    [
        (NOON, "BIGINT", NOON),
        (NOON, "UBIGINT", NOON),
        (datetime(2026, 1, 31, 12), "TIMESTAMP", NOON),
        (datetime(2026, 1, 31, 12), "TIMESTAMP_S", NOON),
        (datetime(2026, 1, 31, 12, 0, 0, 250_000), "TIMESTAMP_MS", NOON + 250_000),
        (datetime(2026, 1, 31, 12, 0, 0, 1), "TIMESTAMP_NS", NOON + 1),
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "TIMESTAMP WITH TIME ZONE", NOON),
        (date(2026, 1, 31), "DATE", NOON - 12 * 3_600_000_000),
        (True, "BOOLEAN", None),
        (1.5, "DOUBLE", None),
        ("infinity", "TIMESTAMP", None),
        ("infinity", "DATE", None),
        ("infinity", "TIMESTAMP WITH TIME ZONE", None),
        (None, "TIMESTAMP", None),
    ],
)
@pytest.mark.parametrize("time_zone", ["UTC", "America/New_York"])
def test_a_typed_time_is_read_in_utc(
    value: object, raw_type: str, expected: int | None, time_zone: str
) -> None:
    assert _typed(Kind.INSTANT, value, raw_type, time_zone=time_zone) == expected


@pytest.mark.parametrize(
    ("value", "raw_type", "expected"),
    [
        ("12", "VARCHAR", 12),
        (" 12 ", "VARCHAR", 12),
        ("+12", "VARCHAR", 12),
        ("-12", "VARCHAR", -12),
        ("12.0", "VARCHAR", 12),
        ("3.7", "VARCHAR", None),
        ("1e3", "VARCHAR", None),
        ("0x10", "VARCHAR", None),
        ("1_000", "VARCHAR", None),
        ("", "VARCHAR", None),
        ("many", "VARCHAR", None),
        ("99999999999999999999", "VARCHAR", None),
        (12, "TINYINT", 12),
        (12, "UINTEGER", 12),
        (2**70, "HUGEINT", None),
        (12.0, "DOUBLE", 12),
        (3.7, "DOUBLE", None),
        (-0.5, "FLOAT", None),
        (float("nan"), "DOUBLE", None),
        (float("inf"), "DOUBLE", None),
        (Decimal("12.00"), "DECIMAL(9,2)", 12),
        (Decimal("12.50"), "DECIMAL(9,2)", None),
        (True, "BOOLEAN", None),
        (date(2026, 1, 1), "DATE", None),
        (None, "INTEGER", None),
    ],
)
def test_a_count_is_a_whole_number_or_null(value: object, raw_type: str, expected: int | None) -> None:
    assert _typed(Kind.COUNT, value, raw_type) == expected


@pytest.mark.parametrize(
    ("value", "raw_type", "expected"),
    [
        ("0.25", "VARCHAR", 0.25),
        ("1e-3", "VARCHAR", 0.001),
        ("nan", "VARCHAR", None),
        ("inf", "VARCHAR", None),
        ("-infinity", "VARCHAR", None),
        ("0,25", "VARCHAR", None),
        (0.25, "DOUBLE", 0.25),
        (float("nan"), "DOUBLE", None),
        (float("-inf"), "FLOAT", None),
        (Decimal("0.25"), "DECIMAL(4,2)", 0.25),
        (1, "INTEGER", 1.0),
        (True, "BOOLEAN", None),
    ],
)
def test_a_rate_is_a_finite_number_or_null(value: object, raw_type: str, expected: float | None) -> None:
    assert _typed(Kind.RATE, value, raw_type) == expected


@pytest.mark.parametrize(
    ("value", "raw_type", "expected"),
    [
        ("12.3456", "VARCHAR", Decimal("12.3456")),
        ("-1", "VARCHAR", Decimal("-1.0000")),
        ("nan", "VARCHAR", None),
        ("1e20", "VARCHAR", None),
        ("$5", "VARCHAR", None),
        (0.1, "DOUBLE", Decimal("0.1000")),
        (float("nan"), "DOUBLE", None),
        (float("inf"), "DOUBLE", None),
        (Decimal("9.99"), "DECIMAL(9,2)", Decimal("9.9900")),
        (7, "BIGINT", Decimal("7.0000")),
        (True, "BOOLEAN", None),
    ],
)
def test_money_is_an_exact_decimal_or_null(value: object, raw_type: str, expected: Decimal | None) -> None:
    assert _typed(Kind.MONEY, value, raw_type) == expected


@pytest.mark.parametrize(
    ("value", "raw_type", "expected"),
    [
        ("true", "VARCHAR", True),
        ("False", "VARCHAR", False),
        ("1", "VARCHAR", True),
        ("0", "VARCHAR", False),
        ("perhaps", "VARCHAR", None),
        ("", "VARCHAR", None),
        (True, "BOOLEAN", True),
        (0, "INTEGER", False),
        (0.5, "DOUBLE", None),
    ],
)
def test_a_flag_is_true_false_or_null(value: object, raw_type: str, expected: bool | None) -> None:
    assert _typed(Kind.FLAG, value, raw_type) is expected


@pytest.mark.parametrize(
    ("value", "raw_type", "expected"),
    [("x", "VARCHAR", "x"), (" x ", "VARCHAR", " x "), ("", "VARCHAR", None), (17, "BIGINT", "17")],
)
def test_a_text_is_kept_as_it_is_and_nothing_is_null(
    value: object, raw_type: str, expected: str | None
) -> None:
    assert _typed(Kind.TEXT, value, raw_type) == expected

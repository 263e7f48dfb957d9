from features.checks import checks_of
from features.contracts import TABLES, Kind
from features.engine import Engine


def test_every_column_is_checked_for_its_kind_and_every_rule_is_kept() -> None:
    for table in TABLES.values():
        checks = checks_of(table)
        assert {check.column for check in checks if check.reason == "wrong_type"} == {
            column.name for column in table.columns
        }
        assert {rule.reason for rule in table.rules} <= {check.reason for check in checks}


def test_a_reason_and_a_column_name_one_check_of_a_table() -> None:
    for table in TABLES.values():
        names = [(check.reason, check.column) for check in checks_of(table)]
        assert len(names) == len(set(names))


def test_every_instant_has_a_range_and_every_reference_a_lookup() -> None:
    for table in TABLES.values():
        by_reason = {(check.reason, check.column) for check in checks_of(table)}
        for column in table.columns:
            assert (("time_out_of_range", column.name) in by_reason) == (column.kind is Kind.INSTANT)
            if column.references:
                assert (f"unknown_{column.references.removesuffix('s')}", column.name) in by_reason


def test_the_range_of_times_tells_microseconds_from_seconds_and_nanoseconds(engine: Engine) -> None:
    checks = {(check.reason, check.column): check for check in checks_of(TABLES["creators"])}
    check = checks["time_out_of_range", "joined_at"]
    now = 1_767_225_600
    found = engine.rows(
        f"SELECT {check.bad_when} FROM (VALUES ({now}), ({now * 10**6}), ({now * 10**9})) AS t(joined_at)"
    )
    assert found == [(True,), (False,), (True,)]

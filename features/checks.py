"""The checks that a contract implies, each as one SQL condition over typed columns."""

from collections.abc import Iterator

from features.contracts import Check, Column, Kind, Table

# How reasons begin that only follow from another bad row.
CONSEQUENCE = "quarantined_"
# Times before 1990 or after 2100 are seconds or nanoseconds read as microseconds.
_EARLIEST, _LATEST = 631_152_000_000_000, 4_102_444_800_000_000


def checks_of(table: Table) -> list[Check]:
    """All checks of a table, in the order in which they are tried.

    Conditions read the typed columns by name, the raw ones as `raw_<name>`; `known_<name>` is null where
    a reference has no target, and `valid_<name>` false where that target is in quarantine.
    """
    checks = [check for column in table.columns for check in _column_checks(table, column)]
    checks += table.rules
    if any(column.name == "content_id" for column in table.columns):
        checks.append(
            Check(
                "content_of_another_creator",
                "content_id",
                "content_owner IS DISTINCT FROM creator_id AND content_owner IS NOT NULL",
                "a content belongs to one creator; mend creator_id or content_id",
            )
        )
    return checks


def _column_checks(table: Table, column: Column) -> Iterator[Check]:
    name = column.name
    yield Check("wrong_type", name, f"raw_{name} IS NOT NULL AND {name} IS NULL", f"it must be {column.kind}")
    if not column.optional:
        reason = "null_key" if name in table.key else "null_value"
        yield Check(reason, name, f"{name} IS NULL", f"every row needs a {name} ({column.kind})")
    if column.minimum is not None:
        least = f"it must be at least {column.minimum:g}"
        yield Check("negative", name, f"{name} < 0", least)
        if column.minimum > 0:
            yield Check("too_small", name, f"{name} < {column.minimum}", least)
    if column.maximum is not None:
        yield Check("too_large", name, f"{name} > {column.maximum}", f"it must be at most {column.maximum:g}")
    if column.longest is not None:
        most = f"it must have at most {column.longest:,} bytes of UTF-8"
        yield Check("too_long", name, f"strlen({name}) > {column.longest}", most)
    if column.kind is Kind.INSTANT:
        yield Check(
            "time_out_of_range",
            name,
            f"{name} NOT BETWEEN {_EARLIEST} AND {_LATEST}",
            "times lie between 1990 and 2100; a number is read as microseconds of UTC",
        )
    if column.kind is Kind.TEXT and not column.allowed:
        yield Check("control_character", name, f"contains({name}, chr(0))", "take out the NUL character")
    if column.allowed:
        values = ", ".join(f"'{value}'" for value in column.allowed)
        yield Check("not_allowed", name, f"{name} NOT IN ({values})", f"it must be one of {values}")
    if column.references is not None:
        kind = column.references.removesuffix("s")
        yield Check(
            f"unknown_{kind}",
            name,
            f"{name} IS NOT NULL AND known_{name} IS NULL",
            f"add it to the table {column.references}, or drop the row",
        )
        yield Check(
            f"{CONSEQUENCE}{kind}",
            name,
            f"NOT valid_{name}",
            f"its own row in the table {column.references} is bad; mend that one and this one is good",
        )

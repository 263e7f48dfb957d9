"""What validation found, and how it reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from recsys.errors import DataError


@dataclass(frozen=True, slots=True)
class Problem:
    """All bad rows of one table with one reason, and the first of them."""

    table: str
    reason: str
    column: str
    count: int
    first_file: str
    first_row: int
    first_value: str | None
    remedy: str

    def __str__(self) -> str:
        value = "null" if self.first_value is None else repr(self.first_value)
        more = f" (and {self.count - 1:,} more rows)" if self.count > 1 else ""
        return (
            f"table {self.table}, {self.first_file} row {self.first_row}, column {self.column}: {value} is "
            f"{self.reason}{more}; {self.remedy}"
        )


@dataclass(frozen=True, slots=True)
class TableReport:
    """What was read of one table: `states` counts good rows, of which the newest of each key count."""

    table: str
    rows: int
    states: int
    keys: int
    problems: tuple[Problem, ...]

    @property
    def bad(self) -> int:
        """Rows in quarantine."""
        return self.rows - self.states


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What was read of an export; `data_digest` is the hash of its files."""

    data_digest: str
    tables: tuple[TableReport, ...]

    def problems(self) -> list[Problem]:
        """All problems, table by table."""
        return [problem for table in self.tables for problem in table.problems]

    def require(self, allowed_share: float) -> None:
        """Raise `DataError` where a table has a larger share of bad rows than allowed."""
        beyond = [table for table in self.tables if table.bad > allowed_share * table.rows]
        if beyond:
            problems = [problem for table in beyond for problem in table.problems]
            raise DataError(_refusal(beyond, problems, allowed_share))


def _refusal(tables: Sequence[TableReport], problems: Sequence[Problem], allowed_share: float) -> str:
    shares = ", ".join(f"{table.table} {table.bad:,} of {table.rows:,}" for table in tables)
    lines = [f"bad rows beyond the allowed share of {allowed_share:.2%}: {shares}"]
    lines += [f"  {problem}" for problem in problems]
    lines.append("mend the rows, or allow a share of them with --allow-bad-share (they stay in quarantine)")
    return "\n".join(lines)

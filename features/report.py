"""What validation found, and how it reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from features.checks import CONSEQUENCE
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

    @property
    def follows(self) -> bool:
        """Does it only follow from another bad row."""
        return self.reason.startswith(CONSEQUENCE)

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

    @property
    def faulty(self) -> int:
        """Rows in quarantine for a fault of their own, not only because a row they refer to is there."""
        return sum(problem.count for problem in self.problems if not problem.follows)


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What was read of an export; `data_digest` is the hash of its files."""

    data_digest: str
    tables: tuple[TableReport, ...]

    def problems(self) -> list[Problem]:
        """All problems, table by table."""
        return [problem for table in self.tables for problem in table.problems]

    def require_catalog(self) -> None:
        """Raise `DataError` where there is no good creator or no good product."""
        for table in self.tables:
            if table.table in ("creators", "products") and not table.states:
                lines = [
                    f"table {table.table} holds no good row of {table.rows:,}; nothing can be built on it"
                ]
                raise DataError("\n".join([*lines, *(f"  {problem}" for problem in table.problems)]))

    def require(self, allowed_share: float) -> None:
        """Raise `DataError` where a table has a larger share of faulty rows than allowed.

        Rows that only refer to a bad row do not count: their share says nothing of their own table.
        """
        beyond = [table for table in self.tables if table.faulty > allowed_share * table.rows]
        if beyond:
            problems = [problem for table in beyond for problem in table.problems]
            raise DataError(_refusal(beyond, problems, allowed_share))


def _refusal(tables: Sequence[TableReport], problems: Sequence[Problem], allowed_share: float) -> str:
    shares = ", ".join(f"{table.table} {table.faulty:,} of {table.rows:,}" for table in tables)
    lines = [f"bad rows beyond the allowed share of {allowed_share:.2%}: {shares}"]
    lines += [f"  {problem}" for problem in problems]
    lines.append("mend the rows, or allow a share of them with --allow-bad-share (they stay in quarantine)")
    return "\n".join(lines)

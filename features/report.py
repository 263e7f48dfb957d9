"""What validation found, and how it reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from features.checks import CONSEQUENCE
from features.contracts import TABLES
from recsys.errors import DataError


@dataclass(frozen=True, slots=True)
class Fault:
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
    """What was read of one table, of whose `rows` each is bad, repeated, superseded, or a state of its key.

    `good` rows are not in quarantine. `repeated` ones equal another row, `superseded` ones never hold, since
    a row of their key with greater values is known from the same time. `ignored` are the columns that
    the contract does not know, `absent` the optional ones that the export does not have.
    """

    table: str
    rows: int
    good: int
    repeated: int = 0
    superseded: int = 0
    keys: int = 0
    faults: tuple[Fault, ...] = ()
    ignored: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def bad(self) -> int:
        """Rows in quarantine."""
        return self.rows - self.good

    @property
    def states(self) -> int:
        """Rows that hold for a time; of each key the newest holds now."""
        return self.good - self.repeated - self.superseded

    @property
    def faulty(self) -> int:
        """Rows in quarantine for a fault of their own, not only because a row they refer to is there."""
        return sum(fault.count for fault in self.faults if not fault.follows)

    def notes(self) -> list[str]:
        """What was left out or filled without a fault of any row."""
        notes = []
        if self.ignored:
            notes.append(f"table {self.table}: unknown columns are ignored: {', '.join(self.ignored)}")
        if self.absent:
            columns = (TABLES[self.table].column(name) for name in self.absent)
            filled = ", ".join(f"{column.name} = {column.default or 'null'}" for column in columns)
            notes.append(f"table {self.table}: absent columns are filled: {filled}")
        return notes

    def __str__(self) -> str:
        return (
            f"table {self.table}: {self.rows:,} rows read, {self.bad:,} bad, {self.repeated:,} repeated, "
            f"{self.superseded:,} superseded, {self.states:,} states of {self.keys:,} keys"
        )


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What was read of an export; `data_digest` is the hash of its files or frames."""

    data_digest: str
    tables: tuple[TableReport, ...]

    def faults(self) -> list[Fault]:
        """All faults, table by table."""
        return [fault for table in self.tables for fault in table.faults]

    def notes(self) -> list[str]:
        """All that was left out or filled without a fault of any row, table by table."""
        return [note for table in self.tables for note in table.notes()]

    def __str__(self) -> str:
        return "\n".join(str(line) for line in (*self.tables, *self.notes(), *self.faults()))

    def require_catalog(self) -> None:
        """Raise `DataError` where there is no good creator or no good product."""
        for table in self.tables:
            if table.table in ("creators", "products") and not table.good:
                lines = [
                    f"table {table.table} holds no good row of {table.rows:,}; nothing can be built on it"
                ]
                raise DataError("\n".join([*lines, *(f"  {fault}" for fault in table.faults)]))

    def require(self, allowed_share: float) -> None:
        """Raise `DataError` where a table has a larger share of faulty rows than allowed.

        Rows that only refer to a bad row do not count: their share says nothing of their own table.
        """
        beyond = [table for table in self.tables if table.faulty > allowed_share * table.rows]
        if beyond:
            faults = [fault for table in beyond for fault in table.faults]
            raise DataError(_refusal(beyond, faults, allowed_share))


def _refusal(tables: Sequence[TableReport], faults: Sequence[Fault], allowed_share: float) -> str:
    shares = ", ".join(f"{table.table} {table.faulty:,} of {table.rows:,}" for table in tables)
    lines = [f"bad rows beyond the allowed share of {allowed_share:.2%}: {shares}"]
    lines += [f"  {fault}" for fault in faults]
    lines.append("mend the rows, or allow a share of them with --allow-bad-share (they stay in quarantine)")
    return "\n".join(lines)

"""Typed columns of a table before they meet a file format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.simulation.arrays import Flags, Floats, Integers

Kind: TypeAlias = Literal["integer", "number", "flag", "time", "id", "label"]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Values of one column; an `id` holds numbers behind a prefix, a `label` positions in `names`."""

    kind: Kind
    values: NDArray[Any]
    missing: Flags | None = None
    prefix: str = ""
    width: int = 0
    names: tuple[str, ...] = ()

    def take(self, rows: Integers) -> Column:
        """The column at `rows`."""
        missing = None if self.missing is None else self.missing[rows]
        return replace(self, values=self.values[rows], missing=missing)


Table: TypeAlias = Mapping[str, Column]


def take(table: Table, rows: Integers) -> Table:
    """The table at `rows`."""
    return {name: column.take(rows) for name, column in table.items()}


def concatenate(tables: Sequence[Table]) -> Table:
    """Tables of the same columns one after another; there must be at least one."""
    return {name: _join([table[name] for table in tables]) for name in tables[0]}


def _join(parts: Sequence[Column]) -> Column:
    if all(part.missing is None for part in parts):
        missing = None
    else:
        missing = np.concatenate(
            [np.zeros(len(part.values), np.bool_) if part.missing is None else part.missing for part in parts]
        )
    return replace(parts[0], values=np.concatenate([part.values for part in parts]), missing=missing)


def integers(values: NDArray[Any], missing: Flags | None = None) -> Column:
    """Whole numbers."""
    return Column("integer", values.astype(np.int64, copy=False), missing)


def numbers(values: Floats) -> Column:
    """Real numbers."""
    return Column("number", values)


def flags(values: Flags) -> Column:
    """Booleans."""
    return Column("flag", values)


def times(values: Integers, missing: Flags | None = None) -> Column:
    """Instants in microseconds of UTC."""
    return Column("time", values, missing)


def ids(prefix: str, width: int, values: Integers) -> Column:
    """Texts such as `c000123`: a prefix and a number of at least `width` digits."""
    return Column("id", values, prefix=prefix, width=width)


def labels(names: Sequence[str], values: NDArray[Any], missing: Flags | None = None) -> Column:
    """Texts out of `names`."""
    return Column("label", values.astype(np.int64, copy=False), missing, names=tuple(names))


def creator_ids(values: Integers) -> Column:
    """`c000123`."""
    return ids("c", 6, values)


def product_ids(values: Integers) -> Column:
    """`p00042`."""
    return ids("p", 5, values)


def content_ids(values: Integers) -> Column:
    """`v0001234`."""
    return ids("v", 7, values)

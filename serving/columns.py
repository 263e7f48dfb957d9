"""Columns of a release's tables as arrays, so that a filter is one comparison and not a loop over rows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.arrays import Bool, Float64, Int32, Int64

NULL_CODE = -1


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A dictionary-encoded text column: `codes` points into the distinct `values`, -1 where it is null.

    A condition on the text is asked once for each distinct value, not once for each row.
    """

    values: tuple[str, ...]
    codes: Int32

    def __getitem__(self, index: int) -> str | None:
        code = int(self.codes[index])
        return None if code == NULL_CODE else self.values[code]

    def require(self, index: int) -> str:
        """The text of a row of a column without nulls; raises `ValueError` where it is null."""
        text = self[index]
        if text is None:
            raise ValueError(f"row {index} of a column that must not be null is null")
        return text

    def where(self, condition: Callable[[str], bool]) -> Bool:
        """The rows whose text meets a condition; a null meets none."""
        # The last entry answers for nulls: their code is -1.
        answers = np.array([*map(condition, self.values), False], dtype=np.bool_)
        mask: Bool = answers[self.codes]
        return mask

    def equals(self, text: str) -> Bool:
        """The rows that hold exactly `text`."""
        return self.where(lambda value: value == text)


def text_column(table: pa.Table, name: str) -> TextColumn:
    """The text column `name`; raises `KeyError` where the table has none."""
    encoded = _combined(table, name).cast(pa.string()).dictionary_encode()
    codes = pc.fill_null(encoded.indices, NULL_CODE).to_numpy(zero_copy_only=False)
    return TextColumn(tuple(encoded.dictionary.to_pylist()), codes.astype(np.int32, copy=False))


def whole_numbers(table: pa.Table, name: str, if_null: int) -> Int64:
    """The column `name` as 64-bit integers; raises `KeyError` where the table has none."""
    filled = pc.fill_null(_combined(table, name).cast(pa.int64()), if_null)
    numbers: Int64 = filled.to_numpy(zero_copy_only=False)
    return numbers


def numbers(table: pa.Table, name: str) -> Float64:
    """The column `name`, which has no nulls, as doubles; raises `KeyError` where the table has none."""
    values: Float64 = _combined(table, name).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return values


def flags(table: pa.Table, name: str, if_null: bool) -> Bool:
    """The column `name` as booleans; raises `KeyError` where the table has none."""
    filled = pc.fill_null(_combined(table, name).cast(pa.bool_()), if_null)
    mask: Bool = filled.to_numpy(zero_copy_only=False)
    return mask


def nulls(table: pa.Table, name: str) -> Bool:
    """The rows in which the column `name` is null."""
    mask: Bool = _combined(table, name).is_null().to_numpy(zero_copy_only=False)
    return mask


def _combined(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)

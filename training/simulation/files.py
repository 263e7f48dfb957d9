"""Tables as Parquet or CSV files, byte for byte the same for the same values."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from training.simulation.columns import Column, Table

FileFormat: TypeAlias = Literal["parquet", "csv"]


def write_table(path: Path, table: Table, file_format: FileFormat) -> int:
    """Writes one table and returns its number of rows."""
    arrow = pa.table({name: _arrow(column) for name, column in table.items()})
    if file_format == "csv":
        pa_csv.write_csv(_iso_times(arrow), path)
    else:
        pq.write_table(arrow, path, compression="zstd", compression_level=1, row_group_size=1 << 20)
    return int(arrow.num_rows)


# pyarrow publishes no types, so its values are `object` here.
def _arrow(column: Column) -> object:
    values = column.values
    if column.kind == "label":
        return pa.array(column.names, pa.string()).take(pa.array(values, mask=column.missing))
    if column.kind == "id":
        digits = pc.utf8_lpad(pc.cast(pa.array(values), pa.string()), column.width, "0")
        return pc.binary_join_element_wise(column.prefix, digits, "")
    if column.kind == "time":
        return pa.array(values, pa.int64(), mask=column.missing).cast(pa.timestamp("us", tz="UTC"))
    return pa.array(values, mask=column.missing)


def _iso_times(table: object) -> object:
    arrow = pa.table(table)
    for position, field in enumerate(arrow.schema):
        if pa.types.is_timestamp(field.type):
            text = pc.strftime(arrow.column(position), format="%Y-%m-%dT%H:%M:%SZ")
            arrow = arrow.set_column(position, field.name, text)
    return arrow

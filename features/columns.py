"""Columns of small query results as arrays."""

from typing import cast

import pyarrow as pa

from recsys.arrays import Float64


def numbers(table: pa.Table, name: str) -> Float64:
    """A column as doubles, nothing standing for 0."""
    # Whole numbers beyond 2⁵³ lose their last digits and not the night.
    values = table[name].cast(pa.float64(), safe=False).fill_null(0.0).to_numpy()
    return cast(Float64, values)

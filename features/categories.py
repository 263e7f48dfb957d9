"""Codes of product categories: as serving numbers them, by the first product of each."""

from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.arrays import Int32


def category_names(products: pa.Table) -> pa.Array:
    """The distinct categories of `products`; the code of a category is its place in them."""
    return products["category"].unique()


def category_codes(column: pa.ChunkedArray, names: pa.Array) -> Int32:
    """The code of each row of a column of categories, all of which are in `names`."""
    codes = pc.index_in(column.combine_chunks(), names)
    return cast(Int32, codes.to_numpy(zero_copy_only=False).astype(np.int32))

"""Brands of a catalog, numbered in the order of the bytes of their ids."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.arrays import Int32


def brand_names(products: pa.Table) -> list[str]:
    """The distinct brands in the order of their bytes."""
    names = pc.unique(products["brand_id"])
    sorted_names: list[str] = names.take(pc.sort_indices(names)).to_pylist()
    return sorted_names


def brand_codes(products: pa.Table) -> Int32:
    """The brand of each product, by its place among `brand_names`."""
    codes = pc.index_in(products["brand_id"], pa.array(brand_names(products), pa.string()))
    return np.asarray(codes.to_numpy(), dtype=np.int32)

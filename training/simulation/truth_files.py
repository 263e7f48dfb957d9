"""The truth on disk: vectors and parameters as Parquet, scalars as TOML; read back bit for bit.

`creators.parquet` and `products.parquet` have one row an entity in order of its number, `event_lift.parquet`
one row a day and leaf category, `trends.parquet` one row a product and day (to look at: the parameters of the
curve decide).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from training.simulation.arrays import Floats
from training.simulation.columns import Column, creator_ids, integers, labels, numbers, product_ids
from training.simulation.demand import Trends
from training.simulation.files import write_table
from training.simulation.taxonomy import LEAVES
from training.simulation.truth import Rates, Truth

_PRODUCT_NUMBERS = ("appeal", "conversion", "refund_rate", "price", "commission_rate")
_TREND_NUMBERS = tuple(field.name for field in fields(Trends))


def write_truth(folder: Path, truth: Truth) -> None:
    """Writes the files into an existing folder."""
    creators = np.arange(len(truth.taste))
    products = np.arange(len(truth.factor))
    days = np.arange(len(truth.event_lift))
    write_table(
        folder / "creators.parquet",
        {"creator_id": creator_ids(creators), "reach": numbers(truth.reach)}
        | _vector("taste", truth.taste)
        | _vector("growth", truth.growth),
        "parquet",
    )
    write_table(
        folder / "products.parquet",
        {
            "product_id": product_ids(products),
            "category": labels(LEAVES, truth.leaf),
            "listed_day": integers(truth.listed_day),
            "closed_day": integers(truth.closed_day),
        }
        | {name: numbers(getattr(truth, name)) for name in _PRODUCT_NUMBERS}
        | {name: numbers(getattr(truth.trends, name)) for name in _TREND_NUMBERS}
        | _vector("factor", truth.factor),
        "parquet",
    )
    write_table(
        folder / "trends.parquet",
        {
            "product_id": product_ids(np.repeat(products, len(days))),
            "day": integers(np.tile(days, len(products))),
            "trend": numbers(truth.trends.at(products[:, None], days[None, :]).ravel()),
        },
        "parquet",
    )
    write_table(
        folder / "event_lift.parquet",
        {
            "day": integers(np.repeat(days, len(LEAVES))),
            "category": labels(LEAVES, np.tile(np.arange(len(LEAVES)), len(days))),
            "lift": numbers(truth.event_lift.ravel()),
        },
        "parquet",
    )
    scalars = "".join(f"{name} = {value!r}\n" for name, value in asdict(truth.rates).items())
    (folder / "truth.toml").write_text(f"start = {truth.start.isoformat()}\n\n[rates]\n{scalars}", "utf-8")


def read_truth(folder: Path) -> Truth:
    """Reads what `write_truth` wrote; `folder` is the export's `truth`."""
    scalars: dict[str, Any] = tomllib.loads((folder / "truth.toml").read_text("utf-8"))
    creators = _read(folder / "creators.parquet")
    products = _read(folder / "products.parquet")
    start: date = scalars["start"]
    leaf_of = {name: position for position, name in enumerate(LEAVES)}
    return Truth(
        start=start,
        taste=_matrix("taste", creators),
        reach=creators["reach"],
        factor=_matrix("factor", products),
        appeal=products["appeal"],
        conversion=products["conversion"],
        refund_rate=products["refund_rate"],
        price=products["price"],
        commission_rate=products["commission_rate"],
        leaf=np.asarray([leaf_of[name] for name in products["category"]], dtype=np.int64),
        listed_day=products["listed_day"],
        closed_day=products["closed_day"],
        trends=Trends(**{name: products[name] for name in _TREND_NUMBERS}),
        event_lift=_read(folder / "event_lift.parquet")["lift"].reshape(-1, len(LEAVES)),
        growth=_matrix("growth", creators),
        rates=Rates(**scalars["rates"]),
    )


def _vector(name: str, matrix: Floats) -> dict[str, Column]:
    return {f"{name}_{d}": numbers(np.ascontiguousarray(matrix[:, d])) for d in range(matrix.shape[1])}


def _matrix(name: str, columns: Mapping[str, np.ndarray[Any, Any]]) -> Floats:
    dimensions = sum(column.startswith(f"{name}_") for column in columns)
    return np.column_stack([columns[f"{name}_{d}"] for d in range(dimensions)])


def _read(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    table = pq.read_table(path)
    return {name: table.column(name).to_numpy() for name in table.column_names}

"""An export with as little in it as the contract allows, at the size of a real one.

One price, one category, no clicks, a horizon of two days: what a marketplace sends first. The most active
creators have hundreds of rows, most a few; products alike.
"""

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.export import Settings
from recsys.arrays import Int64
from recsys.split import DAY_US

SETTINGS: Final = Settings(
    currency="USD",
    horizon_days=2,
    half_life_days=30,
    reason="A horizon of two days, as one real export had it.",
)
BEGIN: Final = 1_767_225_600_000_000
DAYS: Final = 60


def write_plain(
    folder: Path, *, creators: int = 31_000, products: int = 31_000, rows: int = 340_000, seed: int = 0
) -> Path:
    """Write an export of `rows` engagement rows, a fifth of them with a sale; answers the folder."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    (folder / "marketplace.toml").write_text(SETTINGS.toml(), encoding="utf-8")
    creator, product = _long_tailed(rng, creators, rows), _long_tailed(rng, products, rows)
    day = rng.integers(0, DAYS - 1, rows)
    content = pa.array([f"v{row}" for row in range(rows)])
    _write(
        folder,
        "creators",
        {"creator_id": _ids("c", np.arange(creators)), "follower_count": rng.integers(0, 10_000, creators)},
    )
    _write(
        folder,
        "products",
        {
            "product_id": _ids("p", np.arange(products)),
            "brand_id": pa.array(["b"] * products),
            "category": pa.array(["all"] * products),
            "price": np.full(products, 10.0),
            "commission_rate": np.full(products, 0.1),
        },
    )
    moment = BEGIN + day * DAY_US
    pairs = {"creator_id": _ids("c", creator), "product_id": _ids("p", product), "content_id": content}
    _write(
        folder,
        "engagement",
        pairs
        | {
            "period_start": moment,
            "views": rng.integers(1, 200, rows),
            "product_clicks": np.zeros(rows, dtype=np.int64),
        },
    )
    sold = np.flatnonzero(rng.random(rows) < 0.2)
    ordered = moment[sold] + rng.integers(0, DAY_US, len(sold))
    _write(
        folder,
        "sales",
        {name: column.take(pa.array(sold)) for name, column in pairs.items()}
        | {
            "sale_id": _ids("s", np.arange(len(sold))),
            "ordered_at": ordered,
            "quantity": np.ones(len(sold), dtype=np.int64),
            "amount": np.full(len(sold), 10.0),
            "commission_rate": np.full(len(sold), 0.1),
            "updated_at": ordered,
        },
    )
    return folder


def _long_tailed(rng: np.random.Generator, n: int, rows: int) -> Int64:
    """Draws from 0 … n − 1 with weights `1 / √rank`."""
    weights = 1.0 / np.sqrt(np.arange(1, n + 1))
    return rng.choice(n, size=rows, p=weights / weights.sum())


def _ids(prefix: str, numbers: Int64) -> pa.Array:
    return pa.array([f"{prefix}{number:06d}" for number in numbers])


def _write(folder: Path, name: str, columns: dict[str, object]) -> None:
    pq.write_table(pa.table(columns), folder / f"{name}.parquet")

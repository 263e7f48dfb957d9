"""RetailRocket's own split: one held-out purchase a user, models chosen on the last purchase before it."""

import shutil
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from benchmarks.contest import Split
from benchmarks.known import Known, read_known
from features.build import FeatureSet
from recsys.arrays import CSR, csr
from training.holdout import Holdout

PAIR: Final = ["creator_id", "product_id"]


def read_held_out(export: Path, test_buy: Path, home: Path) -> Split:
    """The test asks for the buys of `test_buy`, the validation for each user's last sale of the export.

    Whoever made the split stripped all traces of the held-out pairs, views and carts too. So the validation
    hides its pairs whole, and what a user has touched is barred from every list: it is never the answer.
    """
    everything = read_known(export, home)
    left = home / "left"
    shutil.rmtree(left, ignore_errors=True)
    hidden = hide_last_sales(export, left)
    return Split(
        "retailrocket, held-out purchase",
        "One held-out buy of each user. Chosen on the last buy before it, hidden with its views and carts.",
        _judged(read_known(left, home, everything.as_of), hidden),
        _judged(everything, read_test_buy(test_buy)),
    )


def hide_last_sales(export: Path, left: Path) -> pd.DataFrame:
    """Copy an export without the pair that each creator sold last; answers these pairs."""
    shutil.copytree(export, left)
    sales = pd.read_parquet(export / "sales.parquet")
    # Of several in one order the greatest id, so that the choice depends on nothing else.
    hidden = sales.sort_values(["ordered_at", "product_id"]).groupby("creator_id").tail(1)
    pairs = pd.MultiIndex.from_frame(hidden[PAIR])
    for name in ("sales", "engagement"):
        table = pd.read_parquet(export / f"{name}.parquet")
        kept = table[~pd.MultiIndex.from_frame(table[PAIR]).isin(pairs)]
        kept.to_parquet(left / f"{name}.parquet", index=False)
    return hidden[PAIR]


def read_test_buy(path: Path) -> pd.DataFrame:
    """The held-out pairs under the ids of the export."""
    pairs = pd.read_csv(path, sep="\t", dtype=str)
    return pd.DataFrame({"creator_id": "u" + pairs["user"], "product_id": "i" + pairs["item"]})


def _judged(known: Known, pairs: pd.DataFrame) -> Holdout:
    features = known.features
    return Holdout.of(features, _relevant(features, pairs), features.affinity.values)


def _relevant(features: FeatureSet, pairs: pd.DataFrame) -> CSR:
    """The pairs as a matrix, less those with any history: these are barred from every list."""
    creators = features.affinity.creators.find_all(pairs["creator_id"].tolist())
    products = features.affinity.products.find_all(pairs["product_id"].tolist())
    asked = csr(np.ones(len(pairs)), creators, products, features.sold_units.shape)
    new: CSR = asked - asked.multiply(features.rows.affinity.sign()).tocsr()
    new.eliminate_zeros()
    return new

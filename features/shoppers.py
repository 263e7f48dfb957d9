"""Who buys through whom: shoppers by the creators and brands that they bought from."""

import numpy as np
import pyarrow as pa

from features.brands import brand_codes, brand_names
from features.snapshot import Snapshot
from recsys.arrays import Int64
from recsys.audience import BuyerSets
from recsys.campaign import Shoppers

# Two fingerprints of 64 bits each: of a billion kinds of shopper none will be taken for another.
_FINGERPRINTS = (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)


def purchases_sql(sales: str, since: int) -> str:
    """SQL of what each buyer took of each product through each creator, buyers numbered from 0.

    `before` and `after` say whether some of it was bought up to, or after, `since`.
    """
    return f"""
        SELECT CAST(DENSE_RANK() OVER (ORDER BY buyer_id) - 1 AS BIGINT) AS buyer, creator_index,
            product_index, units, first_at <= {since} AS before, last_at > {since} AS after
        FROM (
            SELECT buyer_id, creator_index, product_index, CAST(SUM(net_quantity) AS BIGINT) AS units,
                MIN(ordered_at) AS first_at, MAX(ordered_at) AS last_at
            FROM {sales} WHERE buyer_id IS NOT NULL AND net_quantity > 0
            GROUP BY buyer_id, creator_index, product_index
        ) AS purchases
    """


def build_shoppers(snapshot: Snapshot, products: pa.Table, horizon: int) -> Shoppers:
    """The shoppers known at the instant; `products` are in the order of their indexes.

    `horizon` is in microseconds. Equal sales give equal bytes, whatever the buyers are called.
    """
    found = snapshot.engine.table(purchases_sql(snapshot.sales, snapshot.instant - horizon))
    buyer, creator = (found[name].to_numpy().astype(np.int64) for name in ("buyer", "creator_index"))
    brand = brand_codes(products).astype(np.int64)[found["product_index"].to_numpy()]
    n_creators, n_brands = snapshot.shape[0], len(brand_names(products))
    owners = np.concatenate([creator, n_creators + brand])
    buyers = np.concatenate([buyer, buyer])
    starts, members, sizes = _kinds(buyers, owners, n_creators + n_brands)
    units = found["units"].to_numpy()
    end = int(starts[n_creators])
    return Shoppers(
        by_creator=BuyerSets(starts[: n_creators + 1], members[:end]),
        by_brand=BuyerSets(starts[n_creators:] - end, members[end:]),
        sizes=sizes,
        units_each=float(units.sum() / len(units)) if len(units) else 1.0,
        interest=_interest(buyer, found),
    )


def _kinds(buyers: Int64, owners: Int64, n_owners: int) -> tuple[Int64, "np.typing.NDArray[np.int32]", Int64]:
    """Kinds of buyer by their owners: where those of each owner begin, these, and how many are of each."""
    n_buyers = int(buyers.max(initial=-1)) + 1
    pairs = np.unique(buyers * n_owners + owners)
    buyers, owners = np.divmod(pairs, n_owners) if n_owners else (pairs, pairs)
    begins = np.searchsorted(buyers, np.arange(n_buyers))
    prints = [
        np.add.reduceat(_mixed(owners, seed), begins) if n_buyers else np.zeros(0, dtype=np.uint64)
        for seed in _FINGERPRINTS
    ]
    order = np.lexsort(prints)
    new = np.ones(n_buyers, dtype=np.bool_)
    new[1:] = np.logical_or.reduce([np.diff(values[order]) != 0 for values in prints])
    kind = np.empty(n_buyers, dtype=np.int64)
    kind[order] = np.cumsum(new) - 1
    n_kinds = int(new.sum())
    sizes = np.bincount(kind, minlength=n_kinds).astype(np.int64)
    cells = np.unique(owners * max(n_kinds, 1) + kind[buyers])
    owner, member = np.divmod(cells, max(n_kinds, 1))
    starts = np.searchsorted(owner, np.arange(n_owners + 1)).astype(np.int64)
    return starts, member.astype(np.int32), sizes


def _mixed(owners: Int64, seed: int) -> "np.typing.NDArray[np.uint64]":
    """A random-looking number of each owner: SplitMix64 (Steele, Lea, Flood 2014)."""
    mixed = (owners.astype(np.uint64) + np.uint64(1)) * np.uint64(seed)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _interest(buyer: Int64, found: pa.Table) -> float:
    """Of those who had bought before the last horizon the share that bought within it; 1 of nobody."""
    before, after = (found[name].to_numpy(zero_copy_only=False) for name in ("before", "after"))
    known = np.unique(buyer[before])
    again = np.intersect1d(known, np.unique(buyer[after]), assume_unique=True)
    return len(again) / len(known) if len(known) and len(again) else 1.0

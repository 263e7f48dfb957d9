"""Builds everything the models eat, as it was known at one instant."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from features.attributes import Attributes, creator_attributes, product_attributes
from features.contracts import CREATORS, PRODUCTS, Table
from features.decay import microseconds
from features.momentum import PAST_UNITS, creator_sales_sql, product_momentum_sql
from features.pairs import PairTotals, read_pairs
from features.settings import MarketplaceSettings
from features.snapshot import Snapshot
from features.valuation import build_context
from features.weighting import AffinityFunction
from recsys.affinity import AffinityMatrix
from recsys.arrays import CSR, Bool, csr
from recsys.models.contract import CreatorRows, TrainingData
from recsys.value.context import PairContext


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """Matrices and tables aligned by creator and product index.

    `sold_units` (creators × products) holds net units ever sold; `creators` and `products` are the
    tables of that name, beside them what creators sold of late and the momentum of products; `pairs` are
    what `affinity_function` turned into `affinity`; `context` is what promotions are valued by.
    """

    affinity: AffinityMatrix
    affinity_function: AffinityFunction
    sold_units: CSR
    creator_attributes: Attributes
    product_attributes: Attributes
    creators: pa.Table
    products: pa.Table
    pairs: PairTotals
    context: PairContext

    @property
    def rows(self) -> CreatorRows:
        """All creators' rows."""
        return CreatorRows(self.affinity.values, self.creator_attributes.values)

    @property
    def training_data(self) -> TrainingData:
        """What models are fitted on."""
        trend = self.products["trend"].to_numpy().astype(np.float32)
        return TrainingData(self.rows, self.product_attributes.values, trend)

    @property
    def eligible(self) -> Bool:
        """Products that were listed by the instant and are active."""
        instant = self.context.as_of
        listed: Bool = self.products["listed_at"].fill_null(instant).to_numpy() <= instant
        active: Bool = self.products["is_active"].to_numpy(zero_copy_only=False)
        return listed & active

    def with_weights(self, weights: Mapping[str, float]) -> "FeatureSet":
        """The same with its channels weighed otherwise; their scales stay."""
        function = replace(self.affinity_function, weights=dict(weights))
        values = self.pairs.affinity(function, self.affinity.values.shape)
        return replace(self, affinity=replace(self.affinity, values=values), affinity_function=function)


def build_features(snapshot: Snapshot, settings: MarketplaceSettings) -> FeatureSet:
    """Features of what was known at the snapshot's instant."""
    engine = snapshot.engine
    window = microseconds(settings.momentum_days)
    creators = engine.table(_creators_sql(snapshot, window))
    products = engine.table(_products_sql(snapshot, window))
    pairs = read_pairs(snapshot, microseconds(settings.half_life_days))
    function = AffinityFunction.fitted(pairs.channels)
    of_creators, of_products = creator_attributes(creators), product_attributes(products)
    context = build_context(
        snapshot, settings, pairs, creators, products, of_creators.values, of_products.values
    )
    # What follows are fits, which need the memory themselves.
    engine.rest()
    return FeatureSet(
        affinity=AffinityMatrix(
            snapshot.creator_ids, snapshot.product_ids, pairs.affinity(function, snapshot.shape)
        ),
        affinity_function=function,
        sold_units=csr(pairs.net_units, pairs.creator_index, pairs.product_index, snapshot.shape),
        creator_attributes=of_creators,
        product_attributes=of_products,
        creators=creators,
        products=products,
        pairs=pairs,
        context=context,
    )


def _creators_sql(snapshot: Snapshot, window: int) -> str:
    """SQL of the creators with what they sold within `window` (microseconds)."""
    return f"""
        SELECT {_columns(CREATORS)}, COALESCE(recent_gmv, 0) AS recent_gmv
        FROM {snapshot.creators}
            LEFT JOIN ({creator_sales_sql(snapshot.sales, snapshot.instant, window)}) AS sold
            USING (creator_index)
        ORDER BY creator_index
    """


def _products_sql(snapshot: Snapshot, window: int) -> str:
    """SQL of the products with their momentum over `window` (microseconds)."""
    momentum = product_momentum_sql(snapshot.sales, snapshot.instant, window)
    past = ", ".join(f"COALESCE({name}, 0) AS {name}" for name in PAST_UNITS)
    return f"""
        SELECT {_columns(PRODUCTS)}, COALESCE(trend, 0.0) AS trend, {past}
        FROM {snapshot.products} LEFT JOIN ({momentum}) AS momentum USING (product_index)
        ORDER BY product_index
    """


def _columns(table: Table) -> str:
    return ", ".join(column.name for column in table.columns)

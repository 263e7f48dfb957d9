"""Builds everything the models eat, as it was known at one instant."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from features.affinity import AffinityFunction
from features.attributes import Attributes, creator_attributes, product_attributes
from features.attribution import SalesTotals, create_attribution, net_sales_sql
from features.context import build_context
from features.decay import half_life_us
from features.engagement import create_engagement
from features.engine import Engine
from features.momentum import create_momentum
from features.pairs import PairTotals, read_pairs
from features.settings import MarketplaceSettings
from features.state import create_state
from recsys.affinity import AffinityMatrix
from recsys.arrays import CSR, csr
from recsys.ids import IdIndex
from recsys.models.contract import CreatorRows, TrainingData
from recsys.value.context import PairContext


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """Matrices and tables aligned by creator and product index.

    `sold_units` (creators × products) holds net units ever sold; `creators` and `products` are the
    tables of that name with momentum beside the products; `totals` are the sales all this came from;
    `pairs` are what `affinity_function` turned into `affinity`; `context` is what promotions are valued by.
    """

    affinity: AffinityMatrix
    affinity_function: AffinityFunction
    sold_units: CSR
    creator_attributes: Attributes
    product_attributes: Attributes
    creators: pa.Table
    products: pa.Table
    totals: SalesTotals
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

    def with_weights(self, weights: Mapping[str, float]) -> "FeatureSet":
        """The same with its channels weighed otherwise; their scales stay."""
        function = replace(self.affinity_function, weights=dict(weights))
        values = self.pairs.affinity(function, self.affinity.values.shape)
        return replace(self, affinity=replace(self.affinity, values=values), affinity_function=function)


def build_features(engine: Engine, settings: MarketplaceSettings, as_of: int) -> FeatureSet:
    """Features from what was known at `as_of` (microseconds of UTC); nothing after it is read."""
    half_life = half_life_us(settings.half_life_days)
    create_state(engine, as_of)
    totals = create_attribution(engine, as_of, half_life)
    create_engagement(engine, as_of, half_life)
    create_momentum(engine, as_of, settings.momentum_days)
    _create_indexes(engine)
    creators = engine.table("SELECT * FROM state_creators ORDER BY creator_id")
    products = engine.table(_PRODUCTS_SQL)
    shape = (len(creators), len(products))
    pairs, net_units = read_pairs(engine)
    function = AffinityFunction.fitted(pairs.channels)
    attributes = creator_attributes(creators)
    return FeatureSet(
        affinity=AffinityMatrix(
            IdIndex.from_ids("creator", creators["creator_id"].to_pylist()),
            IdIndex.from_ids("product", products["product_id"].to_pylist()),
            pairs.affinity(function, shape),
        ),
        affinity_function=function,
        sold_units=csr(net_units, pairs.creator_index, pairs.product_index, shape),
        creator_attributes=attributes,
        product_attributes=product_attributes(products),
        creators=creators,
        products=products,
        totals=totals,
        pairs=pairs,
        context=build_context(engine, settings, as_of, pairs, creators, products, attributes.values),
    )


def first_sales(engine: Engine, features: FeatureSet, cutoff: int) -> CSR:
    """Pairs that sold for the first time after `cutoff`, as net units: creators × products.

    Reads the sales of the last `build_features`, which must have been for the end of the horizon;
    `features` are those of the cutoff. A pair with net units then is old and so left out.
    """
    sold = engine.table(
        "SELECT creator_index, product_index, CAST(SUM(net_quantity) AS BIGINT) AS net_units "
        f"FROM ({net_sales_sql()}) AS net JOIN creator_indexes USING (creator_id) "
        f"JOIN product_indexes USING (product_id) WHERE ordered_at > {cutoff} "
        "GROUP BY creator_index, product_index HAVING SUM(net_quantity) > 0 ORDER BY 1, 2"
    )
    creators, products = sold["creator_index"].to_numpy(), sold["product_index"].to_numpy()
    later = csr(sold["net_units"].to_numpy(), creators, products, features.sold_units.shape)
    old: CSR = features.sold_units.sign()
    first: CSR = later - later.multiply(old).tocsr()
    first.eliminate_zeros()
    return first


_PRODUCTS_SQL = """
    SELECT state_products.*, COALESCE(trend, 0.0) AS trend, COALESCE(recent_units, 0) AS recent_units,
        COALESCE(earlier_units, 0) AS earlier_units, COALESCE(net_units, 0) AS net_units,
        COALESCE(sellers, 0) AS sellers
    FROM state_products LEFT JOIN product_momentum USING (product_id)
    ORDER BY product_id
"""


def _create_indexes(engine: Engine) -> None:
    for kind in ("creator", "product"):
        engine.run(
            f"CREATE OR REPLACE TABLE {kind}_indexes AS SELECT {kind}_id, "
            f"ROW_NUMBER() OVER (ORDER BY {kind}_id) - 1 AS {kind}_index FROM state_{kind}s"
        )

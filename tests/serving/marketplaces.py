"""Small marketplaces written as real releases."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.attributes import creator_attributes, product_attributes
from features.weighting import ALL_CHANNELS
from recsys.affinity import AffinityMatrix
from recsys.arrays import CSR, csr
from recsys.audience import Audience
from recsys.ids import IdIndex
from recsys.models.blend import BlendScorer
from recsys.models.contract import CreatorRows, LinearScorer, TrainingData
from recsys.models.factors import FactorScorer
from recsys.models.item_item import ItemItem, ItemItemScorer
from recsys.models.popularity import PopularityScorer
from recsys.models.prior import AttributePrior
from recsys.models.profile import Profile
from recsys.pair_totals import StoredTotals
from recsys.release.manifest import Provenance
from recsys.release.payload import Payload, write_payload
from recsys.release.store import ReleaseStore

AS_OF_US = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
Pairs = Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class Creator:
    creator_id: str
    follower_count: int
    region: str | None = "US"
    language: str | None = "en"
    is_active: bool = True
    recent_gmv: float = 0.0


@dataclass(frozen=True)
class Product:
    product_id: str
    brand_id: str
    category: str
    price: float
    commission_rate: float
    title: str | None = None
    stock: int | None = None
    sample_quota: int | None = None
    min_followers: int | None = None
    listed_at: int | None = None
    regions: str | None = None
    is_active: bool = True
    recent_units: int = 0
    earlier_units: int = 0


@dataclass(frozen=True)
class Marketplace:
    """Creators and products in ascending order of id; pairs are (creator_id, product_id).

    `audience` holds buyers and units by (creator_id, category), `agreed` rates of collaborations.
    With `similarity`, pairs of (product in history, product scored), and `prior` the model is made by hand;
    without, it is fitted.
    """

    creators: tuple[Creator, ...]
    products: tuple[Product, ...]
    affinity: Pairs
    sold: Pairs
    similarity: Pairs = field(default_factory=dict)
    prior: Mapping[str, float] = field(default_factory=dict)
    audience: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    agreed: Pairs = field(default_factory=dict)

    @property
    def creator_ids(self) -> list[str]:
        return [creator.creator_id for creator in self.creators]

    @property
    def product_ids(self) -> list[str]:
        return [product.product_id for product in self.products]

    @property
    def categories(self) -> list[str]:
        return list(dict.fromkeys(product.category for product in self.products))


def hand_made() -> Marketplace:
    """Six creators, of whom dan and fay are new, and six products."""
    return Marketplace(
        creators=(
            Creator("ada", 20_000),
            Creator("bob", 500, recent_gmv=99.9),
            Creator("cyd", 80_000, region="GB"),
            Creator("dan", 30_000, recent_gmv=240.0),
            Creator("eve", 50_000, is_active=False),
            Creator("fay", 2_000_000, region=None, language="de"),
        ),
        products=(
            Product("cream", "glow", "Beauty/Skin care", 20.0, 0.10, "Night cream"),
            Product("lamp", "lux", "Home", 50.0, 0.05, "Desk lamp", stock=3, recent_units=9, earlier_units=2),
            Product("serum", "glow", "Beauty/Skin care", 30.0, 0.20, "Face serum"),
            Product("soap", "glow", "Beauty", 5.0, 0.15, min_followers=1_000),
            Product("tent", "camp", "Outdoor", 200.0, 0.08, "Tent", stock=0, sample_quota=2),
            Product("vase", "lux", "Beautyful", 40.0, 0.05, "Vase", is_active=False),
        ),
        affinity={
            ("ada", "cream"): 1,
            ("ada", "serum"): 2,
            ("bob", "lamp"): 3,
            ("bob", "serum"): 1,
            ("cyd", "cream"): 1,
            ("cyd", "lamp"): 2,
            ("eve", "tent"): 1,
        },
        sold={
            ("ada", "cream"): 3,
            ("ada", "serum"): 10,
            ("bob", "lamp"): 7,
            ("bob", "serum"): 2,
            ("cyd", "lamp"): 4,
            ("eve", "tent"): 5,
        },
        similarity={
            ("cream", "cream"): 1.0,
            ("cream", "serum"): 0.5,
            ("cream", "soap"): 0.1,
            ("lamp", "lamp"): 1.0,
            ("lamp", "serum"): 0.3,
            ("lamp", "tent"): 0.3,
            ("serum", "cream"): 0.5,
            ("serum", "lamp"): 0.1,
            ("serum", "serum"): 1.0,
            ("serum", "soap"): 0.4,
        },
        prior={"cream": 1.0, "lamp": 2.0, "serum": 3.0, "soap": 0.5, "tent": 0.25, "vase": 0.1},
    )


def generated(seed: int, n_creators: int, n_products: int) -> Marketplace:
    """Everything at random: ties, inactive ones, creators and products without history included."""
    rng = np.random.default_rng(seed)
    creators = tuple(
        Creator(
            f"c{index:03d}",
            int(10 ** rng.uniform(1, 6)),
            region=[None, "US", "GB"][rng.integers(3)],
            language=["en", "de"][rng.integers(2)],
            is_active=bool(rng.random() < 0.9),
        )
        for index in range(n_creators)
    )
    products = tuple(
        Product(
            f"p{index:03d}",
            f"b{rng.integers(4)}",
            ["Beauty", "Beauty/Skin care", "Beautyful", "Home/Light"][rng.integers(4)],
            float(np.round(rng.uniform(1, 50), 2)),
            float(np.round(rng.uniform(0, 0.4), 2)),
            stock=[None, 0, 5][rng.integers(3)],
            sample_quota=[None, 0, 2][rng.integers(3)],
            min_followers=[None, 1_000, 50_000][rng.integers(3)],
            is_active=bool(rng.random() < 0.9),
            recent_units=int(rng.integers(10)),
            earlier_units=int(rng.integers(10)),
        )
        for index in range(n_products)
    )
    pairs = [(c.creator_id, p.product_id) for c in creators for p in products if rng.random() < 0.15]
    known = [pair for pair in pairs if pair[0] > "c002"]
    affinity = {pair: float(rng.uniform(0.1, 5)) for pair in known}
    sold = {pair: float(rng.integers(1, 9)) for pair in known if rng.random() < 0.6}
    return Marketplace(creators, products, affinity, sold)


def write_release(home: Path, market: Marketplace, *, currency: str = "EUR", as_of: int = AS_OF_US) -> str:
    """Write a marketplace as a release and return its id; nothing points to it yet."""
    creators, products = _creator_table(market), _product_table(market)
    affinity = _matrix(market.affinity, market.creator_ids, market.product_ids)
    attributes = creator_attributes(creators).values
    rows = CreatorRows(affinity, attributes)
    model = _hand_made_model(market) if market.similarity else _fitted_model(rows, products)
    payload = Payload(
        affinity=AffinityMatrix(
            IdIndex.from_ids("creator", market.creator_ids),
            IdIndex.from_ids("product", market.product_ids),
            affinity,
        ),
        sold_units=_matrix(market.sold, market.creator_ids, market.product_ids),
        attributes=attributes,
        model=model,
        view=model.view(rows),
        creators=creators,
        products=products,
        audience=_audience(market),
        rate_bonus=_rate_bonus(market),
        totals=_totals(affinity),
    )
    with ReleaseStore(home).writer() as writer:
        write_payload(writer, payload)
        parameters = {
            "currency": currency,
            "horizon_days": 14.0,
            "momentum_days": 7.0,
            "half_life_days": 30.0,
            "affinity_function": {"weights": {"units": 1.0}, "scales": {"units": 1.0}},
            "creator_attributes": list(creator_attributes(creators).names),
        }
        return writer.commit(Provenance(as_of, "digest", "0", 0, parameters, {}))


def publish(home: Path, market: Marketplace, *, currency: str = "EUR", as_of: int = AS_OF_US) -> str:
    """Write a marketplace as a release and make it the champion, whether it can be served or not."""
    release_id = write_release(home, market, currency=currency, as_of=as_of)
    ReleaseStore(home, check=lambda release: ()).promote(release_id)
    return release_id


def _hand_made_model(market: Marketplace) -> BlendScorer:
    similarity = _matrix(market.similarity, market.product_ids, market.product_ids)
    prior = np.array([[market.prior[product] for product in market.product_ids]], dtype=np.float32)
    return BlendScorer.of((ItemItemScorer(similarity), PopularityScorer(prior)), np.ones(1), 1.0)


def _fitted_model(rows: CreatorRows, products: pa.Table) -> BlendScorer:
    trend = products["trend"].to_numpy().astype(np.float32)
    data = TrainingData(rows, product_attributes(products).values, trend)
    factors = np.random.default_rng(0).normal(0, 0.3, (len(products), 4)).astype(np.float32)
    parts: tuple[LinearScorer, ...] = (
        ItemItem().fit(data),
        FactorScorer.of(factors, 1.0, 2.0),
        Profile().fit(data),
        AttributePrior().fit(data),
    )
    return BlendScorer.of(parts, np.array([0.4, 0.4, 0.2]), 1.0)


def _matrix(pairs: Pairs, rows: list[str], columns: list[str]) -> CSR:
    row = [rows.index(first) for first, _ in pairs]
    column = [columns.index(second) for _, second in pairs]
    return csr(list(pairs.values()), row, column, (len(rows), len(columns)))


def _totals(affinity: CSR) -> StoredTotals:
    """Units that `log2(1 + units)` turns into the affinity."""
    units = np.exp2(affinity.data.astype(np.float64)) - 1
    totals = np.zeros((len(units), len(ALL_CHANNELS)), dtype=np.int64)
    totals[:, -1] = np.round(1e6 * units)
    return StoredTotals(affinity.indptr.astype(np.int64), affinity.indices.astype(np.int32), totals)


def _audience(market: Marketplace) -> Audience:
    buyers = {pair: float(counts[0]) for pair, counts in market.audience.items()}
    units = {pair: float(counts[1]) for pair, counts in market.audience.items()}
    return Audience(*(_matrix(pairs, market.creator_ids, market.categories) for pairs in (buyers, units)))


def _rate_bonus(market: Marketplace) -> CSR:
    open_rates = {product.product_id: product.commission_rate for product in market.products}
    bonus = {pair: rate - open_rates[pair[1]] for pair, rate in market.agreed.items()}
    return _matrix(bonus, market.creator_ids, market.product_ids)


def _creator_table(market: Marketplace) -> pa.Table:
    schema = pa.schema(
        {
            "creator_id": pa.string(),
            "follower_count": pa.int64(),
            "region": pa.string(),
            "language": pa.string(),
            "joined_at": pa.int64(),
            "is_active": pa.bool_(),
            "recent_gmv": pa.float64(),
        }
    )
    table = pa.Table.from_pylist([vars(creator) for creator in market.creators], schema)
    return _with_money(table, "recent_gmv")


def _product_table(market: Marketplace) -> pa.Table:
    schema = pa.schema(
        {
            "product_id": pa.string(),
            "brand_id": pa.string(),
            "category": pa.string(),
            "price": pa.float64(),
            "commission_rate": pa.float64(),
            "title": pa.string(),
            "stock": pa.int64(),
            "sample_quota": pa.int64(),
            "min_followers": pa.int64(),
            "listed_at": pa.int64(),
            "regions": pa.string(),
            "is_active": pa.bool_(),
            "trend": pa.float64(),
            "recent_units": pa.int64(),
            "earlier_units": pa.int64(),
        }
    )
    rows = [vars(product) | {"trend": float(product.recent_units)} for product in market.products]
    return _with_money(pa.Table.from_pylist(rows, schema), "price")


def _with_money(table: pa.Table, column: str) -> pa.Table:
    """As DuckDB hands it over."""
    place = table.column_names.index(column)
    return table.set_column(place, column, table[column].cast(pa.decimal128(18, 4)))

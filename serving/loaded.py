"""A verified release in memory, ready to be asked."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np

import recsys
from features.decay import UNIT
from features.engagement import FUNNEL
from features.weighting import ALL_CHANNELS
from recsys.arrays import CSC, CSR, Bool, Float32, Float64, Int32, Int64, csr, stored_mask
from recsys.blas import single_threaded
from recsys.clearing.places import Places
from recsys.errors import RecsysError, ReleaseError, UnknownIdError
from recsys.models.blend import CreatorView
from recsys.models.item_item import ItemItemScorer
from recsys.release.payload import Payload, read_payload
from recsys.release.prepared import Prepared
from recsys.release.reader import Release
from recsys.release.store import ReleaseStore
from recsys.value.context import PRODUCT_FEATURES
from recsys.value.estimates import PairValues
from serving.catalog import RATE_DECIMALS, CreatorTable, ProductTable
from serving.live_rules import LiveRules

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CHECKED_PRODUCTS = 100
# Hashes prove a release undamaged, not that this version can read it.
LOAD_ERRORS = (RecsysError, OSError, LookupError, ValueError, TypeError, ArithmeticError, MemoryError)


@dataclass(frozen=True)
class LoadedRelease:
    """One release as the service reads it; never changed, so that it can be shared and swapped whole.

    Rows of matrices and of `creators` are creator indexes, columns and rows of `products` product indexes.
    `values` estimates what pairs bring within `horizon_days`; None where the market has too little history
    for that. `live` turns live events into rows; None where the night states no rules for that. `prepared`
    are lists that this version rendered; None where the night did not, or another version did.
    """

    release_id: str
    as_of: datetime
    currency: str
    horizon_days: float
    momentum_days: float
    payload: Payload
    creators: CreatorTable
    products: ProductTable
    values: PairValues | None
    live: LiveRules | None = None
    prepared: Prepared | None = None

    @classmethod
    def of(cls, release: Release) -> "LoadedRelease":
        """Read an opened release; raises `ReleaseError` where it lacks what answers need."""
        payload = read_payload(release)
        provenance = release.manifest.provenance
        currency = provenance.parameters.get("currency")
        horizon, momentum = (provenance.parameters.get(f"{name}_days") for name in ("horizon", "momentum"))
        if not isinstance(currency, str) or not currency:
            raise ReleaseError(f"release {release.release_id} states no currency; train anew")
        if not isinstance(horizon, int | float) or not isinstance(momentum, int | float):
            raise ReleaseError(
                f"release {release.release_id} states no horizon_days or momentum_days; train anew"
            )
        try:
            creators, products = CreatorTable.of(payload.creators), ProductTable.of(payload.products)
        except KeyError as error:
            raise ReleaseError(
                f"a table of release {release.release_id} lacks a column ({error}); "
                "it was written by another version: train anew"
            ) from error
        loaded = cls(
            release.release_id,
            EPOCH + timedelta(microseconds=provenance.as_of),
            currency,
            float(horizon),
            float(momentum),
            payload,
            creators,
            products,
            values=payload.values,
            live=LiveRules.of(provenance),
            prepared=payload.prepared if provenance.code_version == recsys.__version__ else None,
        )
        loaded.check_alignment()
        loaded.check_scores()
        loaded.check_values()
        loaded.prepare()
        return loaded

    def check_alignment(self) -> None:
        """Raise `ReleaseError` where tables, matrices and model disagree on how many rows there are."""
        expected = self.payload.affinity.values.shape
        found = {
            "tables": (len(self.creators.is_active), len(self.products.is_active)),
            "sold units": self.payload.sold_units.shape,
            "collaborations": self.payload.rate_bonus.shape,
            "model": (len(self.payload.view.offset), self.payload.model.n_products),
        }
        for what, shape in found.items():
            if shape != expected:
                raise ReleaseError(
                    f"release {self.release_id} has an affinity of {expected} creators and products, "
                    f"but its {what} have {shape}; train anew"
                )
        if self.places is not None and self.places.given.shape != expected:
            raise ReleaseError(
                f"release {self.release_id} has {expected} creators and products, but its places are of "
                f"{self.places.given.shape}; train anew"
            )
        by_category = (expected[0], len(self.products.category.values))
        for matrix in (self.payload.audience.buyers, self.payload.audience.units):
            if matrix.shape != by_category:
                raise ReleaseError(
                    f"release {self.release_id} has {by_category} creators and categories, "
                    f"but its audience has {matrix.shape}; train anew"
                )

    def check_scores(self) -> None:
        """Raise `ReleaseError` where the model does not give every creator a number."""
        payload = self.payload
        first = payload.model.score(payload.rows[0:1])
        for numbers in (payload.view.offset, payload.view.coefficients, first):
            if not np.isfinite(numbers).all():
                raise ReleaseError(
                    f"the model of release {self.release_id} gives scores that are no numbers; "
                    "roll back or train anew"
                )

    def check_values(self) -> None:
        """Raise `ReleaseError` where the value model does not give a pair numbers."""
        if self.values is None or not len(self.creators.is_active):
            return
        products = np.arange(min(_CHECKED_PRODUCTS, self.payload.model.n_products), dtype=np.int32)
        scores = self.payload.model.score(self.payload.rows[0:1])[0, products]
        found = self.values.estimate(np.zeros_like(products), products, scores)
        if not all(np.isfinite(getattr(found, field.name)).all() for field in fields(found)):
            raise ReleaseError(
                f"the value model of release {self.release_id} gives estimates that are no numbers; "
                "roll back or train anew"
            )

    def prepare(self) -> None:
        """Build what answers share now, so that no first request pays for it."""
        _ = self.promoted_by_creator, self.promoted_by_product, self.sellers, self.similarity
        _ = self.promoters, self.focus, self.all_buyers, self.brand_buyers

    @property
    def places(self) -> Places | None:
        """What places on creators' lists cost; None where nothing is known of values."""
        return self.payload.places

    @property
    def as_of_us(self) -> int:
        """`as_of` in microseconds of UTC, as instants in tables are."""
        return (self.as_of - EPOCH) // timedelta(microseconds=1)

    def view_of(self, creators: Int32) -> CreatorView:
        """What scoring needs of some creators, as the night folded them in; of all of them without a copy."""
        view = self.payload.view
        return view if len(creators) == len(view) else view[creators]

    def scores_of(self, creator: int) -> Float32:
        """A creator's affinity score of every product."""
        view = self.payload.view[creator : creator + 1]
        # Threads inside one list would wait for each other longer than they work, and answers have theirs.
        with single_threaded():
            lists = self.payload.model.lists(view)
        scores: Float32 = lists[0]
        return scores

    def pair_scores(self, creators: Int32, products: Int32) -> Float32:
        """Affinity scores of single pairs: what is told of a pair, from whichever side it is asked for.

        Lists and columns are products of matrices, whose last bits depend on what else is scored beside a
        pair; these are not.
        """
        model, view = self.payload.model, self.payload.view
        return model.score_pairs(view, creators.astype(np.int64), products.astype(np.int64))

    def commission_rates(self, creator: int) -> Float64:
        """What each product pays a creator: the rate of their collaboration, else the open one."""
        rates = self.products.commission_rate.copy()
        agreed, bonus = entries(self.payload.rate_bonus, creator)
        # Rates are decimals, of which a sum shows its binary rounding.
        rates[agreed] = np.round(rates[agreed] + bonus, RATE_DECIMALS)
        return rates

    def promoted(self, creators: Int32, products: Int32) -> Bool:
        """The pairs with affinity or net units sold, len(creators) × len(products)."""
        # Read on the shorter side, along which the matrix is stored.
        if len(creators) < len(products):
            return stored_mask(self.promoted_by_creator, creators)[:, products]
        return stored_mask(self.promoted_by_product, products)[:, creators].T

    @cached_property
    def frames(self) -> dict[tuple[str, int], bytes]:
        """Bodies of answers without their matches, by kind and number of places; rendered when asked for."""
        return {}

    @cached_property
    def promoted_by_creator(self) -> CSR:
        """Stores each pair with affinity or net units sold, creators × products."""
        known = self.payload.affinity.values.sign() + self.payload.sold_units.sign()
        matrix: CSR = known.tocsr()
        return matrix

    @cached_property
    def promoted_by_product(self) -> CSC:
        """The same pairs, quick to read by product."""
        matrix: CSC = self.promoted_by_creator.tocsc()
        return matrix

    @cached_property
    def brand_rows(self) -> Int32:
        """By code of a brand its row in `CampaignData`: brands are told there in the order of their bytes."""
        names = self.products.brand.values
        rows = np.empty(len(names), dtype=np.int32)
        rows[sorted(range(len(names)), key=lambda code: names[code].encode())] = np.arange(len(names))
        return rows

    @cached_property
    def all_buyers(self) -> int:
        """How many shoppers are known."""
        campaign = self.payload.campaign
        return 0 if campaign is None else int(campaign.shoppers.sizes.sum())

    @cached_property
    def brand_buyers(self) -> Float64:
        """Of each brand, in the order of `brand_rows`, how many shoppers bought from it."""
        campaign = self.payload.campaign
        if campaign is None:
            return np.zeros(len(self.products.brand.values))
        return campaign.shoppers.by_brand.sums(campaign.shoppers.sizes.astype(np.float64))

    @cached_property
    def promoters(self) -> Int64:
        """How many creators promote each product."""
        return np.diff(self.promoted_by_product.indptr).astype(np.int64)

    @cached_property
    def click_rates(self) -> Float64 | None:
        """Of each product the share of views that is usually clicked; None where values are not known."""
        if self.payload.values is None:
            return None
        column = self.payload.values.context.products[:, PRODUCT_FEATURES.index("log_click_rate")]
        return np.exp(column.astype(np.float64))

    @cached_property
    def without_history(self) -> Bool:
        """The creators of whom nothing tells what they sell."""
        mask: Bool = np.diff(self.payload.affinity.values.indptr) == 0
        return mask

    @cached_property
    def focus(self) -> Int32:
        """Of each creator the code of the category with most of its affinity, -1 without any history."""
        values = self.payload.affinity.values
        creator = np.repeat(np.arange(values.shape[0]), np.diff(values.indptr))
        shape = (values.shape[0], len(self.products.category.values))
        by_category = csr(values.data, creator, self.products.category.codes[values.indices], shape)
        creator = np.repeat(np.arange(shape[0]), np.diff(by_category.indptr))
        order = np.lexsort((by_category.indices, -by_category.data, creator))
        focused, first = np.unique(creator[order], return_index=True)
        focus = np.full(shape[0], -1, dtype=np.int32)
        focus[focused] = by_category.indices[order[first]]
        return focus

    @cached_property
    def sellers(self) -> CSC:
        """Net units by product and creator, quick to read by product."""
        matrix: CSC = self.payload.sold_units.tocsc()
        return matrix

    @cached_property
    def similarity(self) -> CSC | None:
        """The item–item part of the model, quick to read by the product scored; None where it has none."""
        for part in self.payload.model.parts:
            if isinstance(part, ItemItemScorer):
                return part.by_product
        return None

    def creator_index(self, creator_id: str) -> int:
        """The dense index of a creator; raises `UnknownIdError`."""
        return self.payload.affinity.creators.require(creator_id)

    def creator_id(self, creator: int) -> str:
        """The external id of a creator."""
        return self.payload.affinity.creators.id_of(creator)

    def product_index(self, product_id: str) -> int:
        """The dense index of a product; raises `UnknownIdError`."""
        return self.payload.affinity.products.require(product_id)

    def product_id(self, product: int) -> str:
        """The external id of a product."""
        return self.payload.affinity.products.id_of(product)

    def products_of_brand(self, brand_id: str) -> Int32:
        """All products of a brand in ascending order; raises `UnknownIdError` where there are none."""
        products = np.flatnonzero(self.products.brand.equals(brand_id))
        if not len(products):
            raise UnknownIdError("brand", brand_id)
        return products.astype(np.int32)

    def affinity_of(self, creator: int) -> tuple[Int32, Float32]:
        """The products in a creator's affinity row, and its values."""
        return entries(self.payload.affinity.values, creator)

    def sold_by(self, creator: int) -> tuple[Int32, Float32]:
        """The products of which a creator sold units, and the net units."""
        return entries(self.payload.sold_units, creator)

    def clicked(self, creator: int) -> tuple[Int32, Float64, Float64] | None:
        """Products in a creator's history, their views and clicks, the older the less they count.

        Both are decayed as affinity is. None where the night kept no totals.
        """
        if self.payload.totals is None:
            return None
        products, totals = self.payload.totals.of_creator(creator)
        views, clicks = (totals[:, ALL_CHANNELS.index(name)] / UNIT for name in FUNNEL[:2])
        return products, views, clicks

    def history(self, creator: int) -> Int32:
        """The products in a creator's affinity row."""
        return self.affinity_of(creator)[0]

    def own_share(self, creator: int) -> Float64:
        """Of each product the share of the creator's affinity in its category; 0 without history."""
        history, affinity = self.affinity_of(creator)
        category = self.products.category
        by_category = np.bincount(category.codes[history], affinity, len(category.values))
        share: Float64 = by_category[category.codes] / max(float(by_category.sum()), 1e-12)
        return share

    def creators_with_history_in(self, products: Bool) -> Bool:
        """The creators with affinity for at least one product of a mask."""
        affinity_inside = self.payload.affinity.values @ products.astype(np.float32)
        mask: Bool = np.asarray(affinity_inside) > 0
        return mask


def entries(matrix: CSR | CSC, major: int) -> tuple[Int32, Float32]:
    """Indexes and values stored in one row of a CSR matrix, or one column of a CSC matrix."""
    inside = slice(int(matrix.indptr[major]), int(matrix.indptr[major + 1]))
    return matrix.indices[inside].astype(np.int32, copy=False), matrix.data[inside]


def load_champion(store: ReleaseStore) -> LoadedRelease:
    """Verify and load the champion; raises `ReleaseError` where there is none or it is damaged.

    What becomes of its files later changes nothing.
    """
    return LoadedRelease.of(store.champion().own())

"""A verified release in memory, ready to be asked."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TypeAlias

import numpy as np
from scipy import sparse

from recsys.arrays import CSR, Bool, Float32, Int32
from recsys.errors import ReleaseError, UnknownIdError
from recsys.models.item_item import ItemItemScorer
from recsys.release.content import Content, read_content
from recsys.release.reader import Release
from recsys.release.store import ReleaseStore
from serving.catalog import CreatorTable, ProductTable

CSC: TypeAlias = sparse.csc_array[np.float32]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class LoadedRelease:
    """One release as the service reads it; never changed, so that it can be shared and swapped whole.

    Rows of matrices and of `creators` are creator indexes, columns and rows of `products` product indexes.
    """

    release_id: str
    as_of: datetime
    currency: str
    momentum_days: float
    content: Content
    creators: CreatorTable
    products: ProductTable

    @classmethod
    def of(cls, release: Release) -> "LoadedRelease":
        """Read an opened release; raises `ReleaseError` where it lacks what answers need."""
        content = read_content(release)
        facts = release.manifest.facts
        currency, days = (facts.parameters.get(name) for name in ("currency", "momentum_days"))
        if not isinstance(currency, str) or not currency or not isinstance(days, int | float):
            raise ReleaseError(
                f"release {release.release_id} states no currency or momentum_days; train anew"
            )
        try:
            creators, products = CreatorTable.of(content.creators), ProductTable.of(content.products)
        except KeyError as error:
            raise ReleaseError(
                f"a table of release {release.release_id} lacks a column ({error}); "
                "it was written by another version: train anew"
            ) from error
        loaded = cls(
            release.release_id,
            EPOCH + timedelta(microseconds=facts.as_of),
            currency,
            float(days),
            content,
            creators,
            products,
        )
        loaded.check_alignment()
        loaded.check_scores()
        loaded.prepare()
        return loaded

    def check_alignment(self) -> None:
        """Raise `ReleaseError` where tables, matrices and model disagree on how many rows there are."""
        expected = self.content.affinity.values.shape
        found = {
            "tables": (len(self.creators.is_active), len(self.products.is_active)),
            "sold units": self.content.sold_units.shape,
            "model": (len(self.content.view.offset), self.content.model.n_products),
        }
        for what, shape in found.items():
            if shape != expected:
                raise ReleaseError(
                    f"release {self.release_id} has an affinity of {expected} creators and products, "
                    f"but its {what} have {shape}; train anew"
                )

    def check_scores(self) -> None:
        """Raise `ReleaseError` where the model does not give every creator a number."""
        content = self.content
        first = content.model.score(content.rows[0:1])
        for numbers in (content.view.offset, content.view.coefficients, first):
            if not np.isfinite(numbers).all():
                raise ReleaseError(
                    f"the model of release {self.release_id} gives scores that are no numbers; "
                    "roll back or train anew"
                )

    def prepare(self) -> None:
        """Build what answers share now, so that no first request pays for it."""
        _ = self.promoted_by_creator, self.promoted_by_product, self.sellers, self.similarity

    @cached_property
    def promoted_by_creator(self) -> CSR:
        """Stores each pair with affinity or net units sold, creators × products."""
        known = self.content.affinity.values.sign() + self.content.sold_units.sign()
        matrix: CSR = known.tocsr()
        return matrix

    @cached_property
    def promoted_by_product(self) -> CSC:
        """The same pairs, quick to read by product."""
        matrix: CSC = self.promoted_by_creator.tocsc()
        return matrix

    @cached_property
    def sellers(self) -> CSC:
        """Net units by product and creator, quick to read by product."""
        matrix: CSC = self.content.sold_units.tocsc()
        return matrix

    @cached_property
    def similarity(self) -> CSC | None:
        """The item–item part of the model, quick to read by the product scored; None where it has none."""
        for part in self.content.model.parts:
            if isinstance(part, ItemItemScorer):
                matrix: CSC = part.similarity.tocsc()
                return matrix
        return None

    def creator_index(self, creator_id: str) -> int:
        """The dense index of a creator; raises `UnknownIdError`."""
        return self.content.affinity.creators.require(creator_id)

    def creator_id(self, creator: int) -> str:
        """The external id of a creator."""
        return self.content.affinity.creators.id_of(creator)

    def product_index(self, product_id: str) -> int:
        """The dense index of a product; raises `UnknownIdError`."""
        return self.content.affinity.products.require(product_id)

    def product_id(self, product: int) -> str:
        """The external id of a product."""
        return self.content.affinity.products.id_of(product)

    def products_of_brand(self, brand_id: str) -> Int32:
        """All products of a brand in ascending order; raises `UnknownIdError` where there are none."""
        products = np.flatnonzero(self.products.brand.equals(brand_id))
        if not len(products):
            raise UnknownIdError("brand", brand_id)
        return products.astype(np.int32)

    def history(self, creator: int) -> Int32:
        """The products in a creator's affinity row."""
        return entries(self.content.affinity.values, creator)[0]

    def creators_with_history_in(self, products: Bool) -> Bool:
        """The creators with affinity for at least one product of a mask."""
        affinity_inside = self.content.affinity.values @ products.astype(np.float32)
        mask: Bool = np.asarray(affinity_inside) > 0
        return mask


def entries(matrix: CSR | CSC, major: int) -> tuple[Int32, Float32]:
    """Indexes and values stored in one row of a CSR matrix, or one column of a CSC matrix."""
    inside = slice(int(matrix.indptr[major]), int(matrix.indptr[major + 1]))
    return matrix.indices[inside].astype(np.int32, copy=False), matrix.data[inside]


def load_champion(store: ReleaseStore) -> LoadedRelease:
    """Verify and load the champion; raises `ReleaseError` where there is none or it is damaged."""
    return LoadedRelease.of(store.champion())

"""Matches in both directions, from one score."""

from collections.abc import Iterator

import numpy as np

from recsys.arrays import Float32, Int32
from recsys.batches import batches
from recsys.errors import UsageError
from recsys.topk import top_k
from serving.filters import CreatorFilter, ProductFilter
from serving.loaded import LoadedRelease
from serving.matches import Match, Objective, match_of

DEFAULT_K = 20
_BARRED = np.float32(-np.inf)
_EVERY_PRODUCT = ProductFilter()
_EVERY_CREATOR = CreatorFilter()


class Matcher:
    """Answers from one release. Holds no state of its own, so that threads may share it."""

    def __init__(self, release: LoadedRelease) -> None:
        self.release = release

    def products_for(
        self,
        creator_id: str,
        k: int = DEFAULT_K,
        filters: ProductFilter = _EVERY_PRODUCT,
        objective: Objective = Objective.AFFINITY,
    ) -> list[Match]:
        """The k best products for a creator to promote, best first; fewer where fewer are allowed.

        Raises `UnknownIdError` for a creator that is not in the release.
        """
        check_objective(objective)
        creator = self.release.creator_index(creator_id)
        content = self.release.content
        scores = content.model.score(content.rows[creator : creator + 1])[0]
        allowed = filters.mask(self.release, creator)
        return [
            match_of(self.release, creator, product, rank, score)
            for rank, product, score in _best(np.where(allowed, scores, _BARRED), k)
        ]

    def creators_for_product(
        self,
        product_id: str,
        k: int = DEFAULT_K,
        filters: CreatorFilter = _EVERY_CREATOR,
        objective: Objective = Objective.AFFINITY,
    ) -> list[Match]:
        """The k best creators to promote a product, best first; fewer where fewer are allowed.

        Raises `UnknownIdError` for a product that is not in the release.
        """
        product = self.release.product_index(product_id)
        return self._creators_for(np.array([product], dtype=np.int32), k, filters, objective)

    def creators_for_brand(
        self,
        brand_id: str,
        k: int = DEFAULT_K,
        filters: CreatorFilter = _EVERY_CREATOR,
        objective: Objective = Objective.AFFINITY,
    ) -> list[Match]:
        """The k best creators for a brand, each once, with the product of the brand that suits it best.

        Raises `UnknownIdError` for a brand without products in the release.
        """
        return self._creators_for(self.release.products_of_brand(brand_id), k, filters, objective)

    def _creators_for(
        self, products: Int32, k: int, filters: CreatorFilter, objective: Objective
    ) -> list[Match]:
        check_objective(objective)
        scores, chosen = self._best_product_of_each_creator(products, filters)
        return [
            match_of(self.release, creator, int(chosen[creator]), rank, score)
            for rank, creator, score in _best(scores, k)
        ]

    def _best_product_of_each_creator(self, products: Int32, filters: CreatorFilter) -> tuple[Float32, Int32]:
        """Each creator's best score among some products, -inf where none is allowed, and that product."""
        content = self.release.content
        n_creators = len(content.view.offset)
        scores = np.full(n_creators, _BARRED, dtype=np.float32)
        chosen = np.full(n_creators, -1, dtype=np.int32)
        # A batch holds its scores (× creators) and the weights of an item–item part (× catalog).
        for batch in batches(len(products), max(n_creators, content.model.n_products)):
            inside = products[batch]
            allowed = filters.pair_mask(self.release, inside)
            raw = np.where(allowed, content.model.score_products(content.view, inside), _BARRED)
            best = raw.argmax(axis=1)
            values = raw[np.arange(n_creators), best]
            better = values > scores
            scores[better], chosen[better] = values[better], inside[best[better]]
        return scores, chosen


def check_objective(objective: Objective | str) -> Objective:
    """The objective of that name; raises `UsageError` naming those that there are."""
    try:
        return Objective(objective)
    except ValueError as error:
        available = ", ".join(Objective)
        raise UsageError(f"unknown objective {str(objective)!r}; available are {available}") from error


def _best(scores: Float32, k: int) -> Iterator[tuple[int, int, float]]:
    """Rank from 1, index and score of the k best entries above -inf."""
    indices, best = top_k(scores[np.newaxis], k).row(0)
    for rank, (index, score) in enumerate(zip(indices, best, strict=True), start=1):
        yield rank, int(index), float(score)

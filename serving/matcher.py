"""Matches in both directions, from one score and one value model.

Rules and filters say which pairs may be matched, candidates which of these are worth estimating, the
objective ranks them, and diversity has its say last.
"""

from collections.abc import Sequence

import numpy as np

from recsys.arrays import Bool, Float32, Int32
from recsys.value.estimates import Estimates
from serving.candidates import (
    Candidates,
    ProductSignals,
    creator_candidates,
    draw_of,
    product_candidates,
    within_support,
)
from serving.filters import CreatorFilter, ProductFilter
from serving.loaded import LoadedRelease
from serving.matches import Answer, Match, Pick, expected_at, match_of
from serving.objectives import (
    CREATOR_OBJECTIVES,
    PRODUCT_OBJECTIVES,
    Objective,
    chosen_objective,
    objective_values,
)
from serving.pair_scores import BARRED, best_products
from serving.reasons import Explainer
from serving.rerank import best_of_each, rerank
from serving.rules import Eligibility, allowed_pairs, eligibility

DEFAULT_K = 20
# What suits a creator best may not be worth most: so many of a brand's products are estimated for each.
PRODUCTS_EACH = 5
_EVERY_PRODUCT = ProductFilter()
_EVERY_CREATOR = CreatorFilter()


class Matcher:
    """Answers from one release. Holds no state of its own, so that threads may share it.

    An `objective` left out is earnings or gmv where the release has a value model, else affinity.
    """

    def __init__(self, release: LoadedRelease) -> None:
        self.release = release

    def products_for(
        self,
        creator_id: str,
        k: int = DEFAULT_K,
        filters: ProductFilter = _EVERY_PRODUCT,
        objective: Objective | str | None = None,
        diversity: float = 0.0,
    ) -> Answer:
        """The k best products for a creator to promote, best first; fewer where fewer are allowed.

        `diversity` (0 … 1) trades value for other categories and brands. Raises `UnknownIdError` for a
        creator that is not in the release and `ObjectiveError` for an objective it cannot answer.
        """
        release = self.release
        creator = release.creator_index(creator_id)
        chosen = chosen_objective(release, objective, PRODUCT_OBJECTIVES)
        scores = release.payload.model.score(release.payload.rows[creator : creator + 1])[0]
        everything = np.arange(len(scores), dtype=np.int32)
        alone = np.array([creator], dtype=np.int32)
        allowed = filters.mask(release) & allowed_pairs(release, filters.rules, alone, everything)[0]
        if chosen is not Objective.AFFINITY:
            allowed = within_support(scores, allowed, self._support, k)
        signals = ProductSignals(
            scores, release.products.recent_units, release.own_share(creator), release.promoters
        )
        found = product_candidates(signals, allowed, k, draw_of(release.release_id, creator_id))
        products = found.indices
        estimates = self._estimate(np.full_like(products, creator), products, scores[products])
        listed = rerank(
            objective_values(chosen, scores[products], estimates),
            release.products.category.codes[products],
            release.products.brand.codes[products],
            k,
            diversity,
        )
        picks = [
            Pick(creator, int(products[at]), float(scores[products[at]]), found.sources(at))
            for at in listed.positions.tolist()
        ]
        return Answer(chosen, self._matches(picks, estimates, listed.positions), diversity, listed.cost)

    def creators_for_product(
        self,
        product_id: str,
        k: int = DEFAULT_K,
        filters: CreatorFilter = _EVERY_CREATOR,
        objective: Objective | str | None = None,
    ) -> Answer:
        """The k best creators to promote a product, best first; fewer where fewer are allowed.

        Raises `UnknownIdError` for a product that is not in the release and `ObjectiveError` for an objective
        it cannot answer.
        """
        product = self.release.product_index(product_id)
        return self._creators_for(np.array([product], dtype=np.int32), k, filters, objective)

    def creators_for_brand(
        self,
        brand_id: str,
        k: int = DEFAULT_K,
        filters: CreatorFilter = _EVERY_CREATOR,
        objective: Objective | str | None = None,
    ) -> Answer:
        """The k best creators for a brand, each once, with the best of the brand's products that suit it.

        Raises `UnknownIdError` for a brand without products in the release and `ObjectiveError` for an
        objective it cannot answer.
        """
        return self._creators_for(self.release.products_of_brand(brand_id), k, filters, objective)

    def eligibility(
        self, creator_id: str, product_id: str, filters: ProductFilter = _EVERY_PRODUCT
    ) -> Eligibility:
        """Which of the rules in force for a creator's request bar a product; the other filters play no part.

        Raises `UnknownIdError` for an id that is not in the release.
        """
        release = self.release
        creator, product = release.creator_index(creator_id), release.product_index(product_id)
        return eligibility(release, filters.rules, creator, product)

    def _creators_for(
        self, products: Int32, k: int, filters: CreatorFilter, objective: Objective | str | None
    ) -> Answer:
        release = self.release
        chosen = chosen_objective(release, objective, CREATOR_OBJECTIVES)
        found = self._creator_candidates(products, k, filters)
        each = 1 if chosen is Objective.AFFINITY else min(PRODUCTS_EACH, len(products))
        by_creator, names = best_products(release, filters.rules, found.indices, products, each)
        row, column = np.nonzero(self._worth(by_creator, chosen, k))
        creators, suited, scores = found.indices[row], names[row, column], by_creator[row, column]
        estimates = self._estimate(creators, suited, scores)
        listed = best_of_each(objective_values(chosen, scores, estimates), creators, k)
        picks = [
            Pick(creator, int(suited[at]), float(scores[at]), found.sources(int(row[at])))
            for at, creator in zip(listed, creators[listed].tolist(), strict=True)
        ]
        return Answer(chosen, self._matches(picks, estimates, listed))

    def _creator_candidates(self, products: Int32, k: int, filters: CreatorFilter) -> Candidates:
        release = self.release
        followers = release.creators.follower_count
        everyone = np.arange(len(followers), dtype=np.int32)
        scores = best_products(release, filters.rules, everyone, products)[0][:, 0]
        allowed = filters.mask(release) & (scores > BARRED)
        return creator_candidates(scores, followers, allowed, k)

    @property
    def _support(self) -> float:
        """The affinity score from which on estimates rest on something."""
        return -np.inf if self.release.values is None else self.release.values.support

    def _worth(self, by_creator: Float32, objective: Objective, k: int) -> Bool:
        """Which of each creator's allowed products (creators × products, best first) may be ranked."""
        allowed: Bool = by_creator > BARRED
        if objective is Objective.AFFINITY:
            return allowed
        first = within_support(by_creator[:, 0], allowed[:, 0], self._support, k)
        worth: Bool = allowed & (by_creator >= self._support)
        worth[:, 0] |= first
        return worth

    def _estimate(self, creators: Int32, products: Int32, scores: Float32) -> Estimates | None:
        values = self.release.values
        return None if values is None else values.estimate(creators, products, scores)

    def _matches(self, picks: Sequence[Pick], estimates: Estimates | None, at: Int32) -> tuple[Match, ...]:
        """Matches of some picks in their order, whose estimates stand at the places `at`."""
        explainers = {pick.creator: Explainer(self.release, pick.creator) for pick in picks}
        return tuple(
            match_of(explainers[pick.creator], pick, rank, expected_at(estimates, place))
            for rank, (pick, place) in enumerate(zip(picks, at.tolist(), strict=True), start=1)
        )

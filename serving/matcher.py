"""Matches in both directions, from one score and one value model.

Rules and filters say which pairs may be matched, candidates which of these are worth estimating, the
objective ranks them, and diversity has its say. After them come all other pairs by score, those which no
source brought up. Last, a share of the places is drawn from what is cold (`exploration.py`).
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from recsys.arrays import Bool, Float32, Float64, Int32
from recsys.value.estimates import Outlook
from serving.brand_lists import mixed, new_shoppers, with_new_shoppers, working_with
from serving.candidates import (
    CREATOR_BOUNDS,
    PRODUCT_BOUNDS,
    Candidates,
    ProductSignals,
    Source,
    best_of_the_rest,
    by_score,
    creator_candidates,
    product_candidates,
)
from serving.exploration import COLD, draw_of, with_explored
from serving.filters import CreatorFilter, ProductFilter
from serving.loaded import LoadedRelease
from serving.matches import Answer, Match, Pick, match_of
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

    An `objective` left out is net earnings or gmv where the release has a value model, else affinity. The
    share `explore` of the places on each list is drawn from cold products or creators; none by default.
    """

    def __init__(self, release: LoadedRelease, explore: float = 0.0) -> None:
        self.release = release
        self.explore = explore

    def products_for(
        self,
        creator_id: str,
        k: int = DEFAULT_K,
        filters: ProductFilter = _EVERY_PRODUCT,
        objective: Objective | str | None = None,
        diversity: float = 0.0,
        skip: int = 0,
    ) -> Answer:
        """The k best products for a creator to promote after the first `skip`, best first; fewer where fewer
        are allowed.

        `diversity` (0 … 1) trades value for other categories and brands. Raises `UnknownIdError` for a
        creator that is not in the release and `ObjectiveError` for an objective it cannot answer.
        """
        release = self.release
        creator = release.creator_index(creator_id)
        chosen = chosen_objective(release, objective, PRODUCT_OBJECTIVES)
        scores = release.scores_of(creator)
        everything = np.arange(len(scores), dtype=np.int32)
        alone = np.array([creator], dtype=np.int32)
        rules = filters.rules_together if chosen is Objective.NET_EARNINGS else filters.rules
        allowed = filters.mask(release, creator) & allowed_pairs(release, rules, alone, everything)[0]
        found = self._products_worth_ranking(creator, scores, allowed, chosen)
        products = found.indices
        outlook = self._outlook(chosen, np.full_like(products, creator), products, scores[products])
        listed = rerank(
            objective_values(chosen, scores[products], outlook, self._prices(products, outlook)),
            release.products.category.codes[products],
            release.products.brand.codes[products],
            skip + k,
            diversity,
        )
        ranked = [Pick(creator, int(products[at]), found.sources(at)) for at in listed.positions.tolist()]
        rest = [
            Pick(creator, product, (Source.SCORE,))
            for product in best_of_the_rest(scores, allowed, products, skip + k - len(ranked)).tolist()
        ]
        picks = self._with_explored(
            {pick.product: pick for pick in (*ranked, *rest)},
            allowed & (release.promoters < COLD),
            scores,
            creator_id,
            lambda product: (creator, product),
        )
        return Answer(chosen, self._matches(picks, skip), diversity, listed.cost)

    def creators_for_product(
        self,
        product_id: str,
        k: int = DEFAULT_K,
        filters: CreatorFilter = _EVERY_CREATOR,
        objective: Objective | str | None = None,
        skip: int = 0,
        mix: Mapping[str, int] | None = None,
    ) -> Answer:
        """The k best creators to promote a product after the first `skip`, best first; fewer where fewer are
        allowed.

        Raises `UnknownIdError` for a product that is not in the release and `ObjectiveError` for an objective
        it cannot answer.
        """
        product = self.release.product_index(product_id)
        return self._creators_for(np.array([product], dtype=np.int32), k, filters, objective, skip, mix or {})

    def creators_for_brand(
        self,
        brand_id: str,
        k: int = DEFAULT_K,
        filters: CreatorFilter = _EVERY_CREATOR,
        objective: Objective | str | None = None,
        skip: int = 0,
        mix: Mapping[str, int] | None = None,
    ) -> Answer:
        """The k best creators for a brand after the first `skip`, each once, with the best of the brand's
        products that suit it.

        Raises `UnknownIdError` for a brand without products in the release and `ObjectiveError` for an
        objective it cannot answer.
        """
        return self._creators_for(
            self.release.products_of_brand(brand_id), k, filters, objective, skip, mix or {}
        )

    def eligibility(
        self, creator_id: str, product_id: str, filters: ProductFilter = _EVERY_PRODUCT
    ) -> Eligibility:
        """Which of the rules in force for a creator's request bar a product; the other filters play no part.

        Raises `UnknownIdError` for an id that is not in the release.
        """
        release = self.release
        creator, product = release.creator_index(creator_id), release.product_index(product_id)
        rules = filters.rules if release.places is None else filters.rules_together
        return eligibility(release, rules, creator, product)

    def _creators_for(
        self,
        products: Int32,
        k: int,
        filters: CreatorFilter,
        objective: Objective | str | None,
        skip: int,
        mix: Mapping[str, int],
    ) -> Answer:
        release = self.release
        chosen = chosen_objective(release, objective, CREATOR_OBJECTIVES)
        everyone = np.arange(len(release.creators.is_active), dtype=np.int32)
        scores, names = best_products(release, filters.rules, everyone, products)
        best, suited = scores[:, 0], names[:, 0]
        allowed = filters.mask(release) & (best > BARRED)
        if filters.works_with_brand is not None:
            allowed &= working_with(release, int(products[0])) == filters.works_with_brand
        found = self._creators_worth_ranking(best, allowed, chosen)
        each = 1 if chosen is Objective.AFFINITY else min(PRODUCTS_EACH, len(products))
        by_creator, names = (
            (scores[found.indices], names[found.indices])
            if each == 1
            else best_products(release, filters.rules, found.indices, products, each)
        )
        row, column = np.nonzero(by_creator > BARRED)
        creators, of_pairs = found.indices[row], by_creator[row, column]
        outlook = self._outlook(chosen, creators, names[row, column], of_pairs, asked=True)
        if outlook is not None and chosen is Objective.NEW_SHOPPERS:
            worth = new_shoppers(release, int(products[0]), creators, outlook.units)
        else:
            worth = objective_values(chosen, of_pairs, outlook)
        listed = best_of_each(worth, creators, max(len(creators), 1))
        listed = listed[mixed(release.creators.tier.codes[creators[listed]], skip + k, mix)]
        ranked = [
            Pick(int(creators[at]), int(names[row[at], column[at]]), found.sources(int(row[at])))
            for at in listed.tolist()
        ]
        rest = [
            Pick(creator, int(suited[creator]), (Source.SCORE,))
            for creator in best_of_the_rest(best, allowed, creators, skip + k - len(ranked)).tolist()
        ]
        # Who asks for a mix of tiers gets it: a place that is drawn could belong to one of them.
        cold = allowed & release.without_history & (not mix)
        key = ",".join(release.product_id(product) for product in products.tolist())
        picks = self._with_explored(
            {pick.creator: pick for pick in (*ranked, *rest)},
            cold,
            best,
            key,
            lambda creator: (creator, int(suited[creator])),
        )
        matches = self._matches(picks, skip, asked=True)
        if chosen is Objective.NEW_SHOPPERS:
            matches = with_new_shoppers(release, int(products[0]), matches)
        return Answer(chosen, matches)

    def _with_explored(
        self,
        ranked: Mapping[int, Pick],
        cold: Bool,
        scores: Float32,
        key: str,
        pair_of: Callable[[int], tuple[int, int]],
    ) -> list[Pick]:
        """A list, by what it lists, with its share of drawn places: one draw a night and key."""
        if self.explore == 0.0:
            return list(ranked.values())
        draw = draw_of(self.release.as_of.isoformat(), key)
        return [
            Pick(*pair_of(place.index), (Source.EXPLORATION,), place.propensity)
            if place.explored
            else ranked[place.index]
            for place in with_explored(list(ranked), cold, scores, self.explore, draw)
        ]

    def _products_worth_ranking(
        self, creator: int, scores: Float32, allowed: Bool, objective: Objective
    ) -> Candidates:
        """Of the allowed products those to rank by an objective."""
        release = self.release
        if objective is Objective.AFFINITY:
            return by_score(scores, allowed, PRODUCT_BOUNDS[Source.SCORE])
        signals = ProductSignals(scores, release.products.recent_units, release.own_share(creator))
        return product_candidates(signals, allowed)

    def _creators_worth_ranking(self, scores: Float32, allowed: Bool, objective: Objective) -> Candidates:
        """Of the allowed creators those to rank by an objective; `scores` are those of their best product."""
        if objective is Objective.AFFINITY:
            return by_score(scores, allowed, CREATOR_BOUNDS[Source.SCORE])
        followers = self.release.creators.follower_count
        return creator_candidates(scores, followers, allowed)

    def _outlook(
        self,
        objective: Objective,
        creators: Int32,
        products: Int32,
        scores: Float32,
        *,
        asked: bool = False,
    ) -> Outlook | None:
        """What candidates are ranked by; None by affinity, where only what is shown is estimated."""
        values = self.release.values
        if values is None or objective is Objective.AFFINITY:
            return None
        return values.outlook(creators, products, scores, asked=asked)

    def _prices(self, products: Int32, outlook: Outlook | None) -> Float64 | None:
        """What the places of some promotions on a creator's list cost."""
        places = self.release.places
        return None if places is None or outlook is None else places.price(products, outlook.units)

    def _matches(self, listed: Sequence[Pick], skip: int, *, asked: bool = False) -> tuple[Match, ...]:
        """Matches of a list after its first `skip`; a brand asks the creators, who may not promote at all.

        Lists are ranked by what many pairs have together; what is told of a pair comes from it alone, so that
        both directions tell the same to the last bit.
        """
        values, picks = self.release.values, listed[skip:]
        creators = np.array([pick.creator for pick in picks], dtype=np.int32)
        products = np.array([pick.product for pick in picks], dtype=np.int32)
        scores = self.release.pair_scores(creators, products)
        estimates = None if values is None else values.estimate(creators, products, scores, asked=asked)
        explainers = {pick.creator: Explainer(self.release, pick.creator) for pick in picks}
        return tuple(
            match_of(explainers[pick.creator], pick, score, place, estimates, skip)
            for place, (pick, score) in enumerate(zip(picks, scores.tolist(), strict=True))
        )

"""A list as a query asks for it and as a body answers it: one way for routes, pages and notebooks."""

from serving.matcher import Matcher
from serving.queries import CreatorQuery, ProductQuery
from serving.schemas import CreatorMatches, ProductMatches


def products_for_creator(matcher: Matcher, creator_id: str, query: ProductQuery) -> ProductMatches:
    """Which products a creator should promote; raises as `Matcher.products_for` does."""
    answer = matcher.products_for(
        creator_id, query.k, query.filters(), query.objective, query.diversity, query.skip
    )
    return ProductMatches.of(matcher.release, query.k, answer)


def creators_for_product(matcher: Matcher, product_id: str, query: CreatorQuery) -> CreatorMatches:
    """Which creators to ask for a product; raises as `Matcher.creators_for_product` does."""
    answer = matcher.creators_for_product(
        product_id, query.k, query.filters(), query.objective, query.skip, query.mix()
    )
    return CreatorMatches.of(matcher.release, query.k, answer)


def creators_for_brand(matcher: Matcher, brand_id: str, query: CreatorQuery) -> CreatorMatches:
    """Which creators to ask for any of a brand's products; raises as `Matcher.creators_for_brand` does."""
    answer = matcher.creators_for_brand(
        brand_id, query.k, query.filters(), query.objective, query.skip, query.mix()
    )
    return CreatorMatches.of(matcher.release, query.k, answer)

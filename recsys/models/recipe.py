"""The default recipe: which models are blended, with which parameters for data of a size."""

from recsys.models.als import ALS
from recsys.models.blend import Blend
from recsys.models.contract import Recommender
from recsys.models.ials import IALS
from recsys.models.prior import AttributePrior
from recsys.models.profile import Profile
from recsys.models.ridge import Ridge

# Entries of the item–item part: 8 bytes each, so at most half a GiB in memory and in a release.
ITEM_ITEM_ENTRIES = 64_000_000
LEAST_NEIGHBOURS, MOST_NEIGHBOURS = 50, 2_000
# Cells of one matrix of product factors: at most 128 MiB.
FACTOR_CELLS = 32_000_000


def default_recipe(n_creators: int, n_products: int, *, with_profile: bool, seed: int = 0) -> Blend:
    """Item–item regression and three sets of factors, with the attribute prior for new creators.

    Each part adds what the others lack (docs/decisions/0007-recipe.md). `with_profile` adds the part that
    needs product attributes. Weights are equal until a night has chosen others.
    """
    factors = max(64, min(512, FACTOR_CELLS // max(n_products, 1)))
    parts: tuple[Recommender, ...] = (
        Ridge(neighbours=neighbours_within(MOST_NEIGHBOURS, n_products), seed=seed),
        IALS(factors=factors, seed=seed),
        IALS(factors=factors, creator_exponent=0.25, product_exponent=0.25, seed=seed + 1, name="ials-b"),
        ALS(factors=min(factors, ALS().factors), seed=seed),
    )
    if with_profile:
        parts = (*parts, Profile())
    return Blend(parts=parts, weights=(1 / len(parts),) * len(parts), prior=AttributePrior(), name="recipe")


def neighbours_within(most: int, n_products: int) -> int:
    """Neighbours that the item–item part keeps a product: `most`, or as many as `ITEM_ITEM_ENTRIES` allow."""
    return max(LEAST_NEIGHBOURS, min(most, ITEM_ITEM_ENTRIES // max(n_products, 1)))

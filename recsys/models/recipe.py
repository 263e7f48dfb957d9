"""The default recipe: which models are blended, with which parameters for data of a size."""

from recsys.models.blend import Blend
from recsys.models.content import Content
from recsys.models.contract import Recommender
from recsys.models.ease import Ease
from recsys.models.ials import IALS
from recsys.models.item_item import ItemItem
from recsys.models.low_pass import LowPass
from recsys.models.prior import AttributePrior

# Entries of one item–item part: 8 bytes each, so at most half a GiB in memory and in a release.
ITEM_ITEM_ENTRIES = 64_000_000
# Cells of one matrix of product factors: at most 128 MiB.
FACTOR_CELLS = 32_000_000
# The dense matrix of the regression: 1 GiB and a minute or two on two cores at the most.
LEAST_REGRESSED, MOST_REGRESSED = 1_000, 16_384


def default_recipe(n_creators: int, n_products: int, *, with_content: bool, seed: int = 0) -> Blend:
    """Neighbourhood, regression, factors and graph filter, with the attribute prior for new creators.

    Each part adds what the others lack (docs/decisions/0007-recipe.md). `with_content` adds the part that
    needs product attributes. Weights are equal until `recsys.search` has chosen them.
    """
    factors = max(64, min(512, FACTOR_CELLS // max(n_products, 1)))
    # A regression on more products than there are creators only fits their rows.
    regressed = max(LEAST_REGRESSED, min(MOST_REGRESSED, n_creators))
    neighbours = max(50, min(500, ITEM_ITEM_ENTRIES // max(n_products, 1)))
    parts: tuple[Recommender, ...] = (
        ItemItem(neighbours=neighbours),
        Ease(products=regressed, neighbours=neighbours),
        IALS(factors=factors, seed=seed),
        LowPass(rank=factors, seed=seed),
    )
    if with_content:
        parts = (*parts, Content())
    return Blend(parts=parts, weights=(1 / len(parts),) * len(parts), prior=AttributePrior(), name="recipe")

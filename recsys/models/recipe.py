"""The default recipe: which models are blended, with which parameters."""

from recsys.models.als import ALS
from recsys.models.blend import Blend
from recsys.models.content import Content
from recsys.models.item_item import ItemItem
from recsys.models.prior import AttributePrior


def default_recipe(seed: int = 0) -> Blend:
    """Item–item neighbourhood, ALS and content, with the attribute prior for new creators."""
    return Blend(
        parts=(ItemItem(), ALS(seed=seed), Content()),
        weights=(0.4, 0.4, 0.2),
        prior=AttributePrior(),
        name="recipe",
    )

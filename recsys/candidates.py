"""The best candidates of every creator over the whole catalog, in one pass of bounded memory."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self, TypeAlias

import numpy as np

from recsys import threads
from recsys.arrays import Bool, Float32, Int32
from recsys.batches import batches
from recsys.models.blend import BlendScorer, CreatorView
from recsys.threads import in_threads
from recsys.topk import top_k
from recsys.value.model import ValueModel

# So many of a creator's candidates are kept, best by earnings.
KEPT: Final = 100
# So many of a creator's best by score are estimated: as many as serving does, in a market that is not large.
ESTIMATED: Final = 720
# Of more creators fewer each are estimated, yet never fewer than are kept.
MOST_ESTIMATES: Final = 20_000_000
# Cells that the features of one pair and their transforms take.
FEATURE_CELLS: Final = 100

# Creators in, allowed products out: len(creators) × products.
Allowed: TypeAlias = Callable[[Int32], Bool]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Of each creator the best products by expected earnings, best first: all n × k, -1 and 0 for none.

    `scores` are affinity, `units` and `commission` what promoting is expected to bring, `earnings` commission
    times the chance of any.
    """

    products: Int32
    scores: Float32
    units: Float32
    commission: Float32
    earnings: Float32

    @classmethod
    def none(cls, n_creators: int, k: int) -> Self:
        """Places for k candidates of each creator, none of them taken."""
        shape = (n_creators, k)
        return cls(np.full(shape, -1, dtype=np.int32), *(np.zeros(shape, dtype=np.float32) for _ in range(4)))

    def __len__(self) -> int:
        return len(self.products)


def best_candidates(
    model: BlendScorer,
    view: CreatorView,
    values: ValueModel,
    allowed: Allowed,
    creators: Int32,
    k: int = KEPT,
) -> Candidates:
    """The k best candidates of some creators, in their order.

    `view` is that of all creators. Scores and values are those which serving tells of the same pairs. At most
    `batches.CELLS` cells are in memory at once beside the answer; work is linear in creators.
    """
    n_products = model.n_products
    n_estimated = min(n_products, max(k, min(ESTIMATED, MOST_ESTIMATES // max(len(creators), 1))))
    found = Candidates.none(len(creators), min(k, n_products))

    def fill(batch: slice) -> None:
        inside = creators[batch]
        scores = np.where(allowed(inside), model.lists(view[inside]), np.float32(-np.inf))
        best = top_k(scores, n_estimated)
        row, place = np.nonzero(best.indices >= 0)
        pairs = inside[row], best.indices[row, place], best.scores[row, place]
        outlook = values.outlook(*pairs)
        columns = (outlook.units, outlook.commission, outlook.earnings)
        order = np.lexsort((best.indices[row, place], -outlook.earnings, row))
        rank = np.arange(len(row)) - np.searchsorted(row, row)
        order, at = order[rank < found.products.shape[1]], rank[rank < found.products.shape[1]]
        to = batch.start + row[order], at
        found.products[to], found.scores[to] = pairs[1][order], pairs[2][order]
        for array, column in zip((found.units, found.commission, found.earnings), columns, strict=True):
            array[to] = column[order]

    width = n_products * 4 + n_estimated * FEATURE_CELLS
    in_threads(fill, batches(len(creators), width * threads.MOST))
    return found

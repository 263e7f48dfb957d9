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

# Scores that one thread holds: a product of matrices of few rows reads all of the weights for little.
LIST_CELLS: Final = 4_000_000

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

    `view` is that of all creators. Scores and values are those which serving tells of the same pairs. Each
    thread has `LIST_CELLS` scores and `batches.CELLS / threads.MOST` cells of estimates in memory at once,
    beside the answer; work is linear in creators.
    """
    n_products = model.n_products
    n_estimated = min(n_products, max(k, min(ESTIMATED, MOST_ESTIMATES // max(len(creators), 1))))
    found = Candidates.none(len(creators), min(k, n_products))

    def fill(batch: slice) -> None:
        inside = creators[batch]
        scores = model.lists(view[inside])
        scores[~allowed(inside)] = -np.inf
        best = top_k(scores, n_estimated)
        for part in batches(len(inside), n_estimated * FEATURE_CELLS * threads.MOST):
            keep(batch.start + part.start, inside[part], best.indices[part], best.scores[part])

    def keep(start: int, inside: Int32, products: Int32, scores: Float32) -> None:
        row, place = np.nonzero(products >= 0)
        pairs = inside[row], products[row, place], scores[row, place]
        outlook = values.outlook(*pairs)
        columns = (outlook.units, outlook.commission, outlook.earnings)
        order = np.lexsort((pairs[1], -outlook.earnings, row))
        rank = np.arange(len(row)) - np.searchsorted(row, row)
        order, at = order[rank < found.products.shape[1]], rank[rank < found.products.shape[1]]
        to = start + row[order], at
        found.products[to], found.scores[to] = pairs[1][order], pairs[2][order]
        for array, column in zip((found.units, found.commission, found.earnings), columns, strict=True):
            array[to] = column[order]

    in_threads(fill, batches(len(creators), n_products, LIST_CELLS))
    return found

"""What creators chose, and what else they might have: which way what is known of a pair moves a choice."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
from scipy.optimize import minimize

from recsys.arrays import Bool, Float32, Float64
from recsys.value.context import FEATURES, PRODUCT_FEATURES

# So many promotions of a window, and so many products beside the one chosen, tell a slope well enough.
LOOKED_AT: Final = 1_000
ALTERNATIVES: Final = 15
# As if so many choices had been seen that nothing moved.
PENALTY: Final = 4.0
# Where what is told differs by less it tells nothing apart.
LEAST: Final = 1e-3
_PRODUCT: Final = np.array([FEATURES.index(name) for name in PRODUCT_FEATURES])


@dataclass(frozen=True, slots=True)
class ChoiceSets:
    """Choices of creators: `features` (n × (1 + k) × `FEATURES`) of the product chosen, then of k others.

    `allowed` (n × (1 + k)) says which of them the creator could have begun to promote that day; a sample of
    the alternatives is enough (McFadden, "Modelling the Choice of Residential Location", 1978). `listed`
    (alike) says which were on a list that it was shown.
    """

    features: Float32
    allowed: Bool
    listed: Bool

    def __len__(self) -> int:
        return len(self.features)

    @classmethod
    def none(cls) -> Self:
        """Nothing was seen being chosen."""
        shape = (0, 1 + ALTERNATIVES)
        nothing = np.zeros(shape, dtype=np.bool_)
        return cls(np.zeros((*shape, len(FEATURES)), np.float32), nothing, nothing)

    @classmethod
    def stacked(cls, parts: Sequence[Self]) -> Self:
        """All of several."""
        return cls(
            **{
                field.name: np.concatenate([getattr(part, field.name) for part in parts])
                for field in fields(cls)
            }
        )


@dataclass(frozen=True, slots=True)
class Pull:
    """What log odds of being chosen rise by: per unit of the log of what is told to sell, and on a list."""

    told: float
    listed: float

    @property
    def followed(self) -> float:
        """The share of the promotions of listed pairs that would not have been, had there been no list."""
        return -float(np.expm1(-self.listed))


def pull_of(choices: ChoiceSets, told: Float64) -> Pull:
    """What moves choices, products' own features aside; `told` is n × (1 + k). Neither is below 0.

    Conditional logit (McFadden, "Conditional Logit Analysis of Qualitative Choice Behavior", 1974) with a
    ridge; nothing pulls where nothing is told, or listed.
    """
    spread = float(told[choices.allowed].std()) if len(choices) else 0.0
    if spread < LEAST:
        return Pull(0.0, 0.0)
    # What is told comes first, so spread that the ridge weighs it as the others.
    product = choices.features[:, :, _PRODUCT].astype(np.float64)
    product = (product - product.mean(axis=(0, 1))) / np.maximum(product.std(axis=(0, 1)), 0.01)
    columns = np.concatenate([np.stack([told / spread, choices.listed], axis=2), product], axis=2)
    barred = np.where(choices.allowed, 0.0, -np.inf)

    def loss(weights: Float64) -> tuple[float, Float64]:
        utility = columns @ weights + barred
        top = utility.max(axis=1, keepdims=True)
        odds = np.exp(utility - top)
        total = odds.sum(axis=1, keepdims=True)
        fitted = odds / total
        fitted[:, 0] -= 1.0
        likelihood = (utility[:, 0] - top[:, 0] - np.log(total[:, 0])).sum()
        slope = np.einsum("nk,nkf->f", fitted, columns)
        penalty = 0.5 * PENALTY * float(weights @ weights)
        return float(penalty - likelihood), PENALTY * weights + slope

    found = minimize(loss, np.zeros(columns.shape[2]), jac=True, method="L-BFGS-B").x
    return Pull(max(0.0, float(found[0])) / spread, max(0.0, float(found[1])))

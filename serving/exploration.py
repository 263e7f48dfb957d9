"""Places of a list that try what hardly anybody promotes, or creators of whom nothing is known.

Ranked by value such pairs never come up, so nothing is ever learned of them. A declared share of the places
is theirs: each is drawn, whatever its value, from what the request allows and no place above holds already.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np

from recsys.arrays import Bool, Float32

COLD: Final = 5
"""A product that fewer creators promote is cold."""
_SLACK = 1e-9
_LEAST = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True)
class Place:
    """What stands at a place, by index, and the chance that it came there given the places above it."""

    index: int
    propensity: float
    explored: bool


def is_explored(place: int, share: float) -> bool:
    """Is a place, from 1, one of those to explore: as evenly spread as can be, never the first."""
    # A share such as .07 is a little more or less than it says.
    return int(place * share + _SLACK) > int((place - 1) * share + _SLACK)


def with_explored(
    ranked: Sequence[int], cold: Bool, scores: Float32, share: float, draw: np.random.Generator
) -> list[Place]:
    """The list with a share of its places drawn from the cold, as long as `ranked`.

    `ranked` are the best indices by value, best first; `cold` (n) marks what may be drawn, which is allowed.
    The draw is that of Plackett & Luce by affinity `scores` (n): a place falls to what is left in proportion
    to `exp(score)`, so that every cold candidate has a chance and those that suit have more. It does not
    depend on how long the list is: one of k is the head of every longer one. Where nothing is left to draw,
    the next by value takes the place.
    """
    weights, pool = np.zeros(len(scores)), np.flatnonzero(cold)
    weights[pool] = np.exp(scores[pool].astype(np.float64) - scores[pool].max(initial=-np.inf))
    # Gumbel's trick: sorted by score plus such noise, they come as if drawn one by one. A number for each,
    # cold or not, so that leaving one out does not change how the others fall.
    chances = np.maximum(draw.random(len(scores)), _LEAST)
    drawn = iter(pool[np.argsort(np.log(-np.log(chances[pool])) - scores[pool], kind="stable")].tolist())
    by_value, above = iter(ranked), set[int]()
    places: list[Place] = []
    for place in range(1, len(ranked) + 1):
        if is_explored(place, share) and (found := _next(drawn, above)) is not None:
            places.append(Place(found, float(weights[found] / weights.sum()), explored=True))
        elif (found := _next(by_value, above)) is not None:
            places.append(Place(found, 1.0, explored=False))
        else:
            break
        above.add(found)
        weights[found] = 0.0
    return places


def draw_of(*key: str) -> np.random.Generator:
    """A generator that depends on its key alone: the same request draws the same."""
    digest = sha256("\0".join(key).encode(errors="surrogatepass")).digest()
    return np.random.default_rng(int.from_bytes(digest))


def _next(candidates: Iterator[int], above: set[int]) -> int | None:
    return next((candidate for candidate in candidates if candidate not in above), None)

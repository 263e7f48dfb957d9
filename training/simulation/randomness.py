"""Independent random streams, one a concern: a change to one leaves the draws of the others alone.

Beside them a number of each pair that needs no stream, since pairs are too many to be drawn in order.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from training.simulation.arrays import Floats, Integers

# SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
_STEP = np.uint64(0x9E3779B97F4A7C15)
_ROUNDS = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))


class Concern(IntEnum):
    """What a stream is for; the numbers are part of the seed and never reused."""

    TAXONOMY = 1
    CREATORS = 2
    PRODUCTS = 3
    DEMAND = 4
    CONTENT = 5
    ENGAGEMENT = 6
    PARTNERSHIPS = 7
    ORDERS = 8
    AUDIENCE = 9
    DISORDER = 10
    FOLLOWING = 11
    DELIVERY = 12
    WORLD = 13
    LISTS = 14
    WHALES = 15


def generator(seed: int, concern: Concern, *part: int) -> np.random.Generator:
    """The stream of a concern, or of a part of it such as a day; the same for the same seed on every call."""
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(concern.value, *part)))
    )


def spread(values: Floats, factor: float) -> Floats:
    """Positive values whose logs vary so many times as much around the same, scaled to the mean of before."""
    if factor == 1.0:
        return values
    middle = np.exp(np.log(values).mean())
    wider = middle * (values / middle) ** factor
    scaled: Floats = wider * (values.mean() / wider.mean())
    return scaled


def pair_normal(seed: int, creator: Integers, product: Integers) -> Floats:
    """A standard normal number of each pair, a function of the seed and the two indices, which broadcast."""
    with np.errstate(over="ignore"):
        key = _mixed(_mixed(np.asarray(seed, np.uint64)) + np.asarray(creator).astype(np.uint64))
        key = _mixed(key + np.asarray(product).astype(np.uint64))
    normal: Floats = ndtri(((key >> np.uint64(11)) + 0.5) * 2.0**-53)
    return normal


def _mixed(key: NDArray[np.uint64]) -> NDArray[np.uint64]:
    key = key + _STEP
    for shift, factor in _ROUNDS:
        key = (key ^ (key >> shift)) * factor
    return key ^ (key >> np.uint64(31))

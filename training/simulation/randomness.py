"""Independent random streams, one a concern: a change to one leaves the draws of the others alone."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


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


def generator(seed: int, concern: Concern, *part: int) -> np.random.Generator:
    """The stream of a concern, or of a part of it such as a day; the same for the same seed on every call."""
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(concern.value, *part)))
    )

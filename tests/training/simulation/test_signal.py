"""First sales of new pairs are predictable from others' sales, but not without error."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.simulation.queries import rows
from training.simulation import SimulationSettings, simulate
from training.simulation.arrays import Flags, Floats

SETTINGS = SimulationSettings(seed=5)
K = 20


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flags, Flags]:
    """(creators, products): pairs sold before the last 14 days, and pairs first sold in them."""
    folder = simulate(tmp_path_factory.mktemp("signal") / "export", SETTINGS).folder
    pairs = rows(
        folder,
        """
        SELECT creator_id[2:]::INT, product_id[2:]::INT, min(ordered_at) < TIMESTAMP '2026-03-18'
        FROM sales GROUP BY 1, 2
        """,
    )
    known = np.zeros((SETTINGS.creators, SETTINGS.products), dtype=np.bool_)
    new = np.zeros_like(known)
    for creator, product, before in pairs:
        (known if before else new)[creator, product] = True
    return known, new


def _recall(scores: Floats, known: Flags, new: Flags) -> float:
    top = np.argsort(-np.where(known, -np.inf, scores), axis=1, kind="stable")[:, :K]
    hits = np.take_along_axis(new, top, axis=1).sum(axis=1)
    tested = new.any(axis=1) & known.any(axis=1)
    return float((hits[tested] / np.minimum(new[tested].sum(axis=1), K)).mean())


def test_neighbours_beat_popularity_and_popularity_beats_chance(split: tuple[Flags, Flags]) -> None:
    known, new = split
    sold = known.astype(np.float64)
    together = sold.T @ sold
    reach = np.sqrt(np.diag(together) + 10.0)
    cosine = together / np.outer(reach, reach)
    np.fill_diagonal(cosine, 0.0)
    popularity = _recall(np.broadcast_to(sold.sum(axis=0), sold.shape), known, new)
    neighbours = _recall(sold @ cosine, known, new)
    chance = K / SETTINGS.products
    assert popularity > 2 * chance
    assert popularity * 1.25 < neighbours < 0.7

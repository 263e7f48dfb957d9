from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from training.simulation import SimulationSettings


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"creators": 0}, "creators must be at least 1, got 0"),
        ({"products": -1}, "products must be at least 1"),
        ({"days": 0}, "days must be at least 1"),
        ({"cold_share": 1.5}, r"cold_share must lie in \[0, 1\], got 1.5"),
        ({"replay_share": -0.1}, "replay_share must lie in"),
        ({"late_share": float("nan")}, "late_share must lie in"),
        ({"seed": -1}, "seed must be finite and not negative"),
        ({"posts_per_week": float("inf")}, "posts_per_week must be finite"),
        ({"taste_share": 1.0}, r"taste_share must lie in \(0, 1\)"),
        ({"own_taste": 1.0}, r"own_taste must lie in \[0, 1\)"),
        ({"saturation": 0.0}, "saturation must be more than 0"),
    ],
)
def test_impossible_settings_are_refused_in_words(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SimulationSettings(), **change)

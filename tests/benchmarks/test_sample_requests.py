from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import sample_requests
from benchmarks.market import Market, MarketSettings
from benchmarks.sample_requests import CHOICES, requests_in_simulation, with_applications
from training.simulation.partnerships import SAMPLE_STATUSES
from training.simulation.settings import SimulationSettings

SMALL = SimulationSettings(creators=60, products=40, days=80, seed=3)


def test_who_applies_posts_and_asks_for_what_is_new_to_it() -> None:
    market = Market(MarketSettings(SMALL, warm_up_days=62))
    before, found = market.samples, with_applications(market)
    added = len(found.creator) - len(before.creator)
    assert added > 1_000
    assert (np.diff(found.requested) >= 0).all()
    pending = found.status == SAMPLE_STATUSES.index("PENDING")
    assert not market.promoted[found.creator[pending], found.product[pending]].any()
    assert market.promoted[found.creator[pending]].any(axis=1).mean() > 0.9


@pytest.mark.slow
def test_nobody_knows_more_than_the_oracle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_requests, "SIZE", replace(SMALL, creators=120, products=60))
    found: Mapping[str, float] = requests_in_simulation((3,), tmp_path / "work")
    for cost in ("1", "0.3"):
        margins = {name: found[f"{name}_at_{cost}_of_price"] for name in CHOICES}
        assert max(margins, key=lambda name: margins[name]) == "oracle"
    assert not (tmp_path / "work").exists()

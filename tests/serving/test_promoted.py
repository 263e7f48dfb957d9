"""What is told of pairs that are promoted already, of a real night."""

from pathlib import Path

import numpy as np
import pytest

from recsys.release.store import ReleaseStore
from serving.filters import ProductFilter
from serving.loaded import load_champion
from serving.matcher import Matcher
from training.nightly import NightResult

EVERYTHING = ProductFilter(exclude_promoted=False)
# Of the small export, before its last horizon.
DAYS = 60


def test_pairs_that_are_promoted_already_are_told_about_what_they_sold(
    trained: tuple[Path, NightResult],
) -> None:
    matcher = Matcher(load_champion(ReleaseStore(trained[0])))
    release, sold = matcher.release, matcher.release.payload.sold_units
    told = happened = 0.0
    for creator in np.flatnonzero(np.diff(sold.indptr) > 0).tolist():
        creator_id = release.creator_id(creator)
        for match in matcher.products_for(creator_id, 200, EVERYTHING).matches:
            units = float(sold[creator, release.product_index(match.product_id)])
            if units > 0:
                told += match.expected_units or 0.0
                happened += units * release.horizon_days / DAYS
    assert happened > 100
    # Once a hundred times as much.
    assert told / happened == pytest.approx(1.0, rel=0.6)

"""Samples: who applied for what, and how likely a creator who gets one posts."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.brands import brand_codes, brand_names
from features.estimators.beta_binomial import BetaBinomial
from features.estimators.groups import smoothed, typical
from features.estimators.tally import Tally
from features.snapshot import Snapshot
from recsys.arrays import Float64, Int32, sums_by
from recsys.campaign import Posting

# Of an application that nobody decided, and of those that came to a sample.
PENDING = "PENDING"
GRANTED = ("APPROVED", "POSTED")


def read_applications(snapshot: Snapshot) -> pa.Table:
    """Applications that are pending or were granted, in the order of their request.

    What was posted after the instant counts as not posted; a status has no time of its own.
    """
    statuses = ", ".join(f"'{status}'" for status in (PENDING, *GRANTED))
    return snapshot.engine.table(f"""
        SELECT application_id, creator_index, product_index, requested_at, status,
            COALESCE(posted_at <= {snapshot.instant}, FALSE) OR status = 'POSTED' AS posted
        FROM {snapshot.samples} WHERE status IN ({statuses})
        ORDER BY requested_at, application_id
    """)


def build_posting(applications: pa.Table, products: pa.Table, n_creators: int, until: int) -> Posting:
    """The chance to post, from samples that were asked for by `until` and so had their time.

    Creators lean on what is usual, and so do brands; their odds multiply.
    """
    granted = pc.is_in(applications["status"], pa.array(GRANTED)).to_numpy(zero_copy_only=False)
    settled = granted & (applications["requested_at"].to_numpy() <= until)
    posted = applications["posted"].to_numpy(zero_copy_only=False)[settled].astype(np.float64)
    creator = applications["creator_index"].to_numpy()[settled]
    brand = brand_codes(products)[applications["product_index"].to_numpy()[settled]]
    usual, creator_odds = _odds(creator, posted, n_creators)
    return Posting(usual, creator_odds, _odds(brand, posted, len(brand_names(products)))[1])


def _odds(groups: Int32, posted: Float64, n_groups: int) -> tuple[float, Float64]:
    """What share of samples usually leads to a post, and the odds of each group as a multiple of that."""
    trials = sums_by(groups, np.ones(len(groups)), n_groups)
    tally = Tally.undecayed(sums_by(groups, posted, n_groups), trials)
    usual = typical(BetaBinomial, tally)
    share = smoothed(BetaBinomial, tally, np.full(n_groups, usual))
    return usual, share / (1.0 - share) / (usual / (1.0 - usual))

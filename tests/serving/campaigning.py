"""The hand-made marketplace with shoppers and samples that anyone can check by hand."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from recsys.campaign import CampaignData, Posting, Shoppers
from serving.loaded import LoadedRelease
from tests.recsys.plan.cases import sets
from tests.serving.marketplaces import AS_OF_US
from tests.serving.values import with_values

DAY_US = 86_400_000_000


def shoppers() -> Shoppers:
    """Ada reaches 40, of whom 30 know glow, cyd 20 of those, and dan 15 whom nobody else does.

    Brands by their bytes: camp, glow, lux.
    """
    return Shoppers(
        by_creator=sets([0, 1, 2], [], [0], [3], [], []),
        by_brand=sets([], [0, 1], []),
        sizes=np.array([20, 10, 10, 15]),
        units_each=2.0,
        interest=0.5,
    )


def with_campaigns(release: LoadedRelease, *applications: tuple[str, str, str, str]) -> LoadedRelease:
    """The release with values, shoppers and applications (id, creator, product, status), a day apart."""
    posting = Posting(0.5, np.array([1.0, 1.0, 1.0, 3.0, 1.0, 1.0]), np.ones(3))
    rows = [
        {
            "application_id": name,
            "creator_index": release.creator_index(creator),
            "product_index": release.product_index(product),
            "requested_at": AS_OF_US - (len(applications) - at) * DAY_US,
            "status": status,
            "posted": status == "POSTED",
        }
        for at, (name, creator, product, status) in enumerate(applications)
    ]
    schema = pa.schema(
        {
            "application_id": pa.string(),
            "creator_index": pa.int32(),
            "product_index": pa.int32(),
            "requested_at": pa.int64(),
            "status": pa.string(),
            "posted": pa.bool_(),
        }
    )
    valued = with_values(release)
    payload = replace(
        valued.payload,
        campaign=CampaignData(shoppers(), posting),
        applications=pa.Table.from_pylist(rows, schema),
    )
    return replace(valued, payload=payload)

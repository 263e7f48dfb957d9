import numpy as np
import pyarrow as pa

from features.allowed import AllowedPairs, sold_in
from recsys.arrays import csr

CREATORS = pa.table({"follower_count": pa.array([10, None, 500]), "region": ["US", "GB", None]})
PRODUCTS = pa.table({"min_followers": pa.array([None, 100, None]), "regions": [None, "US|GB", "GB"]})


def test_each_rule_bars_its_pairs() -> None:
    on_sale = np.array([True, True, True])
    allowed = AllowedPairs.of(CREATORS, PRODUCTS, on_sale, csr([1.0], [2], [0], (3, 3)))
    everyone = np.arange(3, dtype=np.int32)
    assert allowed(everyone).tolist() == [
        # Too few followers for the second, the third is not sold in the US.
        [True, False, False],
        [True, False, True],
        # Promotes the first already; from wherever it is, all the rest.
        [False, True, True],
    ]
    assert allowed(everyone[1:2]).tolist() == [[True, False, True]]


def test_what_is_not_on_sale_is_for_nobody() -> None:
    allowed = AllowedPairs.of(CREATORS, PRODUCTS, np.zeros(3, dtype=np.bool_), csr([], [], [], (3, 3)))
    assert not allowed(np.arange(3, dtype=np.int32)).any()


def test_nulls_stand_last_and_are_sold_everywhere() -> None:
    assert sold_in(["US", "FR"], ["US| GB"]).tolist() == [[True, True], [False, True], [True, True]]

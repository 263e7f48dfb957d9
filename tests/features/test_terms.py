from pathlib import Path

import numpy as np
import pytest

from recsys.value.context import PaidShares
from tests.exports import DAY, START, Row
from tests.features.promoted import PAST, context_of, sale


def test_paid_shares_by_hand(tmp_path: Path) -> None:
    # List price 10: of 20 lines one paid half, one a quarter more, the others nine tenths.
    amounts = [5.0, 12.5, *[9.0] * 18]
    sales = [sale(30 + at, "a", "p1", 1, amount=amount) for at, amount in enumerate(amounts)]
    sales += [sale(80, "a", "p1", 4, amount=80.0, status="CANCELLED")]
    context = context_of(tmp_path, {**PAST, "sales": sales, "engagement": []})
    # 21 lines: a twentieth is reached with the second lowest, nineteen twentieths with the second highest.
    assert (context.paid.low, context.paid.high) == (0.9, 1.25)
    assert context.paid.mean == pytest.approx((5.0 + 12.5 + 18 * 9.0) / (20 * 10.0))


def test_a_given_away_product_says_nothing_of_prices(tmp_path: Path) -> None:
    products = [{**row, "price": 0.0} for row in PAST["products"]]
    assert context_of(tmp_path, {**PAST, "products": products}).paid == PaidShares(1.0, 1.0, 1.0)


def test_the_rate_of_an_active_collaboration_overrides_the_open_one(tmp_path: Path) -> None:
    collaborations: list[Row] = [
        {"creator_id": "a", "product_id": "p1", "commission_rate": 0.3},
        {"creator_id": "b", "product_id": "p2", "commission_rate": 0.05},
        {"creator_id": "c", "product_id": "p3", "commission_rate": 0.4, "status": "ENDED"},
        {"creator_id": "c", "product_id": "p1", "commission_rate": 0.4},
        {"creator_id": "c", "product_id": "p1", "commission_rate": 0.5, "status": "ENDED",
         "since": START + DAY},
    ]  # fmt: skip
    context = context_of(tmp_path, {**PAST, "collaborations": collaborations})
    everyone, everything = np.divmod(np.arange(9, dtype=np.int32), np.int32(3))
    rates = context.commission_rates(everyone, everything).reshape(3, 3)
    np.testing.assert_allclose(rates, [[0.3, 0.1, 0.1], [0.1, 0.05, 0.1], [0.1, 0.1, 0.1]], atol=1e-7)

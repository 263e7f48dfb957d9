"""The written truth says what the marketplace was drawn from."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from tests.training.simulation.queries import NEWEST_SALES, number, rows
from training.simulation import (
    SimulationSettings,
    Truth,
    expected_commission,
    expected_orders,
    expected_units,
    read_truth,
)
from training.simulation.arrays import Floats, Integers
from training.simulation.content import LUCK_SIGMA
from training.simulation.truth import FADE, ContentType
from training.simulation.world import draw_world

LAST_WHOLE_DAY = 60 - len(FADE["VIDEO"])


@pytest.fixture(scope="module")
def truth(export: Path) -> Truth:
    return read_truth(export / "truth")


def _posts(export: Path, content_type: ContentType) -> tuple[Integers, Integers, Integers, Floats]:
    """Creator, product, day and share of the content's views, of posts whose views ended in the window."""
    sql = f"""
        WITH contents AS (
            SELECT content_id, min(period_start) AS posted, 1 / count(DISTINCT product_id) AS share
            FROM engagement GROUP BY content_id
        ), links AS (
            SELECT DISTINCT content_id, creator_id, product_id, content_type, posted, share
            FROM engagement JOIN contents USING (content_id)
        )
        SELECT creator_id[2:]::INT, product_id[2:]::INT,
            date_diff('day', TIMESTAMP '2026-01-01', posted), share
        FROM links
        WHERE content_type = '{content_type}'
        AND posted <= TIMESTAMP '2026-01-01' + INTERVAL {LAST_WHOLE_DAY} DAY
        ORDER BY ALL
    """
    creator, product, day, share = zip(*rows(export, sql), strict=True)
    return np.array(creator), np.array(product), np.array(day), np.array(share)


def _expected(export: Path, truth: Truth, content_type: ContentType) -> tuple[Floats, Floats]:
    """(products,) mean and variance of the orders: Poisson around views times a content's luck."""
    creator, product, day, share = _posts(export, content_type)
    orders = share * expected_orders(truth, creator, product, day, content_type=content_type)
    mean, squares = np.zeros(len(truth.factor)), np.zeros(len(truth.factor))
    np.add.at(mean, product, orders)
    np.add.at(squares, product, orders**2)
    return mean, mean + np.expm1(LUCK_SIGMA**2) * squares


def _realised(export: Path, products: int, content_type: ContentType) -> Floats:
    sql = f"""
        SELECT product_id[2:]::INT, count(DISTINCT sale_id) FROM sales
        WHERE content_id IN (
            SELECT content_id FROM engagement WHERE content_type = '{content_type}' GROUP BY 1
            HAVING min(period_start) <= TIMESTAMP '2026-01-01' + INTERVAL {LAST_WHOLE_DAY} DAY
        ) GROUP BY 1
    """
    counts = np.zeros(products)
    for product, orders in rows(export, sql):
        counts[product] = orders
    return counts


@pytest.mark.parametrize("content_type", ["VIDEO", "LIVE"])
def test_expected_orders_agree_with_those_that_happened(
    export: Path, truth: Truth, content_type: ContentType
) -> None:
    mean, variance = _expected(export, truth, content_type)
    surprise = _realised(export, len(truth.factor), content_type) - mean
    assert abs(surprise.sum()) < 3 * np.sqrt(variance.sum())
    # The window must be long enough for the comparison to mean something.
    assert np.sqrt(variance.sum()) < 0.15 * mean.sum()
    promoted = mean > 0
    deviations = surprise[promoted] / np.sqrt(variance[promoted])
    assert (np.abs(deviations) < 3).mean() > 0.95
    assert 0.6 < np.sqrt((deviations**2).mean()) < 1.4


def test_units_are_orders_less_cancellations_and_refunds(export: Path, truth: Truth) -> None:
    # Refunds take up to 25 days to be known, so only sales of the first weeks are final.
    sql = f"""
        SELECT product_id[2:]::INT, count(*),
            sum(CASE WHEN status = 'CANCELLED' THEN 0 ELSE quantity - refunded_quantity END)
        FROM ({NEWEST_SALES}) WHERE ordered_at < TIMESTAMP '2026-02-04' GROUP BY 1
    """
    product, orders, kept = (np.array(column) for column in zip(*rows(export, sql), strict=True))
    day, creator = np.asarray(45), np.zeros(len(product), dtype=np.int64)
    units_per_order = expected_units(truth, creator, product, day) / expected_orders(
        truth, creator, product, day
    )
    on_sale = np.isfinite(units_per_order)
    assert kept[on_sale].sum() == pytest.approx((orders * units_per_order)[on_sale].sum(), rel=0.02)


def test_commission_is_units_at_the_paid_price_and_the_open_rate(truth: Truth) -> None:
    creator, product, day = np.arange(5)[:, None], np.arange(7)[None, :], np.asarray(30)
    commission = expected_commission(truth, creator, product, day)
    assert commission.shape == (5, 7)
    paid = truth.price * (1 - 0.3 * 0.125) * truth.commission_rate
    np.testing.assert_allclose(
        commission, expected_units(truth, creator, product, day) * paid[None, :7], rtol=1e-12
    )


def test_days_broadcast_and_reach_beyond_the_window(truth: Truth) -> None:
    listed = int(np.flatnonzero((truth.listed_day < 0) & (truth.closed_day > 1_000))[0])
    one = expected_units(truth, np.asarray(3), np.asarray(listed), np.arange(50, 120))
    assert one.shape == (70,)
    assert (one > 0).all()


def test_nothing_is_expected_of_a_product_that_is_not_on_sale(truth: Truth) -> None:
    late = int(np.argmax(truth.listed_day))
    listed = int(truth.listed_day[late])
    days = np.array([listed - 1, listed])
    before, after = expected_units(truth, np.asarray(0), np.asarray(late), days)
    assert before == 0 < after


def test_the_truth_is_read_back_bit_for_bit(truth: Truth, settings: SimulationSettings) -> None:
    drawn = draw_world(settings).truth
    assert truth.start == drawn.start
    assert truth.rates == drawn.rates
    for name in (field.name for field in fields(Truth) if field.name not in ("start", "rates", "trends")):
        np.testing.assert_array_equal(getattr(truth, name), getattr(drawn, name))
    for field in fields(truth.trends):
        np.testing.assert_array_equal(getattr(truth.trends, field.name), getattr(drawn.trends, field.name))


def test_trends_rise_and_fade(export: Path) -> None:
    curves = f"""
        SELECT max(trend), max_by(day, trend), min_by(trend, day), max_by(trend, day)
        FROM read_parquet('{export}/truth/trends.parquet') GROUP BY product_id
    """
    peaks = [row for row in rows(export, curves) if row[0] > 1.5]
    assert 0.15 < len(peaks) / 120 < 0.4
    risen_and_faded = [
        peak for peak, day, first, last in peaks if 5 < day < 50 and first < peak / 1.3 and last < peak / 1.3
    ]
    assert len(risen_and_faded) > 10


def test_creators_sell_what_they_like(export: Path, truth: Truth) -> None:
    pairs = rows(export, "SELECT DISTINCT creator_id[2:]::INT, product_id[2:]::INT FROM sales ORDER BY ALL")
    creator, product = (np.array(column) for column in zip(*pairs, strict=True))
    sold = (truth.taste[creator] * truth.factor[product]).sum(axis=1).mean()
    anything = (truth.taste @ truth.factor.T).mean()
    assert sold > anything + 0.3
    assert number(export, "SELECT count(DISTINCT product_id) FROM sales") > 100

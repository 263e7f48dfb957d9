"""The marketplace has the shape of a real one."""

from __future__ import annotations

from pathlib import Path

from tests.training.simulation.queries import NEWEST_SALES, number, rows
from training.simulation import SimulationSettings


def _share_of_top_tenth(export: Path, key: str, table: str, entities: int) -> float:
    counts = [row[0] for row in rows(export, f"SELECT count(*) FROM {table} GROUP BY {key} ORDER BY 1 DESC")]
    return float(sum(counts[: entities // 10]) / sum(counts))


def test_few_creators_and_products_make_most_sales(export: Path, settings: SimulationSettings) -> None:
    sales = f"({NEWEST_SALES})"
    assert 0.4 < _share_of_top_tenth(export, "creator_id", sales, settings.creators) < 0.8
    assert 0.4 < _share_of_top_tenth(export, "product_id", sales, settings.products) < 0.8


def test_most_creators_are_small_and_a_few_are_huge(export: Path) -> None:
    ((median, mean, largest),) = rows(
        export, "SELECT median(follower_count), avg(follower_count), max(follower_count) FROM creators"
    )
    assert 1_000 < median < 5_000
    assert mean > 2 * median
    assert largest > 50 * median


def test_a_fifth_of_the_creators_is_cold_and_not_all_of_them_are_new(export: Path) -> None:
    cold = "creator_id NOT IN (SELECT creator_id FROM engagement)"
    before = "joined_at < TIMESTAMP '2025-12-01'"
    ((share, old),) = rows(
        export,
        f"SELECT count(*) FILTER ({cold}) / count(*), count(*) FILTER ({cold} AND {before}) FROM creators",
    )
    assert 0.14 < share < 0.28
    assert old > 5


def test_products_and_creators_keep_arriving(export: Path) -> None:
    late = "TIMESTAMP '2026-02-15'"
    assert number(export, f"SELECT count(*) FROM creators WHERE joined_at > {late}") > 20
    assert number(export, f"SELECT count(*) FROM products WHERE listed_at > {late}") > 2


def test_a_region_tells_what_its_creators_sell(export: Path) -> None:
    # Lift of a region's favourite category over the same category everywhere.
    lift = """
        WITH pairs AS (
            SELECT DISTINCT creator_id, product_id, region, category
            FROM sales JOIN creators USING (creator_id) JOIN products USING (product_id)
            WHERE region IS NOT NULL
        ), counts AS (
            SELECT region, category, count(*) AS n FROM pairs GROUP BY region, category
        ), shares AS (
            SELECT region, n / sum(n) OVER (PARTITION BY region) AS regional,
                sum(n) OVER (PARTITION BY category) / sum(n) OVER () AS everywhere
            FROM counts
        )
        SELECT avg(best)
        FROM (SELECT max_by(regional / everywhere, regional) AS best FROM shares GROUP BY region)
    """
    assert number(export, lift) > 1.3


def test_events_lift_the_sales_of_their_dates(export: Path) -> None:
    # Orders per cart leave out how many people happened to look.
    lift = """
        WITH carts AS (
            SELECT content_id, product_id, period_start, max(add_to_carts) AS carts
            FROM engagement GROUP BY ALL
        ), orders AS (
            SELECT content_id, product_id, date_trunc('day', ordered_at) AS period_start,
                count(DISTINCT sale_id) AS orders
            FROM sales GROUP BY ALL
        ), days AS (
            SELECT carts, coalesce(orders, 0) AS orders, EXISTS (
                FROM demand_events AS e
                WHERE period_start >= e.starts_at AND period_start < e.ends_at
                AND (e.category IS NULL OR starts_with(products.category, e.category || '/'))
            ) AS on_event
            FROM carts LEFT JOIN orders USING (content_id, product_id, period_start)
            JOIN products USING (product_id)
        )
        SELECT (sum(orders) FILTER (on_event) / sum(carts) FILTER (on_event))
            / (sum(orders) FILTER (NOT on_event) / sum(carts) FILTER (NOT on_event))
        FROM days
    """
    assert number(export, lift) > 1.25


def test_most_baskets_hold_one_unit_and_some_buyers_return(export: Path) -> None:
    one = number(export, f"SELECT count(*) FILTER (quantity = 1) / count(*) FROM ({NEWEST_SALES})")
    assert 0.85 < one < 0.95
    returning = f"""
        SELECT count(*) FILTER (orders > 1) / count(*)
        FROM (SELECT count(*) AS orders FROM ({NEWEST_SALES}) GROUP BY buyer_id)
    """
    assert 0.15 < number(export, returning) < 0.7


def test_a_sale_earns_the_open_rate_or_that_of_the_collaboration(export: Path) -> None:
    rates = f"""
        SELECT count(*) FILTER (s.commission_rate = p.commission_rate),
            count(*) FILTER (s.commission_rate = c.commission_rate),
            count(*) FILTER (s.commission_rate NOT IN (p.commission_rate, coalesce(c.commission_rate, -1))),
            count(*) FILTER (c.status = 'ACTIVE' AND s.ordered_at >= c.since
                AND s.commission_rate <> c.commission_rate)
        FROM ({NEWEST_SALES}) AS s JOIN products AS p USING (product_id)
        LEFT JOIN collaborations AS c USING (creator_id, product_id)
    """
    ((open_rate, own_rate, neither, ignored),) = rows(export, rates)
    assert open_rate > own_rate > 20
    assert (neither, ignored) == (0, 0)


def test_an_amount_is_the_price_less_a_small_discount(export: Path) -> None:
    ((least, most, average),) = rows(
        export,
        f"""
        SELECT min(paid), max(paid), avg(paid) FROM (
            SELECT amount / (price * quantity) AS paid FROM ({NEWEST_SALES}) JOIN products USING (product_id)
        )
        """,
    )
    assert least > 0.79
    assert most < 1.0001
    assert 0.95 < average < 0.975

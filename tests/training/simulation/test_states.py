"""Rows are states: refunds, settlements and corrections are newer rows of the same key."""

from __future__ import annotations

from pathlib import Path

from tests.training.simulation.queries import NEWEST_ENGAGEMENT, NEWEST_SALES, number, rows


def test_a_refund_is_a_later_state_beside_the_sale_as_it_was_placed(export: Path) -> None:
    refunds = f"""
        SELECT count(*),
            count(*) FILTER (placed.updated_at < newest.updated_at AND placed.quantity = newest.quantity)
        FROM ({NEWEST_SALES}) AS newest
        JOIN (SELECT DISTINCT * FROM sales WHERE refunded_quantity = 0 AND status = 'PLACED') AS placed
            USING (sale_id)
        WHERE newest.refunded_quantity > 0
    """
    ((refunded, with_history),) = rows(export, refunds)
    assert refunded == with_history > 50
    assert refunded == number(export, f"SELECT count(*) FROM ({NEWEST_SALES}) WHERE refunded_quantity > 0")


def test_no_state_takes_a_refund_back(export: Path) -> None:
    taken_back = """
        SELECT count(*) FROM sales AS older JOIN sales AS newer USING (sale_id)
        WHERE older.updated_at < newer.updated_at AND older.refunded_quantity > newer.refunded_quantity
    """
    assert number(export, taken_back) == 0


def test_states_of_a_sale_differ_only_in_status_refund_and_time(export: Path) -> None:
    changed = """
        SELECT sale_id FROM sales GROUP BY sale_id
        HAVING count(DISTINCT (ordered_at, creator_id, product_id, content_id, quantity, amount,
            commission_rate, buyer_id)) > 1
    """
    assert rows(export, changed) == []


def test_sales_settle_after_14_days_unless_cancelled(export: Path) -> None:
    ages = f"""
        SELECT status, bool_and(ordered_at < TIMESTAMP '2026-02-16'), count(*)
        FROM ({NEWEST_SALES}) GROUP BY status
    """
    by_status = {status: (old, count) for status, old, count in rows(export, ages)}
    assert by_status["SETTLED"][0] is True
    assert by_status["PLACED"][0] is False
    still_placed = f"""
        SELECT count(*) FROM ({NEWEST_SALES})
        WHERE status = 'PLACED' AND ordered_at < TIMESTAMP '2026-02-16'
    """
    assert number(export, still_placed) == 0
    total = sum(count for _, count in by_status.values())
    assert 0.01 < by_status["CANCELLED"][1] / total < 0.03


def test_the_newest_state_of_a_key_is_unambiguous(export: Path) -> None:
    for table, key in (("sales", "sale_id"), ("engagement", "content_id, product_id, period_start")):
        ties = f"""
            SELECT {key}, updated_at FROM (SELECT DISTINCT * FROM {table}) GROUP BY ALL HAVING count(*) > 1
        """
        assert rows(export, ties) == []


def test_some_rows_are_replayed_exactly(export: Path) -> None:
    for table in ("sales", "engagement"):
        ((total, distinct),) = rows(
            export, f"SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT * FROM {table})) FROM {table}"
        )
        assert 0.01 < (total - distinct) / distinct < 0.02


def test_older_states_also_arrive_after_newer_ones(export: Path) -> None:
    swapped = """
        WITH feed AS (
            SELECT sale_id, updated_at, row_number() OVER () AS arrival
            FROM sales
        )
        SELECT count(*) FROM feed AS older JOIN feed AS newer USING (sale_id)
        WHERE older.updated_at < newer.updated_at AND older.arrival > newer.arrival
    """
    assert number(export, swapped) > 100


def test_some_rows_are_reported_days_late(export: Path) -> None:
    late_sales = """
        SELECT count(*) FILTER (first_seen > ordered_at + INTERVAL 1 DAY) / count(*)
        FROM (SELECT sale_id, ordered_at, min(updated_at) AS first_seen FROM sales GROUP BY ALL)
    """
    assert 0.02 < number(export, late_sales) < 0.06
    late_counts = f"""
        SELECT count(*) FILTER (updated_at > period_start + INTERVAL 2 DAY) / count(*)
        FROM ({NEWEST_ENGAGEMENT})
    """
    assert 0.02 < number(export, late_counts) < 0.06


def test_late_counts_only_grow(export: Path) -> None:
    shrunk = """
        SELECT count(*) FROM engagement AS older
        JOIN engagement AS newer USING (content_id, product_id, period_start)
        WHERE older.updated_at < newer.updated_at
        AND (older.views > newer.views OR older.add_to_carts > newer.add_to_carts)
    """
    assert number(export, shrunk) == 0

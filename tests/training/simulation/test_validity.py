"""Every row of every table is one that validation accepts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.simulation.queries import number, rows

AS_OF = "TIMESTAMP '2026-03-02'"
START = "TIMESTAMP '2026-01-01'"

COLUMNS = {
    "creators": "creator_id follower_count region language joined_at is_active",
    "products": "product_id brand_id category price commission_rate title stock sample_quota min_followers"
    " listed_at is_active",
    "engagement": "content_id product_id period_start creator_id content_type views likes comments shares"
    " product_clicks add_to_carts updated_at",
    "sales": "sale_id ordered_at creator_id product_id content_id quantity amount commission_rate buyer_id"
    " refunded_quantity status updated_at",
    "samples": "application_id creator_id product_id requested_at status posted_at",
    "collaborations": "creator_id product_id commission_rate status since",
    "demand_events": "name starts_at ends_at category",
}
MAY_BE_NULL = {"region", "language", "stock", "posted_at"}
BAD_ROWS = {
    "creators": "follower_count < 0 OR joined_at > {as_of}",
    "products": "price <= 0 OR commission_rate NOT BETWEEN 0.05 AND 0.25 OR stock < 0 OR sample_quota < 0"
    " OR min_followers < 0 OR listed_at > {as_of} OR category NOT LIKE '%/%'"
    " OR abs(price * 100 - round(price * 100)) > 1e-6",
    "engagement": "views < 0 OR likes < 0 OR comments < 0 OR shares < 0 OR product_clicks < add_to_carts"
    " OR add_to_carts < 0 OR product_clicks > views OR updated_at > {as_of}"
    " OR updated_at < period_start OR period_start < {start}"
    " OR period_start <> date_trunc('day', period_start) OR content_type NOT IN ('VIDEO', 'LIVE')",
    "sales": "quantity < 1 OR amount <= 0 OR commission_rate NOT BETWEEN 0 AND 1 OR refunded_quantity < 0"
    " OR refunded_quantity > quantity OR updated_at < ordered_at OR updated_at > {as_of}"
    " OR ordered_at < {start} OR status NOT IN ('PLACED', 'SETTLED', 'CANCELLED')"
    " OR abs(amount * 100 - round(amount * 100)) > 1e-6",
    "samples": "requested_at > {as_of} OR posted_at > {as_of} OR posted_at < requested_at"
    " OR (status = 'POSTED') <> (posted_at IS NOT NULL)"
    " OR status NOT IN ('PENDING', 'APPROVED', 'REJECTED', 'POSTED')",
    "collaborations": "commission_rate NOT BETWEEN 0 AND 1 OR since > {as_of}"
    " OR status NOT IN ('ACTIVE', 'ENDED')",
    "demand_events": "starts_at >= ends_at OR starts_at < {start} OR ends_at > {as_of}",
}


@pytest.mark.parametrize("table", COLUMNS)
def test_a_table_has_exactly_the_columns_of_the_design(export: Path, table: str) -> None:
    described = rows(export, f"DESCRIBE {table}")
    assert " ".join(row[0] for row in described) == COLUMNS[table]


@pytest.mark.parametrize("table", COLUMNS)
def test_no_row_breaks_a_rule_of_its_table(export: Path, table: str) -> None:
    broken = BAD_ROWS[table].format(as_of=AS_OF, start=START)
    required = (
        set(COLUMNS[table].split()) - MAY_BE_NULL - ({"category"} if table == "demand_events" else set())
    )
    nulls = " OR ".join(f"{column} IS NULL" for column in sorted(required))
    assert rows(export, f"SELECT * FROM {table} WHERE {broken} OR {nulls}") == []
    assert number(export, f"SELECT count(*) FROM {table}") > 0


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("creators", "creator_id"),
        ("products", "product_id"),
        ("samples", "application_id"),
        ("collaborations", "creator_id, product_id"),
        ("demand_events", "name"),
    ],
)
def test_keys_of_tables_without_history_are_unique(export: Path, table: str, key: str) -> None:
    assert rows(export, f"SELECT {key} FROM {table} GROUP BY ALL HAVING count(*) > 1") == []


@pytest.mark.parametrize("table", ["engagement", "sales", "samples", "collaborations"])
def test_every_creator_and_product_is_known(export: Path, table: str) -> None:
    unknown = f"""
        SELECT count(*) FROM {table}
        WHERE creator_id NOT IN (SELECT creator_id FROM creators)
        OR product_id NOT IN (SELECT product_id FROM products)
    """
    assert number(export, unknown) == 0


def test_a_content_belongs_to_one_creator_and_has_one_type(export: Path) -> None:
    shared = """
        SELECT content_id FROM (
            SELECT content_id, creator_id, content_type FROM engagement
            UNION SELECT content_id, creator_id, NULL FROM sales
        ) GROUP BY 1 HAVING count(DISTINCT creator_id) > 1 OR count(DISTINCT content_type) > 1
    """
    assert rows(export, shared) == []


def test_every_sale_has_a_cart_on_its_day(export: Path) -> None:
    # Late counts may still be partial, so the carts are those of the most complete state.
    orphans = f"""
        SELECT count(*) FROM (
            SELECT content_id, product_id, date_trunc('day', ordered_at) AS day,
                count(DISTINCT sale_id) AS sales
            FROM sales GROUP BY ALL
        ) LEFT JOIN (
            SELECT content_id, product_id, period_start AS day, max(add_to_carts) AS carts,
                age({AS_OF}, max(period_start)) > INTERVAL 6 DAY AS complete
            FROM engagement GROUP BY ALL
        ) USING (content_id, product_id, day)
        WHERE carts IS NULL OR (complete AND carts < sales)
    """
    assert number(export, orphans) == 0


def test_nobody_acts_before_joining_and_nothing_sells_before_listing(export: Path) -> None:
    early = """
        SELECT count(*) FROM sales JOIN creators USING (creator_id) JOIN products USING (product_id)
        WHERE ordered_at < joined_at OR ordered_at < listed_at
    """
    assert number(export, early) == 0


def test_ids_carry_their_kind_and_number(export: Path) -> None:
    first = rows(
        export,
        """
        SELECT min(creator_id), (SELECT min(product_id) FROM products),
            (SELECT bool_and(regexp_full_match(brand_id, 'b[0-9]{3}')) FROM products),
            (SELECT bool_and(regexp_full_match(content_id, 'v[0-9]{7}')) FROM engagement),
            (SELECT bool_and(regexp_full_match(sale_id, 's[0-9]{8}')) FROM sales)
        FROM creators
        """,
    )
    assert first == [("c000000", "p00000", True, True, True)]

import pytest

from features.contracts import TABLES

# Section 2 of the design: key, then required, then optional columns.
DESIGN = {
    "creators": ("creator_id", "follower_count", "region language joined_at is_active updated_at"),
    "products": (
        "product_id",
        "brand_id category price commission_rate",
        "title stock sample_quota min_followers listed_at regions is_active updated_at",
    ),
    "engagement": (
        "content_id product_id period_start",
        "creator_id views product_clicks",
        "content_type likes comments shares add_to_carts updated_at",
    ),
    "sales": (
        "sale_id",
        "ordered_at creator_id product_id content_id quantity amount commission_rate updated_at",
        "buyer_id refunded_quantity status",
    ),
    "samples": ("application_id", "creator_id product_id requested_at status", "posted_at"),
    "collaborations": ("creator_id product_id", "commission_rate status since", "updated_at"),
    "demand_events": ("name starts_at category", "ends_at", "updated_at"),
    "impressions": (
        "impression_id",
        "shown_at creator_id product_id position propensity",
        "release_id surface",
    ),
}


@pytest.mark.parametrize("name", DESIGN)
def test_every_table_has_the_columns_of_the_design(name: str) -> None:
    key, required, optional = (set(part.split()) for part in DESIGN[name])
    table = TABLES[name]
    assert set(table.key) == key
    assert {column.name for column in table.columns} == key | required | optional
    # A demand event of no category concerns all: null is a value of its key.
    may_be_null = optional | ({"category"} if name == "demand_events" else set())
    assert {column.name for column in table.columns if column.optional} == may_be_null


def test_there_are_no_other_tables_and_four_may_be_absent() -> None:
    assert TABLES.keys() == DESIGN.keys()
    optional = {name for name, table in TABLES.items() if not table.required}
    assert optional == {"samples", "collaborations", "demand_events", "impressions"}


def test_a_table_is_validated_after_those_it_refers_to() -> None:
    seen: set[str] = set()
    for name, table in TABLES.items():
        seen.add(name)
        assert {column.references for column in table.columns if column.references} <= seen


def test_states_with_a_version_say_from_when_they_are_known() -> None:
    for table in TABLES.values():
        if table.version is not None:
            assert table.known_from is not None
            assert table.version in table.known_from


def test_a_column_is_found_by_name_alone() -> None:
    assert TABLES["sales"].column("quantity").minimum == 1
    with pytest.raises(KeyError):
        TABLES["sales"].column("price")

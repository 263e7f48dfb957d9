import csv
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.convert import convert
from tests.benchmarks.conftest import RealExport
from tests.benchmarks.exports import column, rows, seconds, utc, write_tsv


@pytest.fixture
def export(tmp_path: Path) -> Path:
    may, june = seconds("2005-05-01 07:00:00"), seconds("2005-06-01 07:00:00")
    write_tsv(
        tmp_path / "ciao" / "ratings.tsv",
        "user item category rating helpfulness ts",
        (1, 10, 24, 4, 1, june),
        (1, 11, 3, 3, 2, may),
        (2, 10, 24, 5, 7, may),
        (2, 10, 24, 2, 3, may),
        (2, 10, 5, 1, 6, june),
    )
    write_tsv(tmp_path / "ciao" / "trust.tsv", "truster trusted", (1, 2), (3, 2), (3, 4))
    convert("ciao", tmp_path, tmp_path / "out")
    return tmp_path / "out"


def test_times_trusted_are_followers_and_people_without_reviews_are_creators(export: Path) -> None:
    assert rows(export, "creators") == [
        {"creator_id": "u1", "follower_count": 0, "joined_at": utc("2005-05-01 07:00:00")},
        {"creator_id": "u2", "follower_count": 2, "joined_at": utc("2005-05-01 07:00:00")},
        {"creator_id": "u3", "follower_count": 0, "joined_at": None},
        {"creator_id": "u4", "follower_count": 1, "joined_at": None},
    ]


def test_a_product_has_the_category_named_most_often(export: Path) -> None:
    assert [(row["product_id"], row["category"]) for row in rows(export, "products")] == [
        ("i10", "c24"),
        ("i11", "c3"),
    ]


def test_four_stars_are_a_sale_and_three_are_not(export: Path) -> None:
    assert [(s["creator_id"], s["product_id"], s["ordered_at"]) for s in rows(export, "sales")] == [
        ("u1", "i10", utc("2005-06-01 07:00:00")),
        ("u2", "i10", utc("2005-05-01 07:00:00")),
    ]


def test_every_review_is_engagement_and_helpful_ones_are_liked(export: Path) -> None:
    found = [
        (row["content_id"], row["period_start"], row["views"], row["product_clicks"], row["likes"])
        for row in rows(export, "engagement")
    ]
    assert found == [
        ("u1-i10", utc("2005-06-01"), 1, 1, 4),
        ("u1-i11", utc("2005-05-01"), 1, 1, 3),
        ("u2-i10", utc("2005-05-01"), 1, 1, 2),
        ("u2-i10", utc("2005-06-01"), 1, 1, 0),
    ]


def test_totals_of_the_real_data_reconcile(real_exports: dict[str, RealExport]) -> None:
    real = real_exports["ciao"]
    best: dict[tuple[str, str, str], int] = {}
    with (real.source / "ratings.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            key = (row["user"], row["item"], row["ts"])
            best[key] = max(best.get(key, 0), int(row["rating"]))
    with (real.source / "trust.tsv").open(encoding="utf-8") as file:
        trusted = Counter(row["trusted"] for row in csv.DictReader(file, delimiter="\t"))
    followers = zip(
        column(real.export, "creators", "creator_id"),
        column(real.export, "creators", "follower_count"),
        strict=True,
    )

    assert len(column(real.export, "engagement", "views")) == len(best) == 283_728
    assert (
        len(column(real.export, "sales", "sale_id")) == sum(stars >= 4 for stars in best.values()) == 227_109
    )
    assert len(column(real.export, "products", "product_id")) == 105_114
    assert {creator: count for creator, count in followers if count} == {
        f"u{user}": count for user, count in trusted.items()
    }

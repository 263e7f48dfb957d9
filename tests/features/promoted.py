"""Sales and views for tests of what promotions are valued by."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from features.build import build_features
from features.engine import open_engine
from features.facts import collapse
from features.settings import MarketplaceSettings
from features.validation import validate
from recsys.value.context import PairContext
from tests.exports import DAY, START, Row, write_tables

NOW = START + 100 * DAY
# Half-lives of ten thousand days: totals are what they are, to a hundredth.
SETTINGS = MarketplaceSettings(horizon_days=14.0, half_life_days=10_000.0, refund_days=21.0)


def sale(days_ago: float, creator: str, product: str, quantity: int = 1, **given: object) -> Row:
    return {
        "ordered_at": NOW - round(days_ago * DAY),
        "creator_id": creator,
        "product_id": product,
        "quantity": quantity,
        "amount": 10.0 * quantity,
        "sale_id": f"{days_ago} {creator} {product}",
        **given,
    }


def views(days_ago: float, creator: str, product: str, views: int, clicks: int = 0, **given: object) -> Row:
    return {
        "period_start": NOW - round(days_ago * DAY),
        "creator_id": creator,
        "product_id": product,
        "content_id": f"{creator} on {product}",
        "views": views,
        "product_clicks": clicks,
        **given,
    }


def context_of(
    tmp_path: Path,
    tables: Mapping[str, Sequence[Row]],
    as_of: int = NOW,
    settings: MarketplaceSettings = SETTINGS,
) -> PairContext:
    with open_engine(tmp_path / "work") as engine:
        validate(engine, write_tables(tmp_path / "export", tables)).require(0.0)
        return build_features(collapse(engine).at(as_of), settings).context


PAST: dict[str, list[Row]] = {
    "creators": [{"creator_id": name, "follower_count": 10 ** (3 + at)} for at, name in enumerate("abc")],
    "products": [
        {"product_id": "p1", "category": "Beauty", "price": 10.0},
        {"product_id": "p2", "category": "Beauty", "price": 20.0},
        {"product_id": "p3", "category": "Home", "price": 40.0},
    ],
    "sales": [
        sale(60, "a", "p1", 3),
        sale(50, "b", "p1", 1),
        sale(40, "b", "p2", 5),
        sale(5, "c", "p3", 2),
        sale(1, "a", "p3", 4),
    ],
    "engagement": [
        views(61, "a", "p1", 1_000, 40),
        views(55, "b", "p1", 700, 10),
        views(41, "b", "p2", 900, 50),
        views(9, "c", "p3", 300, 30),
        views(4, "c", "p2", 200, 2),
    ],
    "collaborations": [{"creator_id": "a", "product_id": "p1", "since": NOW - 30 * DAY}],
    "demand_events": [
        {"name": "past", "starts_at": NOW - 10 * DAY, "ends_at": NOW - 3 * DAY},
        {"name": "coming", "starts_at": NOW + 3 * DAY, "ends_at": NOW + 4 * DAY, "category": "Home"},
    ],
}

from pathlib import Path

from features.engagement import pair_engagement_sql
from features.engine import Engine
from tests.exports import DAY, START, Row
from tests.features.reading import facts_of

NOW = START + 10 * DAY


def _totals(tmp_path: Path, engine: Engine, *engagement: Row) -> list[tuple[object, ...]]:
    snapshot = facts_of(tmp_path, engine, engagement=list(engagement)).at(NOW)
    return engine.rows(
        "SELECT creator_index, product_index, views, likes, comments, shares, product_clicks, add_to_carts "
        f"FROM ({pair_engagement_sql(snapshot.engagement, NOW, 5 * DAY)}) AS pairs ORDER BY ALL"
    )


def test_channels_are_decayed_and_added_up_by_creator_and_product(tmp_path: Path, engine: Engine) -> None:
    half_life_ago, two_ago = NOW - 5 * DAY, NOW - 10 * DAY
    everything: Row = {
        "likes": 20, "comments": 30, "shares": 40, "product_clicks": 50, "add_to_carts": 60,
    }  # fmt: skip
    million = 1_000_000
    assert _totals(
        tmp_path,
        engine,
        {"content_id": "v1", "period_start": half_life_ago, "views": 10, **everything},
        {"content_id": "v1", "period_start": two_ago, "views": 8, "product_clicks": 4},
        {"content_id": "v2", "period_start": half_life_ago, "views": 2, "product_clicks": 0},
        {"content_id": "w", "creator_id": "c2", "period_start": two_ago, "views": 4, "product_clicks": 0},
        {"content_id": "v1", "product_id": "p2", "period_start": two_ago, "views": 1, "product_clicks": 0},
    ) == [
        (
            0, 0, (5 + 2 + 1) * million, 10 * million, 15 * million, 20 * million,
            (25 + 1) * million, 30 * million,
        ),
        (0, 1, million // 4, 0, 0, 0, 0, 0),
        (1, 0, million, 0, 0, 0, 0, 0),
    ]  # fmt: skip


def test_a_replay_of_a_period_counts_once_and_a_correction_replaces_it(
    tmp_path: Path, engine: Engine
) -> None:
    row: Row = {"period_start": NOW - 5 * DAY, "views": 10, "product_clicks": 0}
    ((_, _, views, *_),) = _totals(tmp_path, engine, row, row, {**row, "views": 6, "updated_at": NOW - DAY})
    assert views == 3_000_000

from pathlib import Path

from features.engagement import create_engagement
from features.engine import Engine
from features.state import create_state
from features.validation import validate
from tests.exports import DAY, START, Row, write_export

NOW = START + 10 * DAY


def _totals(tmp_path: Path, engine: Engine, *engagement: Row) -> list[tuple[object, ...]]:
    validate(engine, write_export(tmp_path / "export", engagement=engagement)).require(0.0)
    create_state(engine, NOW)
    create_engagement(engine, NOW, 5 * DAY)
    return engine.rows(
        "SELECT creator_id, product_id, contents, views, likes, comments, shares, product_clicks, "
        "add_to_carts FROM pair_engagement ORDER BY ALL"
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
            "c1", "p1", 2, (5 + 2 + 1) * million, 10 * million, 15 * million, 20 * million,
            (25 + 1) * million, 30 * million,
        ),
        ("c1", "p2", 1, million // 4, 0, 0, 0, 0, 0),
        ("c2", "p1", 1, million, 0, 0, 0, 0, 0),
    ]  # fmt: skip


def test_a_replay_of_a_period_counts_once_and_a_correction_replaces_it(
    tmp_path: Path, engine: Engine
) -> None:
    row: Row = {"period_start": NOW - 5 * DAY, "views": 10, "product_clicks": 0}
    ((_, _, contents, views, *_),) = _totals(
        tmp_path, engine, row, row, {**row, "views": 6, "updated_at": NOW - DAY}
    )
    assert (contents, views) == (1, 3_000_000)

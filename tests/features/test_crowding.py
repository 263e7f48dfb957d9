from pathlib import Path

import numpy as np
import pytest

from features.crowding import MEMORY_DAYS, CrowdedDays, Promoting, read_crowding
from features.engine import Engine
from tests.exports import DAY, START, Row
from tests.features.reading import facts_of

NOW = START + 90 * DAY
LATE = MEMORY_DAYS + 10


def _seen(day: int, content: str, creator: str, **given: object) -> Row:
    return {
        "period_start": START + day * DAY,
        "content_id": content,
        "creator_id": creator,
        "product_id": "p0",
        "views": 100,
        "product_clicks": 0,
        **given,
    }


def _read(tmp_path: Path, engine: Engine, **tables: list[Row]) -> CrowdedDays:
    return read_crowding(facts_of(tmp_path, engine, **tables).at(NOW))


def test_creators_promote_from_the_day_after_a_content_until_it_is_forgotten() -> None:
    creators, products, days = (np.array(column) for column in ([0, 0, 1], [2, 2, 2], [10, 20, 12]))
    promoting = Promoting.of(creators, products, days)
    asked = np.array([10, 11, 12, 13, 12 + MEMORY_DAYS, 13 + MEMORY_DAYS, 20 + MEMORY_DAYS, 21 + MEMORY_DAYS])
    # Creator 0 counts once though its second content follows while the first is remembered.
    assert promoting.count(np.full(len(asked), 2), asked).tolist() == [0, 1, 1, 2, 2, 1, 1, 0]
    assert promoting.count(np.full(len(asked), 1), asked).tolist() == [0] * len(asked)


def test_contents_of_a_day_stand_apart_by_the_crowd_that_they_were_posted_in(
    tmp_path: Path, engine: Engine
) -> None:
    found = _read(
        tmp_path,
        engine,
        engagement=[
            _seen(0, "k0", "c9"),
            _seen(LATE, "k1", "c1", product_clicks=8),
            _seen(LATE + 1, "k1", "c1", product_clicks=4),
            _seen(LATE + 1, "k2", "c2", product_clicks=2),
        ],
    )
    # The first content is left out: nobody knows who promoted before history began.
    assert found.products.tolist() == [0, 0, 0]
    assert (found.days - START // DAY).tolist() == [LATE, LATE + 1, LATE + 1]
    assert found.crowd.tolist() == [0, 0, 1]
    # 14 clicks of 400 views are usual.
    weight = 1 / (1 + 100 * 14 / 400)
    assert found.chances.tolist() == pytest.approx([100 * weight] * 3)
    assert found.taken.tolist() == pytest.approx([8 * weight, 4 * weight, 2 * weight])
    assert found.promoting.tolist() == [0]


def test_of_a_product_that_is_new_all_promoters_are_known(tmp_path: Path, engine: Engine) -> None:
    found = _read(
        tmp_path,
        engine,
        products=[
            {"product_id": "p0", "listed_at": START + 3 * DAY},
            {"product_id": "p1", "listed_at": None},
        ],
        engagement=[_seen(0, "k0", "c9", product_id="p1"), _seen(4, "k1", "c1", product_clicks=1)],
    )
    assert (found.days - START // DAY).tolist() == [4]


def test_units_are_what_is_taken_where_no_clicks_are_reported(tmp_path: Path, engine: Engine) -> None:
    found = _read(
        tmp_path,
        engine,
        engagement=[_seen(0, "k0", "c9"), _seen(LATE, "k1", "c1")],
        sales=[
            {
                "ordered_at": START + LATE * DAY + 5,
                "content_id": "k1",
                "creator_id": "c1",
                "product_id": "p0",
                "quantity": 3,
            }
        ],
    )
    assert found.taken.tolist() == pytest.approx([3 / (1 + 100 * 3 / 200)])


def test_without_views_nothing_is_told(tmp_path: Path, engine: Engine) -> None:
    found = _read(tmp_path, engine, sales=[{"ordered_at": START}])
    assert len(found) == 0
    assert found.promoting.tolist() == [0]

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.engine import Engine, open_engine
from features.frames import arrow_table, content_sha256
from features.validation import validate
from recsys.errors import DataError
from tests.exports import DAY, START, Row, write_tables

TABLES: Mapping[str, list[Row]] = {
    "creators": [{"creator_id": "c1", "region": "US"}, {"creator_id": "c2", "region": None}],
    "products": [{"product_id": "p1", "price": 12.5, "is_active": True}, {"product_id": "p2", "stock": 3}],
    "engagement": [{"period_start": START + day * DAY, "views": 10 + day} for day in range(3)],
    "sales": [
        {"sale_id": "s1", "quantity": 2, "status": "SETTLED"},
        {"sale_id": "s2", "creator_id": "ghost"},
        {"sale_id": "s3", "quantity": 0},
        {"sale_id": "s1", "quantity": 2, "status": "SETTLED"},
    ],
    "demand_events": [{"name": "sale", "category": None}, {"name": "sale", "category": "Beauty"}],
}


def _frames(folder: Path) -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_parquet(path) for path in folder.glob("*.parquet")}


def _read(engine: Engine, name: str) -> list[tuple[object, ...]]:
    return engine.rows(f"SELECT * FROM valid_{name} ORDER BY ALL")


def test_frames_are_read_as_the_files_that_hold_the_same(tmp_path: Path) -> None:
    data = write_tables(tmp_path / "export", TABLES)
    with open_engine(tmp_path / "a") as of_files, open_engine(tmp_path / "b") as of_frames:
        files, frames = validate(of_files, data), validate(of_frames, _frames(data))
        assert [str(table) for table in frames.tables] == [str(table) for table in files.tables]
        assert frames.notes() == files.notes()
        for table in files.tables:
            assert _read(of_frames, table.table) == _read(of_files, table.table)
        bad = "SELECT table_name, source_row, column_name, reason, value FROM quarantine ORDER BY ALL"
        assert of_frames.rows(bad) == of_files.rows(bad) != []
    unknown, small = frames.faults()
    assert str(unknown).startswith(
        "table sales, DataFrame row 2, column creator_id: 'ghost' is unknown_creator"
    )
    assert (small.first_row, small.reason) == (3, "too_small")


def test_a_row_of_a_long_frame_is_named_by_its_place(tmp_path: Path, engine: Engine) -> None:
    frames = _frames(write_tables(tmp_path / "export", TABLES))
    rows = 400_000
    frames["creators"] = pd.DataFrame({"creator_id": [f"c{n}" for n in range(rows)], "follower_count": 1})
    frames["creators"].loc[[250_000, rows - 1], "follower_count"] = -1
    validate(engine, frames)
    found = engine.rows("SELECT source_row FROM quarantine WHERE table_name = 'creators' ORDER BY 1")
    assert found == [(250_001,), (rows,)]


def test_every_kind_of_column_that_pandas_has_is_understood(tmp_path: Path, engine: Engine) -> None:
    frames = _frames(write_tables(tmp_path / "export", {"sales": [{}]}))
    frames["creators"] = pd.DataFrame(
        {
            "creator_id": pd.Categorical(["c1", "c2"]),
            "follower_count": pd.array([5, 6], dtype="Int64"),
            "joined_at": pd.to_datetime(["2026-01-01T02:00+02:00", "nat"], utc=True),
            "updated_at": pd.to_datetime(["2026-01-01", "2026-01-02"]),
            "is_active": np.array([True, None], dtype=object),
            7: [1, 2],
        },
        index=["any", "thing"],
    )
    report = validate(engine, frames)
    report.require(0.0)
    assert engine.rows(
        "SELECT creator_id, follower_count, joined_at, updated_at, is_active FROM valid_creators ORDER BY ALL"
    ) == [("c1", 5, START, START, True), ("c2", 6, None, START + DAY, True)]
    assert report.tables[0].ignored == ("7",)


def test_a_value_of_another_type_is_one_bad_row(tmp_path: Path, engine: Engine) -> None:
    frames = _frames(write_tables(tmp_path / "export", {"sales": [{}, {}, {}]}))
    frames["sales"]["quantity"] = np.array([1, "many", 3], dtype=object)
    (fault,) = validate(engine, frames).faults()
    assert (fault.first_row, fault.first_value, fault.reason) == (2, "many", "wrong_type")


def test_the_digest_is_of_what_a_frame_holds() -> None:
    def digest(frame: pd.DataFrame) -> str:
        return content_sha256(arrow_table("sales", frame))

    frame = pd.DataFrame({"a": ["x", "y", None], "b": [1, 2, 3]})
    longer = pd.concat([pd.DataFrame({"a": ["w"], "b": [0]}), frame])
    assert digest(longer.iloc[1:]) == digest(frame) == digest(frame.set_index(pd.Index([7, 8, 9])))
    assert digest(frame[["b", "a"]]) != digest(frame) != digest(frame.iloc[::-1])
    assert digest(frame.assign(b=[1, 2, 4])) != digest(frame)


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ({"sale": pd.DataFrame()}, "no table 'sale' in the contract; its tables are creators, products"),
        ({"sales": pd.DataFrame()}, "the frame of table sales has no column"),
        (
            {"sales": pd.DataFrame({"sale_id": []})},
            "has no table creators, products, engagement; give creators as a frame",
        ),
        ({"sales": pd.DataFrame([[1, 2]], columns=["a", "a"])}, "of table sales names the column 'a' twice"),
        (
            {"sales": pd.DataFrame({"a": pd.Series(["\ud800"], dtype=object)})},
            "column a, holds what is not Unic",
        ),
    ],
)
def test_what_is_no_export_is_refused(engine: Engine, frames: dict[str, pd.DataFrame], message: str) -> None:
    with pytest.raises(DataError, match=message):
        validate(engine, frames)


def test_a_frame_without_a_required_column_is_refused(tmp_path: Path, engine: Engine) -> None:
    frames = _frames(write_tables(tmp_path / "export", {"sales": [{}]}))
    frames["creators"] = frames["creators"].set_index("creator_id")
    message = r"table creators \(DataFrame\) has no column creator_id; .* \(found: follower_count\)"
    with pytest.raises(DataError, match=message):
        validate(engine, frames)

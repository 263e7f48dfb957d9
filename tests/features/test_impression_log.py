from pathlib import Path

import pyarrow as pa
import pytest

from features.contracts import IMPRESSIONS
from features.engine import open_engine
from features.exposure import shown_pairs
from features.facts import collapse
from features.impression_log import SCHEMA, ImpressionLog
from features.intake import read_export
from recsys.errors import DataError
from tests.exports import DAY, START, write_export


def rows(*shown: tuple[str, int, str, str, float]) -> pa.Table:
    """Impressions by id, time, creator, product and propensity, each at the first place."""
    columns = list(zip(*shown, strict=True))
    n = len(shown)
    return pa.table([*columns[:4], [1] * n, columns[4], ["r"] * n, ["products"] * n], schema=SCHEMA)


def test_its_columns_are_those_of_the_contract() -> None:
    assert tuple(SCHEMA.names) == tuple(column.name for column in IMPRESSIONS.columns)


def test_files_of_several_writers_stand_side_by_side_and_nothing_half_written_among_them(
    tmp_path: Path,
) -> None:
    log = ImpressionLog.of(tmp_path)
    assert log.files() == []
    written = [log.write(rows((f"i{n}", START, "ada", "cream", 1.0)), f"{n}-a") for n in range(3)]
    (log.folder / ".later.parquet.partial").write_bytes(b"half")
    assert log.files() == sorted(written)


def test_a_night_reads_what_was_served_as_more_of_the_table(tmp_path: Path) -> None:
    data = write_export(
        tmp_path / "export",
        creators=[{"creator_id": "ada"}, {"creator_id": "bob"}],
        products=[{"product_id": "cream"}, {"product_id": "lamp"}],
        engagement=[],
        sales=[{"creator_id": "ada", "product_id": "cream", "ordered_at": START, "updated_at": START + DAY}],
        impressions=[{"impression_id": "own", "creator_id": "ada", "product_id": "cream", "shown_at": START}],
    )
    log = ImpressionLog.of(tmp_path)
    log.write(rows(("s1", START, "ada", "lamp", 0.2), ("s2", START, "bob", "gone", 1.0)), "1-a")
    log.write(
        rows(("s3", START + DAY, "bob", "lamp", 1.0), ("s4", START + 2 * DAY, "bob", "cream", 1)), "1-a"
    )
    with open_engine(tmp_path / "work") as engine:
        found = read_export(engine, data, tmp_path, None)
        (report,) = [table for table in found.report.tables if table.table == "impressions"]
        assert (report.rows, report.good, report.faults) == (4, 4, ())
        found.report.require(0.0)
        quarantined = engine.rows(
            "SELECT split_part(source_file, '/', 1), source_row, reason FROM quarantine ORDER BY ALL"
        )
        assert quarantined == [("impressions", 2, "after_as_of"), ("impressions", 2, "unknown_product")]
        shown = shown_pairs(collapse(engine).at(found.as_of), START, START + 3 * DAY)
        assert shown.toarray().tolist() == [[1, 1], [0, 1]]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    data = write_export(tmp_path / "export", sales=[{}])
    folder = ImpressionLog.of(tmp_path).folder
    folder.mkdir()
    (folder / "bad.parquet").write_bytes(b"no file of Parquet")
    with open_engine(tmp_path / "work") as engine, pytest.raises(DataError, match=r"bad\.parquet.*delete"):
        read_export(engine, data, tmp_path, None)

from __future__ import annotations

import csv
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.training.simulation.queries import TABLES, number
from training.simulation import SimulationSettings, SimulationSummary, export, simulate
from training.simulation.files import FileFormat

TINY = SimulationSettings(creators=60, products=20, days=20, seed=3)


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_equal_settings_give_equal_bytes(tmp_path: Path, file_format: FileFormat) -> None:
    for name in ("a", "b"):
        simulate(tmp_path / name, TINY, file_format=file_format)
    assert _digests(tmp_path / "a") == _digests(tmp_path / "b")


def test_another_seed_gives_another_marketplace(tmp_path: Path) -> None:
    simulate(tmp_path / "a", TINY)
    simulate(tmp_path / "b", replace(TINY, seed=4))
    a, b = _digests(tmp_path / "a"), _digests(tmp_path / "b")
    assert all(a[f"{table}.parquet"] != b[f"{table}.parquet"] for table in TABLES)


def test_the_folder_holds_the_tables_the_currency_and_the_truth(summary: SimulationSummary) -> None:
    names = {path.name for path in summary.folder.iterdir()}
    assert names == {f"{table}.parquet" for table in TABLES} | {"marketplace.toml", "truth"}
    assert tomllib.loads((summary.folder / "marketplace.toml").read_text()) == {"currency": "USD"}


def test_the_summary_counts_what_was_written(
    summary: SimulationSummary, settings: SimulationSettings
) -> None:
    assert summary.rows == {
        table: number(summary.folder, f"SELECT count(*) FROM {table}") for table in summary.rows
    }
    assert set(summary.rows) == set(TABLES)
    assert summary.rows["creators"] == settings.creators
    assert summary.rows["products"] == settings.products
    assert summary.as_of == datetime(2026, 3, 2, tzinfo=UTC)
    reported = number(summary.folder, "SELECT count(DISTINCT sale_id) FROM sales")
    # Sales reported only after the window are not in the export yet.
    assert 0.98 * summary.order_lines < reported < summary.order_lines
    silent = number(
        summary.folder,
        "SELECT count(*) FROM creators WHERE creator_id NOT IN (SELECT creator_id FROM engagement)",
    )
    assert summary.cold_creators == silent


def test_times_are_utc_microseconds_and_money_is_float64(summary: SimulationSummary) -> None:
    types = {
        f"{table}.{field.name}": str(field.type)
        for table in TABLES
        for field in pq.read_schema(summary.folder / f"{table}.parquet")
    }
    times = [name for name in types if name.endswith(("_at", ".since", ".period_start"))]
    assert len(times) == 11
    assert {types[name] for name in times} == {"timestamp[us, tz=UTC]"}
    assert {types[name] for name in ("products.price", "sales.amount")} == {"double"}
    assert {types[name] for name in ("sales.quantity", "engagement.views")} == {"int64"}
    assert {types[name] for name in types if name.endswith("_id")} == {"string"}


def test_csv_holds_the_same_rows_with_iso_times(tmp_path: Path) -> None:
    simulate(tmp_path / "parquet", TINY)
    simulate(tmp_path / "csv", TINY, file_format="csv")
    for table in TABLES:
        expected = pq.read_table(tmp_path / "parquet" / f"{table}.parquet").to_pylist()
        with (tmp_path / "csv" / f"{table}.csv").open(newline="") as file:
            found = list(csv.DictReader(file))
        assert [_as_text(row) for row in expected] == found


def _as_text(row: dict[str, object]) -> dict[str, str]:
    def text(value: object) -> str:
        if value is None:
            return ""
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if isinstance(value, bool):
            return str(value).lower()
        return f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)

    return {name: text(value) for name, value in row.items()}


@pytest.mark.parametrize("obstacle", ["folder", "file"])
def test_what_is_already_there_is_never_overwritten(tmp_path: Path, obstacle: str) -> None:
    out = tmp_path / "out"
    kept = out
    if obstacle == "folder":
        out.mkdir()
        kept = out / "precious"
    kept.write_text("keep me")
    with pytest.raises(FileExistsError, match="is not empty: name a new folder"):
        simulate(out, TINY)
    assert kept.read_text() == "keep me"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    simulate(tmp_path, TINY)
    assert (tmp_path / "sales.parquet").exists()


def test_a_crash_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(export, "write_truth", full_disk)
    with pytest.raises(OSError, match="No space left"):
        simulate(tmp_path / "out", TINY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "settings",
    [
        SimulationSettings(creators=1, products=1, days=1),
        SimulationSettings(creators=30, products=10, days=10, cold_share=1.0),
        SimulationSettings(creators=30, products=10, days=10, latent_dimensions=1, trend_share=0.0),
    ],
    ids=["smallest", "nobody posts", "one dimension"],
)
def test_the_edges_of_the_settings_still_make_an_export(tmp_path: Path, settings: SimulationSettings) -> None:
    assert set(simulate(tmp_path / "out", settings).rows) == set(TABLES)

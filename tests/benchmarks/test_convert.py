import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.convert import main
from tests.benchmarks.conftest import RealExport
from tests.benchmarks.exports import write_tsv


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    write_tsv(
        data / "ciao" / "ratings.tsv", "user item category rating helpfulness ts", (1, 2, 3, 4, 1, 10**9)
    )
    write_tsv(data / "ciao" / "trust.tsv", "truster trusted", (1, 2))
    return data


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def test_writes_four_tables_and_settings_and_prints_rows(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("ciao", tmp_path / "new" / "out", "--data", data) == 0

    assert sorted(path.name for path in (tmp_path / "new").rglob("*")) == [
        "creators.parquet",
        "engagement.parquet",
        "marketplace.toml",
        "out",
        "products.parquet",
        "sales.parquet",
    ]
    settings = tomllib.loads((tmp_path / "new" / "out" / "marketplace.toml").read_text(encoding="utf-8"))
    assert settings == {"currency": "EUR", "training": {"horizon_days": 180, "half_life_days": 730}}
    assert "ciao: creators: 2 rows" in capsys.readouterr().out


@pytest.mark.parametrize("named", ["argument", "environment"])
def test_a_missing_data_folder_is_named(
    named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = tmp_path / "nowhere"
    monkeypatch.setenv("RECSYS_DATA", str(nowhere if named == "environment" else tmp_path))
    given = ["--data", nowhere] if named == "argument" else []

    assert run("ciao", tmp_path / "out", *given) == 3

    message = capsys.readouterr().err
    assert str(nowhere) in message
    assert "RECSYS_DATA" in message
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_named_and_nothing_is_left_behind(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "ciao" / "trust.tsv").unlink()

    assert run("ciao", tmp_path / "out", "--data", data) == 3

    assert f"{data / 'ciao'} lacks trust.tsv" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [data]


@pytest.mark.parametrize("bad", [(1, 2, 3, "four", 1, 10**9), ("", 2, 3, 4, 1, 10**9)])
def test_bad_data_is_refused_and_nothing_is_left_behind(
    bad: tuple[object, ...], data: Path, tmp_path: Path
) -> None:
    write_tsv(data / "ciao" / "ratings.tsv", "user item category rating helpfulness ts", bad)

    assert run("ciao", tmp_path / "out", "--data", data) == 3

    assert list(tmp_path.iterdir()) == [data]


def test_a_missing_column_is_refused(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tsv(data / "ciao" / "trust.tsv", "truster other", (1, 2))

    assert run("ciao", tmp_path / "out", "--data", data) == 3

    assert str(data / "ciao" / "trust.tsv") in capsys.readouterr().err


def test_a_folder_with_something_in_it_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "precious.txt").write_text("keep", encoding="utf-8")

    assert run("ciao", tmp_path / "out", "--data", data) == 2

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["precious.txt"]


def test_an_empty_folder_is_filled(data: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    assert run("ciao", tmp_path / "out", "--data", data) == 0

    assert (tmp_path / "out" / "sales.parquet").is_file()


def test_the_order_of_reading_does_not_change_a_byte(data: Path, tmp_path: Path) -> None:
    lines = [(user, item, 3, 5, 1, 10**9) for user in range(40) for item in range(50)]
    for name, order in (("forth", lines), ("back", lines[::-1])):
        write_tsv(data / "ciao" / "ratings.tsv", "user item category rating helpfulness ts", *order)
        assert run("ciao", tmp_path / name, "--data", data) == 0

    for path in (tmp_path / "forth").iterdir():
        assert path.read_bytes() == (tmp_path / "back" / path.name).read_bytes()


def test_runs_as_a_module(data: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.convert", "ciao", str(tmp_path / "out")]
    environment = {**os.environ, "RECSYS_DATA": str(data)}

    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert f"written to {tmp_path / 'out'}" in done.stdout


@pytest.mark.parametrize("name", ["retailrocket", "ciao", "online-retail"])
def test_real_exports_keep_the_rules_of_an_export(name: str, real_exports: dict[str, RealExport]) -> None:
    export = real_exports[name].export
    creators, products, engagement, sales = (
        pd.read_parquet(export / f"{table}.parquet")
        for table in ("creators", "products", "engagement", "sales")
    )

    assert creators["creator_id"].is_unique
    assert products["product_id"].is_unique
    for table in (products, engagement, sales):
        assert not table.isna().to_numpy().any()
    for table in (engagement, sales):
        assert table["creator_id"].isin(creators["creator_id"]).all()
        assert table["product_id"].isin(products["product_id"]).all()
    contents = pd.concat(
        [table[["content_id", "creator_id"]] for table in (engagement, sales)]
    ).drop_duplicates()
    assert contents["content_id"].is_unique
    assert not engagement.duplicated(["content_id", "product_id", "period_start"]).any()
    assert (engagement[["views", "product_clicks"]] >= 0).to_numpy().all()
    assert (engagement["updated_at"] >= engagement["period_start"]).all()
    assert (engagement["period_start"] == engagement["period_start"].dt.floor("D")).all()
    assert not sales.duplicated(["sale_id", "updated_at"]).any()
    assert (sales["quantity"] >= 1).all()
    assert (sales["amount"] >= 0).all()
    assert (sales["updated_at"] >= sales["ordered_at"]).all()
    assert {str(sales[time].dtype) for time in ("ordered_at", "updated_at")} == {"datetime64[us, UTC]"}
    if "refunded_quantity" in sales:
        assert sales["refunded_quantity"].between(0, sales["quantity"]).all()

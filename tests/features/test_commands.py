import shutil
from pathlib import Path

from tests.command_line import Recsys


def test_a_missing_table_is_named(csv_export: Path, recsys: Recsys, tmp_path: Path) -> None:
    export = tmp_path / "export"
    shutil.copytree(csv_export, export)
    (export / "engagement.csv").unlink()
    done = recsys("validate", export, "--home", tmp_path / "home")

    assert done.returncode == 3
    assert "has no table engagement; put engagement.parquet or engagement.csv there" in done.stderr

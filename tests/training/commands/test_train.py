from pathlib import Path

from recsys.release.store import ReleaseStore
from tests.command_line import Recsys


def test_train_prints_the_metrics_and_the_champion(csv_export: Path, recsys: Recsys, tmp_path: Path) -> None:
    done = recsys("train", csv_export, "--home", tmp_path)

    assert done.returncode == 0
    for name in ("recipe", "popularity", "established creators", "tail products"):
        assert name in done.stdout
    assert "recipe less popularity, paired: +" in done.stdout
    assert f"release {ReleaseStore(tmp_path).resolve('champion')}: champion" in done.stdout
    assert "judge models and lists" in done.stderr


def test_a_time_that_is_none_exits_2(csv_export: Path, recsys: Recsys) -> None:
    done = recsys("train", csv_export, "--as-of", "soon")

    assert done.returncode == 2
    assert "'soon' is not a time" in done.stderr

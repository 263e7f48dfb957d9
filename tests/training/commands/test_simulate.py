from pathlib import Path

from tests.command_line import Recsys


def test_simulate_refuses_a_folder_in_use(recsys: Recsys, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")

    assert recsys("simulate", tmp_path).returncode == 2
    assert (tmp_path / "mine.txt").read_text() == "keep me"


def test_a_world_is_named_or_drawn_and_told(recsys: Recsys, tmp_path: Path) -> None:
    small = ("--creators", "30", "--products", "10", "--days", "10")
    random = recsys("simulate", tmp_path / "random", "--world", "random", "--seed", "3", *small)
    assert random.returncode == 0
    assert "taste_share" in random.stdout
    lists = recsys("simulate", tmp_path / "lists", "--world", "crowded", "--listed-share", "0.1", *small)
    assert lists.returncode == 0
    assert (tmp_path / "lists" / "impressions.parquet").exists()

    unknown = recsys("simulate", tmp_path / "out", "--world", "atlantis")
    assert unknown.returncode == 2
    assert "no world" in unknown.stderr

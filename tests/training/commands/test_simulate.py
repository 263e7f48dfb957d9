from pathlib import Path

from tests.command_line import Recsys


def test_simulate_refuses_a_folder_in_use(recsys: Recsys, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")

    assert recsys("simulate", tmp_path).returncode == 2
    assert (tmp_path / "mine.txt").read_text() == "keep me"

from pathlib import Path

from tests.command_line import Recsys


def test_a_time_that_is_none_exits_2(csv_export: Path, recsys: Recsys) -> None:
    done = recsys("train", csv_export, "--as-of", "soon")

    assert done.returncode == 2
    assert "'soon' is not a time" in done.stderr

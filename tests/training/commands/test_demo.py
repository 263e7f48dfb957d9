from pathlib import Path

import pytest

from tests.command_line import Recsys


@pytest.mark.slow
def test_the_demo_trains_serves_and_asks_both_ways(recsys: Recsys, tmp_path: Path) -> None:
    done = recsys("demo", tmp_path / "demo", "--creators", 150, "--products", 60, "--days", 60)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": champion") == 2
    for asked in ("a creator with history", "a creator without any history", "the product most in demand"):
        assert f"({asked}), by " in done.stdout
    assert f"serve --home {tmp_path / 'demo' / 'home'}" in done.stdout.replace("\n", "")

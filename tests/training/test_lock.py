from pathlib import Path

import pytest

from recsys.errors import UsageError
from training.lock import exclusive


def test_a_second_night_in_the_same_home_is_refused(tmp_path: Path) -> None:
    with exclusive(tmp_path), pytest.raises(UsageError, match="another `recsys train`"), exclusive(tmp_path):
        pass


def test_the_lock_is_free_again_afterwards_and_apart_for_each_home(tmp_path: Path) -> None:
    with exclusive(tmp_path / "a"), exclusive(tmp_path / "b"):
        pass
    with exclusive(tmp_path / "a"):
        pass

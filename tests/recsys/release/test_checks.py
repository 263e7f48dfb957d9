from importlib.metadata import EntryPoint
from pathlib import Path
from unittest.mock import patch

import pytest

from recsys.errors import UsageError
from recsys.release.checks import GROUP, installed_faults
from recsys.release.reader import Release, open_release
from tests.recsys.release.examples import write_release


def too_old(release: Release) -> list[str]:
    return [f"{release.path.name} is too old"]


def too_small(release: Release) -> list[str]:
    return ["it is too small"]


def sound(release: Release) -> list[str]:
    return []


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return open_release(tmp_path / "releases" / write_release(tmp_path))


def test_every_installed_check_is_asked(release: Release) -> None:
    checks = [
        EntryPoint(name, f"{__name__}:{check.__name__}", GROUP)
        for name, check in (("c", too_small), ("b", sound), ("a", too_old))
    ]
    with patch("recsys.release.checks.entry_points", return_value=checks):
        assert installed_faults(release) == [f"{release.release_id} is too old", "it is too small"]


def test_a_release_that_nobody_looks_at_is_not_served(release: Release) -> None:
    with (
        patch("recsys.release.checks.entry_points", return_value=[]),
        pytest.raises(UsageError, match=r"no installed package brings a check .* pip install -e"),
    ):
        installed_faults(release)

from pathlib import Path

from recsys.release.store import ReleaseStore
from tests.command_line import Recsys


def test_releases_are_listed_verified_rolled_back_and_pruned(
    csv_export: Path, recsys: Recsys, tmp_path: Path
) -> None:
    nights = ("2026-02-26", "2026-03-01")
    for night in nights:
        assert recsys("train", csv_export, "--home", tmp_path, "--as-of", night).returncode == 0
    store = ReleaseStore(tmp_path)
    first, second = store.ids()

    listed = recsys("releases", "list", "--home", tmp_path).stdout
    assert first in listed
    assert "champion" in listed
    assert recsys("releases", "verify", "--home", tmp_path).returncode == 0

    assert recsys("releases", "rollback", "--home", tmp_path).returncode == 0
    assert store.resolve("champion") == first
    assert recsys("releases", "promote", second, "--home", tmp_path).returncode == 0
    assert store.resolve("champion") == second

    assert recsys("releases", "prune", "--keep", 1, "--home", tmp_path).returncode == 0
    assert store.ids() == [first, second]  # the one before the champion stays

    with (store.releases / second / "affinity.data.npy").open("r+b") as file:
        file.seek(200)
        file.write(b"\xff")
    damaged = recsys("releases", "verify", "--home", tmp_path)
    assert damaged.returncode == 3
    assert "affinity.data.npy is damaged" in damaged.stderr
    assert recsys("products", "c000001", "--home", tmp_path).returncode == 3

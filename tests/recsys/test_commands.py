from dataclasses import replace
from pathlib import Path

from recsys.release.store import ReleaseStore
from recsys.split import DAY_US
from tests.command_line import Recsys
from tests.serving.marketplaces import AS_OF_US, hand_made, publish, write_release


def test_releases_are_listed_verified_rolled_back_and_pruned(recsys: Recsys, tmp_path: Path) -> None:
    store = ReleaseStore(tmp_path)
    oldest, first, second = (
        write_release(tmp_path, hand_made(), as_of=AS_OF_US + day * DAY_US) for day in range(3)
    )
    for release_id in (oldest, first, second):
        assert recsys("releases", "promote", release_id, "--home", tmp_path).returncode == 0
    assert store.resolve("champion") == second

    listed = recsys("releases", "list", "--home", tmp_path).stdout
    for shown in (first, second, "champion", "previous", "2026-01-03T00:00:00Z"):
        assert shown in listed
    assert recsys("releases", "verify", "--home", tmp_path).returncode == 0

    assert recsys("releases", "rollback", "--home", tmp_path).returncode == 0
    assert store.resolve("champion") == first

    assert recsys("releases", "prune", "--keep", 1, "--home", tmp_path).stdout == f"removed {oldest}\n"
    assert store.ids() == [first, second]  # the champion stays beside the newest

    with (store.releases / second / "sold_units.data.npy").open("r+b") as file:
        file.seek(-8, 2)
        file.write(b"\xff")
    damaged = recsys("releases", "verify", "--home", tmp_path)
    assert damaged.returncode == 3
    assert "sold_units.data.npy is damaged" in damaged.stderr
    assert recsys("releases", "promote", second, "--home", tmp_path).returncode == 3


def test_a_release_that_cannot_be_served_is_neither_promoted_nor_rolled_back_to(
    recsys: Recsys, tmp_path: Path
) -> None:
    store, market = ReleaseStore(tmp_path), hand_made()
    faulty = replace(market, prior={**market.prior, "soap": float("nan")})
    publish(tmp_path, faulty)
    champion = publish(tmp_path, market, as_of=AS_OF_US + DAY_US)
    previous = store.resolve("previous")

    for command in (("promote", previous), ("rollback",)):
        refused = recsys("releases", *command, "--home", tmp_path)
        assert refused.returncode == 3
        assert "cannot be served: the service cannot answer from it" in refused.stderr
    assert (store.resolve("champion"), store.resolve("previous")) == (champion, previous)

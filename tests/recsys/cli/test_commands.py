"""The commands on a small export, as a user runs them."""

import json
from pathlib import Path

from recsys.release.store import ReleaseStore
from tests.recsys.cli.conftest import Recsys


def test_train_prints_the_metrics_and_the_champion(csv_export: Path, recsys: Recsys, tmp_path: Path) -> None:
    done = recsys("train", csv_export, "--home", tmp_path)

    assert done.returncode == 0
    for name in ("recipe", "popularity", "established creators", "tail products"):
        assert name in done.stdout
    assert "recipe less popularity, paired: +" in done.stdout
    assert f"release {ReleaseStore(tmp_path).resolve('champion')}: champion" in done.stdout
    assert "judge the models" in done.stderr


def test_products_and_creators_agree_in_both_directions(home: Path, recsys: Recsys) -> None:
    answer = json.loads(recsys("products", "c000001", "--home", home, "--k", 5, "--json").stdout)
    best = answer["matches"][0]
    asked = recsys("creators", best["product_id"], "--home", home, "--k", 150, "--json")
    scores = {match["creator_id"]: match["score"] for match in json.loads(asked.stdout)["matches"]}

    assert [match["rank"] for match in answer["matches"]] == [1, 2, 3, 4, 5]
    assert abs(scores["c000001"] - best["score"]) < 1e-4


def test_matches_print_as_a_table_with_reasons(home: Path, recsys: Recsys) -> None:
    products = recsys("products", "c000001", "--home", home, "--k", 3)
    brand = recsys("creators", "--brand", "b001", "--home", home, "--k", 3)

    assert products.returncode == brand.returncode == 0
    assert "products for c000001" in products.stdout
    assert "creators for brand b001" in brand.stdout


def test_unknown_ids_and_bad_usage_exit_2(home: Path, recsys: Recsys) -> None:
    unknown = recsys("products", "nobody", "--home", home)

    assert unknown.returncode == 2
    assert "no creator with the id 'nobody'" in unknown.stderr
    assert recsys("creators", "--home", home).returncode == 2
    assert recsys("products", "c000001", "--home", home, "--k", 0).returncode == 2
    assert recsys("train", home, "--as-of", "soon").returncode == 2


def test_without_a_champion_the_way_to_one_is_told(recsys: Recsys, tmp_path: Path) -> None:
    done = recsys("products", "c000001", "--home", tmp_path)

    assert done.returncode == 3
    assert "run `recsys train` first" in done.stderr


def test_simulate_refuses_a_folder_in_use(recsys: Recsys, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")

    assert recsys("simulate", tmp_path).returncode == 2
    assert (tmp_path / "mine.txt").read_text() == "keep me"


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

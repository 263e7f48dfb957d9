"""`recsys products` and `recsys creators` on a small simulated marketplace, as a user runs them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recsys.release.store import ReleaseStore
from serving.loaded import entries, load_champion
from tests.command_line import Recsys
from tests.serving.values import with_values
from training.nightly import NightResult


@pytest.fixture
def home(trained: tuple[Path, NightResult]) -> Path:
    return trained[0]


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


def test_everyones_matches_are_exported(home: Path, recsys: Recsys, tmp_path: Path) -> None:
    done = recsys("export", tmp_path / "matches", "--home", home, "--k", 2)
    assert done.returncode == 0
    assert "creators" in done.stdout
    assert (tmp_path / "matches" / "manifest.json").exists()


def test_with_values_tables_show_what_a_match_brings(
    home: Path, recsys: Recsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    champion = load_champion(ReleaseStore(home))
    monkeypatch.setattr("serving.loaded.load_champion", lambda store: with_values(champion))
    products = recsys("products", "c000001", "--home", home, "--k", 3, "--diversity", 0.5)
    creators = recsys("creators", "p00042", "--home", home, "--k", 3, "--objective", "sales")

    assert products.returncode == creators.returncode == 0
    assert "products for c000001, by net_earnings" in products.stdout
    assert "creators for p00042, by sales" in creators.stdout
    for printed in (products.stdout, creators.stdout):
        assert "commission (80 %)" in printed
        assert "chance of a sale" in printed
        assert "expected within 14 days, in USD" in printed
        assert "four of five promotions lie within the brackets" in printed
    assert "% of the net_earnings" in products.stdout
    assert "earnings are commission × chance of a sale" in products.stdout
    assert "earnings are" not in creators.stdout


def test_an_objective_that_cannot_be_answered_exits_2(
    home: Path, recsys: Recsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    champion = replace(load_champion(ReleaseStore(home)), values=None)
    monkeypatch.setattr("serving.loaded.load_champion", lambda store: champion)
    other = recsys("products", "c000001", "--home", home, "--objective", "gmv")
    without = recsys("creators", "p00042", "--home", home, "--objective", "gmv")

    assert other.returncode == without.returncode == 2
    assert "there are net_earnings, earnings, sales, affinity" in other.stderr
    assert "too little history for a value model; ask for affinity" in without.stderr


def test_why_names_the_rules_that_bar_a_product(home: Path, recsys: Recsys) -> None:
    release = load_champion(ReleaseStore(home))
    creator = int(np.diff(release.promoted_by_creator.indptr).argmax())
    creator_id = release.creator_id(creator)
    product_id = release.product_id(int(entries(release.promoted_by_creator, creator)[0][0]))
    barred = recsys("products", creator_id, "--why", product_id, "--home", home)
    as_json = recsys("products", creator_id, "--why", product_id, "--home", home, "--json")

    assert barred.returncode == 0
    assert "barred by " in barred.stdout
    assert "not_promoted" in barred.stdout
    assert not json.loads(as_json.stdout)["allowed"]
    best = json.loads(recsys("products", creator_id, "--home", home, "--json").stdout)["matches"][0]
    allowed = recsys("products", creator_id, "--why", best["product_id"], "--home", home)
    assert "no rule bars it" in allowed.stdout
    assert recsys("products", creator_id, "--why", "nothing", "--home", home).returncode == 2


def test_unknown_ids_and_bad_usage_exit_2(home: Path, recsys: Recsys) -> None:
    unknown = recsys("products", "nobody", "--home", home)

    assert unknown.returncode == 2
    assert "no creator with the id 'nobody'" in unknown.stderr
    assert recsys("creators", "--home", home).returncode == 2
    assert recsys("products", "c000001", "--home", home, "--k", 0).returncode == 2


def test_without_a_champion_the_way_to_one_is_told(recsys: Recsys, tmp_path: Path) -> None:
    done = recsys("products", "c000001", "--home", tmp_path)

    assert done.returncode == 3
    assert "run `recsys train` first" in done.stderr

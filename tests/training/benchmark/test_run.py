import json
from pathlib import Path

import numpy as np
import pytest

from recsys.evaluation import MOST_JUDGED
from tests.command_line import Recsys
from training.benchmark.peers import PEERS
from training.benchmark.run import run_model


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Users in four groups with 15 items of their own each, and a few items that everyone has."""
    rng = np.random.default_rng(4)
    folder = tmp_path_factory.mktemp("split") / "groups"
    folder.mkdir()
    lines: dict[str, list[str]] = {"train": [], "test": []}
    for user in range(200):
        own = 5 + 15 * (user % 4) + rng.permutation(15)[:9]
        shared = rng.permutation(5)[:2]
        lines["train"].append(" ".join(map(str, [user, *own[:7], *shared])))
        lines["test"].append(" ".join(map(str, [user, *own[7:]])))
    for name, content in lines.items():
        (folder / f"{name}.txt").write_text("\n".join(content) + "\n")
    return folder


def test_the_recipe_alone_writes_its_figures(recsys: Recsys, split: Path, tmp_path: Path) -> None:
    done = recsys("benchmark", split, "--only", "recipe", "--json", tmp_path / "out.json")
    report = json.loads((tmp_path / "out.json").read_text())

    assert done.returncode == 0
    assert "recipe" in done.stdout
    assert report["split"] == "groups"
    assert list(report["models"]) == ["recipe"]
    figures = report["models"]["recipe"]
    assert set(figures) >= {
        "recall@20",
        "ndcg@20",
        "search_seconds",
        "fit_seconds",
        "score_seconds",
        "peak_mb",
    }
    # The two hidden items are among eight of the own group that are left: a good model finds both in 20.
    assert figures["recall@20"] > 0.95
    assert figures["peak_mb"] > 50


def test_all_users_of_a_published_split_are_judged(tmp_path: Path) -> None:
    users = range(MOST_JUDGED + 1)
    (tmp_path / "train.txt").write_text("".join(f"{user} {user % 7} 7 8 9 10\n" for user in users))
    (tmp_path / "test.txt").write_text("".join(f"{user} {(user + 1) % 7}\n" for user in users))

    assert run_model("popularity", tmp_path, 0).users == MOST_JUDGED + 1


def test_unknown_models_and_bad_files_are_refused(recsys: Recsys, split: Path, tmp_path: Path) -> None:
    assert recsys("benchmark", split, "--only", "svd").returncode == 2
    assert recsys("benchmark", tmp_path).returncode == 3


@pytest.mark.slow
def test_all_peers_are_tuned_and_the_recipe_finds_the_groups_as_well_as_any(
    recsys: Recsys, split: Path, tmp_path: Path
) -> None:
    assert recsys("benchmark", split, "--json", tmp_path / "out.json").returncode == 0
    models = json.loads((tmp_path / "out.json").read_text())["models"]

    assert set(models) == {"recipe", *PEERS}
    # Which of the eight left of a group are hidden is chance, so their order is; that they come first is not.
    assert models["recipe"]["recall@20"] >= max(figures["recall@20"] for figures in models.values()) - 0.02
    assert models["popularity"]["recall@20"] < 0.5

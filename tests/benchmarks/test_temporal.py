from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import contest
from benchmarks.contest import PURCHASES, Contest, Split, run_contest
from benchmarks.convert import convert
from benchmarks.held_out import hide_last_sales, read_held_out
from benchmarks.temporal import main, section
from recsys.evaluation import Evaluation, EvaluationTask, Figure
from recsys.models.blend import Blend
from recsys.models.contract import TrainingData
from recsys.models.popularity import Popularity
from tests.benchmarks.exports import column, seconds, write_tsv
from training.benchmark.peers import PEERS
from training.holdout import Holdout
from training.search.recipe import ChosenRecipe

START, DAY = seconds("2015-05-03"), 86_400
Pairs = set[tuple[str, str]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """User 1 buys 1, then 2 and 3 in one order; user 2 buys 4 alone and looks at 5 afterwards."""
    write_tsv(
        tmp_path / "data" / "retailrocket" / "events.tsv",
        "user item behaviour ts",
        (1, 1, "view", START + 1 * DAY),
        (1, 1, "buy", START + 1 * DAY + 60),
        (1, 3, "view", START + 2 * DAY),
        (1, 3, "cart", START + 2 * DAY + 30),
        (1, 3, "buy", START + 2 * DAY + 60),
        (1, 2, "buy", START + 2 * DAY + 60),
        (2, 4, "cart", START + 3 * DAY),
        (2, 4, "buy", START + 3 * DAY + 60),
        (2, 5, "view", START + 4 * DAY),
    )
    write_tsv(tmp_path / "data" / "retailrocket" / "test_buy.tsv", "user item", (1, 4), (2, 9))
    return tmp_path / "data"


@pytest.fixture
def export(data: Path, tmp_path: Path) -> Path:
    convert("retailrocket", data, tmp_path / "export")
    return tmp_path / "export"


def read(data: Path, export: Path) -> Split:
    test_buy = data / "retailrocket" / "test_buy.tsv"
    return read_held_out(export, test_buy, export.parent / "home")


def pairs_of(judged: Holdout, matrix: str) -> Pairs:
    """The stored pairs of the task's matrix of that name, by id."""
    task = judged.task
    cells = {"relevant": task.relevant, "exclude": task.exclude, "affinity": task.rows.affinity}[
        matrix
    ].tocoo()
    index = judged.features.affinity
    return {
        (index.creators.id_of(int(judged.creators[row])), index.products.id_of(int(product)))
        for row, product in zip(cells.row, cells.col, strict=True)
    }


def test_the_pair_that_was_bought_last_is_hidden_with_its_views(export: Path, tmp_path: Path) -> None:
    hidden = hide_last_sales(export, tmp_path / "left")

    assert set(hidden.itertuples(index=False, name=None)) == {("u1", "i3"), ("u2", "i4")}
    assert column(tmp_path / "left", "sales", "product_id") == ["i1", "i2"]
    assert column(tmp_path / "left", "engagement", "product_id") == ["i1", "i5"]


def test_validation_asks_for_the_hidden_and_test_for_the_held_out_purchase(data: Path, export: Path) -> None:
    split = read(data, export)

    assert pairs_of(split.validation, "relevant") == {("u1", "i3"), ("u2", "i4")}
    assert pairs_of(split.test, "relevant") == {("u1", "i4"), ("u2", "i9")}
    assert split.validation.task.eligible.all()


def test_what_a_user_has_touched_is_barred(data: Path, export: Path) -> None:
    split = read(data, export)
    seen = {("u1", "i1"), ("u1", "i2"), ("u2", "i5")}

    assert pairs_of(split.validation, "exclude") == pairs_of(split.validation, "affinity") == seen
    assert pairs_of(split.test, "exclude") == seen | {("u1", "i3"), ("u2", "i4")}


def test_purchases_alone_ignore_engagement(data: Path, export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[TrainingData] = []

    def record(blend: Blend, data: TrainingData, task: EvaluationTask, *, seed: int = 0) -> ChosenRecipe:
        searched.append(data)
        return ChosenRecipe(Blend((Popularity(),), (1.0,), Popularity()), len(task.rows))

    monkeypatch.setattr(contest, "choose_recipe", record)
    monkeypatch.setattr(contest, "PEERS", {"popularity": PEERS["popularity"]})
    split = read(data, export)
    done = run_contest(split, lambda _: None, trials=1)

    both, alone = (data.rows.affinity for data in searched)
    assert both.nnz == 3
    assert alone.sign().toarray().tolist() == split.validation.features.sold_units.sign().toarray().tolist()
    assert len(set(alone.data.tolist())) == 2  # two sales a day apart: nothing but decay tells them apart
    assert list(done.evaluations)[-1] == PURCHASES


def made(values: Mapping[str, list[float]]) -> Contest:
    """A contest in which each model had these NDCG@20 creator by creator."""
    evaluations = {
        model: Evaluation(
            tuple(
                Figure(model, "all", metric, 20, float(np.mean(ndcg)), 0.0, 1.0, len(ndcg))
                for metric in ("ndcg", "recall")
            ),
            {"ndcg@20": np.array(ndcg)},
            len(ndcg),
        )
        for model, ndcg in values.items()
    }
    return Contest("made", "By hand.", 3, 2, evaluations, dict.fromkeys(values, "as it is"))


def test_the_difference_is_taken_creator_by_creator() -> None:
    result = made({"recipe": [0.5, 0.1], "popularity": [0.2, 0.3]})

    # +0.3 and -0.2; of two creators drawn with replacement a quarter each are both the one or the other.
    gain = result.recipe_less("popularity")
    assert (gain.mean, gain.low, gain.high) == pytest.approx((0.05, -0.2, 0.3))
    lines = section(result).splitlines()
    assert "By hand. 2 creators judged, 3 to choose on." in lines
    assert "| recipe | 0.3000 (0.0000 … 1.0000) | 0.3000 |  |" in lines
    assert "| popularity | 0.2500 (0.0000 … 1.0000) | 0.2500 | **+0.0500** (-0.2000 … +0.3000) |" in lines
    assert "| all | 2 | 0.3000 (0.0000 … 1.0000) | 0.2500 (0.0000 … 1.0000) |" in lines


@pytest.mark.parametrize("converted", [True, False])
def test_missing_data_is_named(
    converted: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_DATA", str(tmp_path / "nowhere"))
    if converted:
        (tmp_path / "out" / "exports").mkdir(parents=True)

    assert main([str(tmp_path / "out")]) == 3

    assert "nowhere" in capsys.readouterr().err


def test_equal_times_leave_one_sale_hidden_whatever_the_order(export: Path, tmp_path: Path) -> None:
    sales = pd.read_parquet(export / "sales.parquet")
    sales[::-1].to_parquet(export / "sales.parquet", index=False)

    hidden = hide_last_sales(export, tmp_path / "left")

    assert set(hidden["product_id"]) == {"i3", "i4"}

from pathlib import Path

import pytest

from benchmarks.cold import Case, Result, cases, judge
from benchmarks.known import read_known
from recsys.bootstrap import Interval
from training.simulation import SimulationSettings, simulate


@pytest.fixture(scope="module")
def all_cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    folder: Path = tmp_path_factory.mktemp("cold")
    simulate(folder / "shop", SimulationSettings(creators=300, products=150, days=40))
    features = read_known(folder / "shop", folder / "home").features
    return list(cases(features.training_data, features))


def test_new_creators_have_nothing_and_those_of_two_products_have_two(all_cases: list[Case]) -> None:
    new, two, _ = all_cases

    assert new.task.rows.affinity.nnz == 0
    assert (two.task.rows.affinity.indptr[1:] - two.task.rows.affinity.indptr[:-1] == 2).all()


def test_the_recipe_tells_new_products_apart_where_popularity_cannot(all_cases: list[Case]) -> None:
    result = judge(all_cases[2])

    assert result.n_creators == len(all_cases[2].task.rows) > 50
    assert result.difference.low > 0


def test_a_row_of_the_report_by_hand() -> None:
    result = Result("new", 1200, Interval(0.3, 0.2, 0.4), Interval(0.2, 0.1, 0.3), Interval(0.1, 0.05, 0.15))

    assert result.cells() == (
        "new",
        "1,200",
        "0.3000 (0.2000 … 0.4000)",
        "0.2000 (0.1000 … 0.3000)",
        "1.50",
        "0.1000 (0.0500 … 0.1500)",
    )

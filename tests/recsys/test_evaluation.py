from math import log2

import numpy as np
import pytest

from recsys.arrays import empty_csr
from recsys.evaluation import EvaluationTask, evaluate
from recsys.models.contract import CreatorRows
from recsys.models.popularity import PopularityScorer
from tests.recsys.models.examples import sparse

# Everyone's list, before anything is barred: products 0, 1, 2, 3, 4.
SCORER = PopularityScorer(np.array([[5, 4, 3, 2, 1]], dtype=np.float32))


def _task() -> EvaluationTask:
    # Relevant are units, not ones: creator 0 sold 3 of product 1 and 1 of 4, creator 2 sold 2 of 2.
    relevant = sparse([0, 3, 0, 0, 1], [0, 0, 0, 0, 0], [0, 0, 2, 0, 0])
    return EvaluationTask(
        CreatorRows(sparse([1, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 7]), empty_csr((3, 0))),
        sparse([1, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 7]),
        relevant,
        np.array([True, True, True, False, True]),
        {"new": np.array([False, True, False]), "known": np.array([True, False, True])},
        {
            "head": np.array([True, True, False, False, False]),
            "tail": np.array([False, False, True, True, True]),
        },
    )


@pytest.fixture(scope="module")
def figures() -> dict[tuple[str, str, int], tuple[float, int]]:
    evaluation = evaluate("model", SCORER, _task().judged(), ks=(1, 2))
    assert {figure.model for figure in evaluation.figures} == {"model"}
    return {(f.segment, f.metric, f.k): (f.value, f.n) for f in evaluation.figures}


def test_only_creators_with_something_relevant_are_judged() -> None:
    judged = _task().judged()
    assert len(judged.rows) == 2
    assert judged.relevant.toarray().tolist() == [[0, 3, 0, 0, 1], [0, 0, 2, 0, 0]]
    assert judged.exclude.toarray().tolist() == [[1, 0, 0, 0, 0], [0, 0, 0, 0, 7]]
    assert judged.rows.affinity.toarray().tolist() == judged.exclude.toarray().tolist()
    assert {name: mask.tolist() for name, mask in judged.creator_segments.items()} == {
        "new": [False, False],
        "known": [True, True],
    }
    assert judged.product_segments.keys() == {"head", "tail"}


# The lists without what is barred: creator 0 gets 1, 2 (then 4), creator 2 gets 0, 1 (then 2).
@pytest.mark.parametrize(
    ("metric", "k", "expected"),
    [
        ("recall", 1, (1 / 2 + 0) / 2),
        ("recall", 2, (1 / 2 + 0) / 2),
        ("ndcg", 2, (1 / (1 + 1 / log2(3)) + 0) / 2),
        ("map", 2, (1 / 2 + 0) / 2),
        ("hit_rate", 1, (1 + 0) / 2),
    ],
)
def test_figures_of_all_creators_by_hand(
    figures: dict[tuple[str, str, int], tuple[float, int]], metric: str, k: int, expected: float
) -> None:
    value, n = figures["all", metric, k]
    assert value == pytest.approx(expected)
    assert n == 2


def test_a_product_segment_counts_its_products_and_not_their_units(
    figures: dict[tuple[str, str, int], tuple[float, int]],
) -> None:
    # In the head only creator 0 has something relevant: product 1, found at rank 1.
    assert figures["head", "recall", 1] == (1.0, 1)
    assert figures["head", "ndcg", 2] == (1.0, 1)
    # In the tail creator 0 missed product 4 and creator 2 missed product 2.
    assert figures["tail", "recall", 2] == (0.0, 2)


def test_a_segment_without_creators_has_no_figure_but_nan(
    figures: dict[tuple[str, str, int], tuple[float, int]],
) -> None:
    value, n = figures["new", "recall", 1]
    assert np.isnan(value)
    assert n == 0


def test_coverage_and_gini_are_over_eligible_products(
    figures: dict[tuple[str, str, int], tuple[float, int]],
) -> None:
    # Of the eligible 0, 1, 2, 4 the first two ranks of both lists hold 1, 2 and 0, 1.
    assert figures["all", "coverage", 2][0] == 3 / 4
    # Counts 0, 1, 1, 2: mean absolute difference (1+1+2+0+1+1) · 2 / 16 over twice the mean of 1.
    assert figures["all", "gini", 2][0] == pytest.approx((12 / 16) / 2)


def test_values_by_creator_pair_up_between_models() -> None:
    task = _task().judged()
    best = PopularityScorer(np.array([[1, 4, 5, 2, 3]], dtype=np.float32))
    first, second = evaluate("first", SCORER, task, ks=(1,)), evaluate("second", best, task, ks=(1,))
    assert first.values["recall@1"].tolist() == [1 / 2, 0]
    assert second.values["recall@1"].tolist() == [0, 1]
    assert first.values.keys() == {f"{metric}@1" for metric in ("recall", "ndcg", "map", "hit_rate")}


def test_of_too_many_creators_a_sample_is_judged_the_same_for_all_models() -> None:
    task = _task().judged().only(np.arange(100) % 2)
    best = PopularityScorer(np.array([[1, 4, 5, 2, 3]], dtype=np.float32))
    whole = evaluate("model", SCORER, task, ks=(1,))
    first = evaluate("first", SCORER, task, ks=(1,), most=30)
    second = evaluate("second", best, task, ks=(1,), most=30)
    assert (whole.n_creators, first.n_creators, len(first.values["recall@1"])) == (100, 100, 30)
    # Where one model has its hits, the other has none: they met the same creators.
    assert set(zip(first.values["recall@1"], second.values["recall@1"], strict=True)) == {(0.5, 0), (0, 1)}
    by_segment = {f.segment: f.n for f in first.figures if f.metric == "recall"}
    assert by_segment["all"] == by_segment["known"] + by_segment["new"] == 30
    assert by_segment["head"] < 30
    assert (
        first.values["recall@1"].tolist()
        == evaluate("again", SCORER, task, ks=(1,), most=30).values["recall@1"].tolist()
    )


def test_an_interval_lies_around_its_figure() -> None:
    evaluation = evaluate("model", SCORER, _task().judged(), ks=(2,), seed=1)
    recall = next(f for f in evaluation.figures if (f.segment, f.metric) == ("all", "recall"))
    assert (recall.low, recall.value, recall.high) == (0.0, 0.25, 0.5)


def test_a_task_without_creators_gives_nan_and_no_failure() -> None:
    task = _task()
    nobody = EvaluationTask(
        task.rows,
        task.exclude,
        empty_csr((3, 5)),
        task.eligible,
        task.creator_segments,
        task.product_segments,
    ).judged()
    evaluation = evaluate("model", SCORER, nobody, ks=(2,))
    assert all(np.isnan(f.value) for f in evaluation.figures if f.metric not in ("coverage", "gini"))
    assert all(f.value == 0 for f in evaluation.figures if f.metric in ("coverage", "gini"))

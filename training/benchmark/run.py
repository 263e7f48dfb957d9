"""Runs each model on a split in a process of its own, so that seconds and memory are its own too."""

import resource
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from recsys.arrays import empty_csr
from recsys.evaluation import EvaluationTask, evaluate
from recsys.models.contract import CreatorRows, Recommender, TrainingData
from training.benchmark.hidden import choose_on_hidden, hold_out
from training.benchmark.peers import PEERS, tune_peer
from training.benchmark.split_files import SplitFiles, read_split

RECIPE = "recipe"
K = 20


@dataclass(frozen=True, slots=True)
class Performance:
    """How one model did: means over all `users` of the test, seconds, and peak memory in MB (10⁶ bytes)."""

    model: str
    parameters: str
    users: int
    recall: float
    ndcg: float
    search_seconds: float
    fit_seconds: float
    score_seconds: float
    peak_mb: float

    def as_json(self) -> dict[str, float | str]:
        """By the names of the report."""
        return {
            "users": self.users,
            "recall@20": self.recall,
            "ndcg@20": self.ndcg,
            "search_seconds": self.search_seconds,
            "fit_seconds": self.fit_seconds,
            "score_seconds": self.score_seconds,
            "peak_mb": self.peak_mb,
            "parameters": self.parameters,
        }


def run_benchmark(
    folder: Path, report: Callable[[str], None], *, only: str | None = None, seed: int = 0
) -> Mapping[str, Performance]:
    """The recipe and its peers, or `only` one of them, on one split; `report` is told each name.

    Parameters are chosen on a part of `train.txt` alone; `test.txt` is scored once, at the end.
    """
    read_split(folder)  # a malformed file is refused before any process starts
    names = [name for name in (RECIPE, *PEERS) if only in (None, name)]
    performances = {}
    for name in names:
        report(name)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            performances[name] = process.submit(run_model, name, folder, seed).result()
    return performances


def run_model(name: str, folder: Path, seed: int) -> Performance:
    """Search, fit and score one model in this process."""
    split = read_split(folder)
    data = training_data(split)
    start = time.perf_counter()
    model = _chosen(name, data, seed)
    searched = time.perf_counter()
    scorer = model.fit(data)
    fitted = time.perf_counter()
    test = _test(split)
    # Published figures are of all users, and a sample would add its own luck to the difference.
    values = evaluate(name, scorer, test, ks=(K,), seed=seed, most=len(test.rows)).values
    scored = time.perf_counter()
    return Performance(
        model=name,
        parameters=repr(model),
        users=len(values[f"recall@{K}"]),
        recall=float(values[f"recall@{K}"].mean()),
        ndcg=float(values[f"ndcg@{K}"].mean()),
        search_seconds=searched - start,
        fit_seconds=fitted - searched,
        score_seconds=scored - fitted,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
    )


def training_data(split: SplitFiles) -> TrainingData:
    """The training part; nothing but interactions is known."""
    n_items = split.train.shape[1]
    rows = CreatorRows.without_attributes(split.train)
    return TrainingData(rows, empty_csr((n_items, 0)), np.zeros(n_items, dtype=np.float32))


def _chosen(name: str, data: TrainingData, seed: int) -> Recommender:
    if name == RECIPE:
        return choose_on_hidden(data, with_profile=False, seed=seed)
    left, task = hold_out(data, seed=seed)
    return tune_peer(PEERS[name], left, task, seed=seed)


def _test(split: SplitFiles) -> EvaluationTask:
    eligible = np.ones(split.train.shape[1], dtype=np.bool_)
    rows = CreatorRows.without_attributes(split.train)
    return EvaluationTask(rows, split.train, split.test, eligible, {}, {}).judged()

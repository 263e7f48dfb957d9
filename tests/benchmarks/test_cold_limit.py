from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.cold_limit import attribute_limit
from benchmarks.cold_start import hide_creators
from benchmarks.known import read_known
from recsys.evaluation import evaluate
from recsys.models.popularity import Popularity
from training.simulation import SimulationSettings, simulate
from training.simulation.truth_files import read_truth


def test_known_tastes_of_their_like_serve_new_creators_better_than_popularity(tmp_path: Path) -> None:
    simulate(tmp_path / "shop", SimulationSettings(creators=600, products=200, days=40))
    features = read_known(tmp_path / "shop", tmp_path / "home").features
    data, task = hide_creators(features.training_data, features.sold_units, 0.3)
    popularity = evaluate("popularity", Popularity().fit(data), task, ks=(20,)).values["ndcg@20"].mean()

    truth = read_truth(tmp_path / "shop" / "truth")
    of_strangers = replace(truth, taste=np.random.default_rng(1).permutation(truth.taste))

    limit = attribute_limit(data, task, features, truth)

    assert limit > popularity
    assert limit > attribute_limit(data, task, features, of_strangers)

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from features.settings import MarketplaceSettings
from recsys.bootstrap import mean_interval
from recsys.clearing.crowd import PLACES
from recsys.models.item_item import ItemItem
from recsys.models.popularity import Popularity
from recsys.value.model import ValueModel
from tests.recsys.value.examples import value_model
from training.earned import judge_earnings
from training.inputs import NightInputs, open_night


@pytest.fixture(scope="module")
def night(small_export: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NightInputs]:
    home = tmp_path_factory.mktemp("night")
    with open_night(small_export, home, MarketplaceSettings.beside(small_export), None) as inputs:
        yield inputs


@pytest.fixture(scope="module")
def values(night: NightInputs) -> ValueModel:
    shape = night.test().features.affinity.values.shape
    return value_model(*shape)


def test_lists_hold_the_commission_of_the_pairs_in_their_first_places(
    night: NightInputs, values: ValueModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    test, commission = night.test(), night.test_commission()
    data = test.features.training_data
    model, popular = ItemItem().fit(data), Popularity().fit(data).score(data.rows[0:1])[0]
    pays = values.context.price * values.context.rates
    ours: list[float] = []
    simple: list[float] = []
    for place, creator in enumerate(test.creators.tolist()):
        scores = model.score(data.rows[creator : creator + 1])[0]
        allowed = [
            product
            for product in range(len(scores))
            if test.task.eligible[product] and not test.task.exclude[place, product]
        ]
        some = np.array(allowed, dtype=np.int32)
        earnings = values.outlook(np.full_like(some, creator), some, scores[some]).earnings
        worth = dict(zip(allowed, earnings.tolist(), strict=True))
        ranked = sorted(allowed, key=lambda product: -worth[product])
        by_commission = sorted(allowed, key=lambda product: -popular[product] * pays[product])
        for held, order in ((ours, ranked), (simple, by_commission)):
            held.append(sum(float(commission[creator, product]) for product in order[:PLACES]))

    monkeypatch.setattr("recsys.batches.CELLS", 100_000)
    found = judge_earnings(values, model, test, commission, seed=0, n_promotions=7)
    assert found.n_creators == len(test.creators) > 50
    assert found.ours == pytest.approx(np.mean(ours), rel=1e-6)
    assert found.baseline == pytest.approx(np.mean(simple), rel=1e-6)
    assert found.ours > 0
    assert found.metrics()["earned/promotions"] == 7
    assert found.over_baseline == mean_interval(np.array(ours) - np.array(simple), 0)
    assert found.metrics()["earned/over_baseline_low"] == found.over_baseline.low


def test_where_nobody_sold_anything_new_nothing_was_earned(night: NightInputs, values: ValueModel) -> None:
    test = night.test()
    nobody = test.only(np.array([], dtype=np.int64))
    model = Popularity().fit(test.features.training_data)
    found = judge_earnings(values, model, nobody, night.test_commission(), seed=0, n_promotions=7)
    assert (found.ours, found.baseline, found.n_creators) == (0.0, 0.0, 0)
    assert "earned/over_baseline" not in found.metrics()

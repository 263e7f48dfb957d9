import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from benchmarks import loop
from benchmarks.episode import Episode, net_commission, run_episode
from benchmarks.launch import Launches
from benchmarks.loop_report import Outcome, figures, report
from benchmarks.market import Market, MarketSettings
from benchmarks.policies import ByCommission, Oracle
from benchmarks.told import Kept
from training.simulation.orders import Orders
from training.simulation.settings import SimulationSettings

SMALL = SimulationSettings(creators=50, products=40, days=23, seed=3, posts_per_week=7.0)
NIGHTS = 3


def _outcome(totals: list[float], leads: tuple[int, ...] = ()) -> Outcome:
    """Two creators who post, of whom the second earns three quarters."""
    episodes = tuple(
        Episode(
            posted=np.array([True, True, False]),
            sold=np.array([False, True, False]),
            commission=np.array([[total / 4], [total * 3 / 4], [0.0]]),
            expected=np.array([[total], [total], [0.0]]),
            listed=np.zeros((1, 2), dtype=np.int64),
            n_lists=np.ones(1, dtype=np.int64),
            charts=np.zeros((1, 2)),
            seconds=np.ones(1),
            kept=Kept(*(np.array(numbers) for numbers in ([2.0, 4.0], [1.0, 3.0], [3.0, 9.0], [4.0, 4.0]))),
        )
        for total in totals
    )
    return Outcome(episodes, tuple(Launches(leads, 1, 1) for _ in totals))


def test_an_order_earns_nothing_cancelled_and_its_share_refunded() -> None:
    n = 4
    same = np.zeros(n, dtype=np.int64)
    orders = Orders(
        content=same,
        creator=same,
        product=same,
        ordered=np.zeros(n),
        quantity=np.array([1, 2, 2, 1]),
        amount=np.array([10.0, 20.0, 20.0, 10.0]),
        commission_rate=np.full(n, 0.1),
        buyer=same,
        refunded=np.array([0, 1, 2, 0]),
        cancelled=np.array([False, False, False, True]),
    )

    assert net_commission(orders).tolist() == pytest.approx([1.0, 1.0, 0.0, 0.0])


def test_an_episode_repeats_and_the_oracle_earns_more_than_commission_sort(tmp_path: Path) -> None:
    def run(name: str) -> Episode:
        market = Market(MarketSettings(SMALL, SMALL.days - NIGHTS, follow=1.0))
        policy = ByCommission() if name == "commission" else Oracle(market.stage.truth)
        return run_episode(policy, market, tmp_path / name)

    for name in ("commission", "oracle", "again"):
        (tmp_path / name).mkdir()
    commission, oracle, again = run("commission"), run("oracle"), run("again")

    for field in fields(Episode):
        if field.name not in ("seconds", "kept"):
            assert getattr(oracle, field.name).tolist() == getattr(again, field.name).tolist()
    assert oracle.posted.tolist() == commission.posted.tolist()
    assert oracle.total > commission.total > 0
    assert oracle.expected_total > commission.expected_total > 0
    # What nobody linked is expected of nobody.
    assert (commission.expected[commission.commission > 0] > 0).all()
    assert oracle.commission.shape == (SMALL.creators, NIGHTS)
    assert 0 < oracle.active_share <= 1


def test_figures_by_hand() -> None:
    outcomes = {
        "popularity": _outcome([10.0, 30.0]),
        "cf": _outcome([20.0, 30.0]),
        "ours": _outcome([40.0, 60.0], leads=(3, 5)),
        "oracle": _outcome([50.0, 75.0]),
    }

    found = json.loads(json.dumps(figures(outcomes)))

    assert found["best_simple"] == "cf"
    assert found["ratio_to_best_simple"] == 2.0
    assert found["share_of_oracle"] == pytest.approx(0.8)
    assert found["launch_lead_days"] == 4.0
    assert found["oracle_to_best_simple"] == 2.5
    ours = found["policies"]["ours"]
    assert (ours["commission"], ours["active_share"], ours["gini"]) == (50.0, 0.5, 0.25)
    assert (ours["expected_commission"], ours["expected_gini"]) == (100.0, 0.0)
    assert [seed["commission"] for seed in ours["by_seed"]] == [40.0, 60.0]
    assert ours["launches"] == {
        "median_lead_days": 4.0,
        "count": 6,
        "entered": 4,
        "never_entered": 2,
        "listed": 2,
    }
    # Told 2 + 4 of what brought 4 + 4, the first outside of 1 … 3.
    assert (ours["told"]["n"], ours["told"]["over_happened"], ours["told"]["coverage80"]) == (4, 0.75, 0.5)
    assert "| ours | 50 | 2.00 | 0.80 | 100 | 0.500 | 0.250 | 0.000 | 4 (4 of 6 entered) | 1.00 |" in report(
        outcomes
    )


def test_without_ours_its_figures_are_null() -> None:
    found = json.loads(json.dumps(figures({"cf": _outcome([1.0]), "oracle": _outcome([2.0])})))

    assert found["ratio_to_best_simple"] is None
    assert found["share_of_oracle"] is None
    assert found["launch_lead_days"] is None
    assert found["oracle_to_best_simple"] == 2.0


def test_the_command_writes_figures_table_and_plot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "MARKET", SMALL)

    assert loop.main([str(tmp_path), "--nights", "2", "--seeds", "1"]) == 0

    found = json.loads((tmp_path / "loop.json").read_text())
    assert set(found["policies"]) == set(loop.USUAL)
    assert (tmp_path / "loop.md").read_text().count("\n| ") == 1 + len(loop.USUAL)
    assert (tmp_path / "loop.png").stat().st_size > 5_000
    assert list((tmp_path / "loop").iterdir()) == []

"""The figures of a world, by hand; a whole small one is slow."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.market import Market, MarketSettings
from benchmarks.promotion import Prospects, prospects
from benchmarks.served import Served
from benchmarks.worlds import SIZE, main, names, settings_of
from benchmarks.worlds_figures import Room, earned_together, earning, ratio, telling
from benchmarks.worlds_report import LABELS, figures_of, plot_worlds, report, ticks
from recsys.arrays import Float64
from training.simulation.settings import SimulationSettings

SMALL = SimulationSettings(creators=40, products=30, days=40, seed=3)
ENDLESS = Room(np.full(30, np.inf), np.zeros(30), np.inf, 1.0)


@pytest.fixture(scope="module")
def truth() -> Prospects:
    return prospects(Market(MarketSettings(SMALL, 30)))


def _served(truth: Prospects, told: float = 2.0, low: float = 0.0, high: float = np.inf) -> Served:
    """Everybody is served the first 20 products, told so many times what is true."""
    products = np.tile(np.arange(20), (40, 1))
    shape = products.shape
    return Served(
        np.arange(40), products, told * truth.units[:, :20], np.full(shape, low), np.full(shape, high)
    )


def test_what_is_told_is_held_against_the_truth_in_total_and_by_fifths(truth: Prospects) -> None:
    cold = np.arange(40) < 3
    found = telling(_served(truth), truth, cold, seed=1)
    assert (found.told_over_true, found.cold, found.top5) == pytest.approx((2.0, 2.0, 2.0))
    assert found.fifths == pytest.approx((2.0,) * 5)
    assert found.coverage80 == 1.0
    assert found.places == 800


def test_an_interval_that_holds_nothing_covers_nothing(truth: Prospects) -> None:
    assert telling(_served(truth, low=-2.0, high=-1.0), truth, np.ones(40, np.bool_), 1).coverage80 == 0.0


def test_a_release_that_tells_nothing_has_no_figures(truth: Prospects) -> None:
    silent = replace(_served(truth), units=np.full((40, 20), np.nan))
    found = telling(silent, truth, np.ones(40, np.bool_), seed=1)
    assert (found.told_over_true, found.cold, found.coverage80, found.fifths) == (None, None, None, ())


def test_lists_earn_by_rank_and_against_oracles(truth: Prospects) -> None:
    allowed = np.ones((40, 30), dtype=np.bool_)

    def best(scores: Float64) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.argsort(-scores, axis=1, kind="stable")[:, :20]

    served = replace(_served(truth), products=best(truth.commission))
    backwards = served.products[:, ::-1].copy()
    alone = replace(served, products=backwards)
    simple = {"backwards": backwards}
    found = earning(served, alone, simple, truth, truth.commission, allowed, ENDLESS)
    assert found.share_of_oracle == pytest.approx(1.0)
    assert found.share_of_informed == pytest.approx(1.0)
    attention = 1.0 / np.arange(1.0, 21.0)
    values = np.take_along_axis(truth.commission, served.products, axis=1)
    expected = (values @ attention).sum() / (values[:, ::-1] @ attention).sum()
    assert found.ratio_to_best_simple == pytest.approx(expected)
    assert found.best_simple == "backwards"
    assert found.ratio_as_if_alone == pytest.approx(1.0)
    # A creator begins one promotion, and nothing is scarce: the same as each by itself.
    assert found.ratio_together == pytest.approx(expected)


def test_together_lists_earn_less_by_a_crowd_and_no_more_than_there_is(truth: Prospects) -> None:
    creators, lists = np.array([0, 1, 2]), np.array([[5, 7], [5, -1], [-1, -1]])
    # One and a half promotions each: of a list of two the first entry for certain, the second by a half.
    room = replace(ENDLESS, promotions=1.5)
    units, commission = truth.units, truth.commission
    alone = commission[0, 5] + commission[1, 5] + commission[0, 7] / 2
    assert earned_together(creators, lists, truth, room) == pytest.approx(alone)

    # Two more promoters of product 5 beside one halve, as there is room for three: (1 + 1/3) / (1 + 3/3).
    crowded = replace(room, halved_at=3.0, promoting=np.where(np.arange(30) == 5, 1.0, 0.0))
    kept = (commission[0, 5] + commission[1, 5]) * (4 / 3) / 2 + commission[0, 7] / 2 / (1 + 0.5 / 3)
    assert earned_together(creators, lists, truth, crowded) == pytest.approx(kept)

    # Of product 5 a fourth of what both would sell is there.
    scarce = replace(room, stock=np.where(np.arange(30) == 5, (units[0, 5] + units[1, 5]) / 4, np.inf))
    kept = (commission[0, 5] + commission[1, 5]) / 4 + commission[0, 7] / 2
    assert earned_together(creators, lists, truth, scarce) == pytest.approx(kept)


def test_the_room_of_a_market_is_its_stock_its_promoters_and_what_creators_begin() -> None:
    market = Market(MarketSettings(replace(SMALL, saturation=0.05), 30))
    room = Room.of(market)
    stock = market.stage.products.stock
    assert np.array_equal(np.isinf(room.stock), stock < 0)
    assert np.array_equal(room.stock[stock >= 0], stock[stock >= 0])
    assert room.halved_at == 2.0  # a twentieth of forty creators
    assert np.array_equal(room.promoting, market.promoters())
    # Pairs first linked in the last fourteen days, by those who are there.
    creator, product, day = market.links_so_far()
    pairs = list(zip(creator.tolist(), product.tolist(), strict=True))
    late = set(pairs) - {pair for pair, when in zip(pairs, day.tolist(), strict=True) if when < 16}
    assert room.promotions == pytest.approx(len(late) / market.joined.sum())


def test_a_ratio_of_nothing_is_none() -> None:
    assert ratio(np.ones(2), np.zeros(2)) is None
    assert ratio(np.array([3.0]), np.array([2.0])) == 1.5


def test_there_are_ten_named_and_ten_random_worlds() -> None:
    random = [name for name in names() if name.startswith("random-")]
    assert len(random) == 10
    assert len(names()) - len(random) >= 10
    assert (SIZE.creators, SIZE.products) == (2_000, 600)
    assert settings_of("random-104", SIZE).seed == 104
    assert settings_of("taste", SIZE).taste_share == 0.6


WORLDS: dict[str, dict[str, Any]] = {
    "calm": {
        "told_over_true": 1.0,
        "told_over_true_first_night": 1.2,
        "told_over_true_cold": None,
        "fifths": [0.9, 1.0, 1.0, 1.1, 1.2],
        "coverage80": 0.8,
        "coverage80_first_night": 0.7,
        "ratio_to_best_simple": 1.4,
        "share_of_oracle": 0.5,
        "share_of_informed": 0.6,
        "chosen": {"told": 1.0, "happened": 1.02, "promotions": 5},
    },
    "wild": {"error": "nothing could be learned"},
}


def test_the_report_has_a_row_a_world_and_counts_who_is_within_bounds() -> None:
    text = report(WORLDS)
    assert "| calm | 1.00 | 1.20 | – | 0.90 | 1.20 |" in text
    assert "| wild | – |" in text
    assert "| within | 1 of 1 |" in text
    assert figures_of(WORLDS["wild"])["least_fifth"] is None
    assert len(plot_worlds(WORLDS).axes) == 5


@pytest.mark.parametrize(
    "values", [[], [1.0], [0.03, 1.65], [0.36, 1.45], [0.97, 1.69], [0.004, 1.72], [0.5, 20]]
)
def test_labels_of_the_plot_leave_each_other_room(values: list[float]) -> None:
    found = ticks(values)
    assert 1.0 in found
    room = np.log(max([*values, 1.0]) / min([*values, 1.0])) / LABELS
    assert (np.diff(np.log(found)) >= room).all()
    if len(values) == 2:
        assert len(found) >= 3


@pytest.mark.slow
def test_a_small_world_from_end_to_end(tmp_path: Path) -> None:
    small = ["--creators", "400", "--products", "100"]
    assert main([str(tmp_path), "--only", "default", *small]) == 0
    found = json.loads((tmp_path / "worlds.json").read_text())["default"]
    assert 0.2 < found["told_over_true"] < 5.0
    assert 0.7 < found["chosen"]["happened"] < 1.4
    assert 0.0 < found["share_of_oracle"] <= 1.0 + 1e-9
    assert (tmp_path / "worlds.png").stat().st_size > 10_000

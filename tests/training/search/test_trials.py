import numpy as np
import pytest

from recsys.arrays import Float64
from recsys.evaluation import evaluate
from recsys.models.item_item import ItemItem
from tests.training.search.examples import market
from training.search.trials import CHANCE, MOST_CREATORS, Trial, near_best, some_creators, take_step, worth_of

N_CREATORS, N_TRIALS = 200, 15
SEEDS = range(200)


def drawn(seed: int, gain: float = 0.0, n_trials: int = N_TRIALS) -> tuple[Trial[int], list[Trial[int]]]:
    """What was there and trials as good in truth: lists that hit now here, now there, and mostly nothing.

    The first trial is better by `gain` standard errors of its paired difference.
    """
    rng = np.random.default_rng(seed)

    def hits() -> Float64:
        return np.where(rng.random(N_CREATORS) < 0.2, rng.random(N_CREATORS), 0.0)

    start, values = hits(), [hits() for _ in range(n_trials)]
    error = float((values[0] - start).std()) / np.sqrt(N_CREATORS)
    values[0] = values[0] + gain * error
    return Trial(-1, start), [Trial(place, trial) for place, trial in enumerate(values)]


def share_taking(gain: float, choice: int | None = None) -> float:
    """Share of the seeds in which a step is taken, or that `choice` is."""
    taken = [take_step(*drawn(seed, gain)).choice for seed in SEEDS]
    return float(np.mean([step != -1 if choice is None else step == choice for step in taken]))


def test_among_trials_that_are_equal_in_truth_hardly_ever_one_is_chosen() -> None:
    # 200 seeds: three standard errors above 5 %.
    assert share_taking(0.0) < CHANCE + 3 * np.sqrt(CHANCE * (1 - CHANCE) / len(SEEDS))


@pytest.mark.parametrize(("gain", "least"), [(3.0, 0.5), (5.0, 0.95)])
def test_a_true_gain_is_found(gain: float, least: float) -> None:
    assert share_taking(gain, choice=0) > least


def test_rounds_of_a_search_share_its_chance() -> None:
    taken = 0
    for seed in SEEDS[::2]:
        start, trials = drawn(seed)
        rounds = (trials[first : first + 3] for first in range(0, N_TRIALS, 3))
        taken += any(take_step(start, some, chance=CHANCE / 5) is not start for some in rounds)
    n_seeds = len(SEEDS[::2])
    assert taken / n_seeds < CHANCE + 3 * np.sqrt(CHANCE * (1 - CHANCE) / n_seeds)


def test_what_one_creator_gains_is_no_step_and_what_ten_gain_is() -> None:
    start = Trial("start", np.zeros(300))
    one, ten = (Trial(f"{count}", (np.arange(300) < count).astype(float)) for count in (1, 10))

    assert take_step(start, [one]) is start
    assert take_step(start, [one, ten]) is ten


def test_trials_that_change_nothing_or_harm_are_no_step() -> None:
    start = Trial("start", np.linspace(0, 1, 60))

    assert take_step(start, []) is start
    assert take_step(start, [Trial("same", start.values), Trial("worse", start.values - 0.1)]) is start


def test_near_the_best_is_what_these_creators_cannot_tell_from_it() -> None:
    rng = np.random.default_rng(1)
    start = Trial("start", rng.random(400))
    best, alike, worse = (
        Trial(name, start.values + gain + rng.normal(0, 0.1, 400))
        for name, gain in (("best", 0.5), ("alike", 0.499), ("worse", 0.4))
    )

    assert [trial.choice for trial in near_best([worse, best, alike])] == ["best", "alike"]


def test_where_nothing_can_be_told_all_is_near_the_best() -> None:
    same = [Trial(name, drawn(1)[0].values) for name in ("one", "two")]
    assert near_best(same) == same


def test_worth_is_ndcg_and_recall_of_the_lists() -> None:
    data, task = market(60)
    scorer = ItemItem().fit(data)
    values = evaluate("x", scorer, task, ks=(20,)).values

    np.testing.assert_array_equal(worth_of(scorer, task), values["ndcg@20"] + values["recall@20"])


def test_no_search_asks_more_creators_than_it_may() -> None:
    creators = np.arange(3, 3 + 2 * MOST_CREATORS)
    some = some_creators(creators, seed=1)

    assert len(some) == len(set(some.tolist())) == MOST_CREATORS
    assert set(some.tolist()) < set(creators.tolist())
    assert some.tolist() == sorted(some.tolist())
    assert some_creators(creators[:40], seed=1).tolist() == creators[:40].tolist()

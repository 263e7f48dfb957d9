import numpy as np

from recsys.errors import UsageError
from recsys.models.contract import Recommender, Scorer, TrainingData
from recsys.models.popularity import Popularity
from tests.training.search.examples import market
from training.benchmark.peers import PEERS, Peer, tune_peer


class Diverging:
    """A model that no data can be fitted with."""

    name = "diverging"

    def fit(self, data: TrainingData) -> Scorer:
        raise UsageError("it diverged")


def test_a_draw_that_diverges_counts_as_nothing() -> None:
    data, task = market(60)
    draws: list[Recommender] = [Diverging(), Popularity(), Diverging()]
    drawn = iter(draws)

    assert tune_peer(Peer(lambda _: next(drawn)), data, task, trials=3) == Popularity()


def test_a_seed_draws_the_same_parameters() -> None:
    for peer in PEERS.values():
        first, again = (peer.draw(np.random.default_rng(3)) for _ in range(2))
        assert first == again

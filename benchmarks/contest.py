"""One split: each model chosen on the validation task, fitted anew and judged once on the test task."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from features.weighting import DEFAULT_WEIGHTS, SALES
from recsys.blas import single_threaded
from recsys.bootstrap import Interval, mean_interval
from recsys.evaluation import Evaluation, Figure, evaluate
from recsys.models.contract import Recommender
from recsys.models.recipe import default_recipe
from training.benchmark.peers import PEERS, tune_peer
from training.holdout import Holdout
from training.judgement import RECIPE, K
from training.search.channels import choose_channels
from training.search.parameters import MOST_FITS
from training.search.recipe import choose_recipe

PURCHASES: Final = "recipe on purchases alone"
SALES_ALONE: Final[Mapping[str, float]] = MappingProxyType({SALES: DEFAULT_WEIGHTS[SALES]})
SEED: Final = 0


@dataclass(frozen=True, slots=True)
class Split:
    """What to choose on and what to report on; `about` says in a sentence how they came to be."""

    name: str
    about: str
    validation: Holdout
    test: Holdout

    def with_weights(self, weights: Mapping[str, float]) -> "Split":
        """The same with the channels weighed otherwise."""
        validation, test = self.validation.with_weights(weights), self.test.with_weights(weights)
        return replace(self, validation=validation, test=test)


@dataclass(frozen=True, slots=True)
class Contest:
    """What came of a split: the evaluation and the chosen parameters of each model, the recipe first."""

    name: str
    about: str
    n_validation: int
    n_test: int
    evaluations: Mapping[str, Evaluation]
    chosen: Mapping[str, str]

    def figure(self, model: str, segment: str, metric: str) -> Figure:
        """One figure at `K`; raises `StopIteration` where it was not taken."""
        figures = self.evaluations[model].figures
        return next(f for f in figures if (f.segment, f.metric, f.k) == (segment, metric, K))

    def recipe_less(self, model: str) -> Interval:
        """NDCG of the recipe less that of a model, creator by creator."""
        recipe, other = (self.evaluations[name].values[f"ndcg@{K}"] for name in (RECIPE, model))
        return mean_interval(recipe - other, SEED)

    def segments(self) -> list[str]:
        """Names of the segments that someone is in, `all` first."""
        return list(dict.fromkeys(f.segment for f in self.evaluations[RECIPE].figures if f.n))


def run_contest(split: Split, report: Callable[[str], None], *, trials: int = MOST_FITS) -> Contest:
    """Recipe, peers after `trials` draws each, and recipe on purchases alone; `report` hears each name.

    Recipe and peers learn from the same affinity, its channels weighed as a night would.
    """
    evaluations: dict[str, Evaluation] = {}
    chosen: dict[str, str] = {}
    with single_threaded():
        channels = choose_channels(split.validation, seed=SEED)
    learned, purchases = split.with_weights(channels.weights), split.with_weights(SALES_ALONE)
    for name in (RECIPE, *PEERS, PURCHASES):
        report(name)
        known = purchases if name == PURCHASES else learned
        # As in a night: sums of a BLAS depend on its number of threads.
        with single_threaded():
            model, chosen[name] = _choose(name, known.validation, trials)
            scorer = model.fit(known.test.features.training_data)
        evaluations[name] = evaluate(name, scorer, known.test.task, ks=(K,), seed=SEED)
    n_validation, n_test = len(split.validation.task.rows), len(split.test.task.rows)
    chosen["channels"] = str(channels)
    return Contest(split.name, split.about, n_validation, n_test, evaluations, chosen)


def _choose(name: str, validation: Holdout, trials: int) -> tuple[Recommender, str]:
    """The model with the parameters that did best on the validation task, and these for a report."""
    data = validation.features.training_data
    if name in PEERS:
        peer = tune_peer(PEERS[name], data, validation.task, seed=SEED, trials=trials)
        return peer, repr(peer)
    recipe = default_recipe(len(data.rows), data.n_products, with_profile=True, seed=SEED)
    blend = choose_recipe(recipe, data, validation.task, seed=SEED).blend
    return blend, f"{blend.shares()}; evidence {blend.evidence:.2g}; {blend.parts[0]!r}"

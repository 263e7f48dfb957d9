"""Policies of the closed loop that train on the export: affinity alone, or expected commission by it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from benchmarks.policies import Morning, numbers_of, ranked
from benchmarks.told import Lists, Told
from benchmarks.worth import earnings_of_all
from features.build import FeatureSet, build_features
from features.crowding import CrowdedDays, read_crowding
from features.engine import open_engine
from features.facts import collapse
from features.intake import read_export
from features.settings import MarketplaceSettings
from recsys.arrays import Bool, Float32, Float64, Int32, Int64
from recsys.blas import single_threaded
from recsys.clearing.giving import Wishes, give_places
from recsys.models.blend import Blend, BlendScorer
from recsys.models.recipe import default_recipe
from recsys.value.model import ValueModel
from training.inputs import open_night
from training.places import active_creators, candidates_of
from training.search.channels import choose_channels
from training.search.recipe import choose_recipe
from training.value.crowding import learn_crowd
from training.value.learn import learn_values, read_examples
from training.value.windows import Window, read_windows, window_begins


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the first morning chose on its validation horizon; later ones keep it."""

    channels: Mapping[str, float]
    blend: Blend


@dataclass(frozen=True, slots=True)
class Night:
    """The model of a morning, fitted on all that was known, and what it was made of."""

    morning: Morning
    chosen: Chosen
    features: FeatureSet
    windows: Sequence[Window]
    crowding: CrowdedDays
    model: BlendScorer


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """What every pair of a night is ranked by, creators × products, and what its lists tell, if anything."""

    ranked_by: Float64
    scores: Float32
    values: ValueModel | None = None


Weigh: TypeAlias = Callable[[Night], Worth]


@dataclass(slots=True, eq=False)
class Trained:
    """Ranks by what a night's model makes of every pair.

    A night has windows of past promotions only `with_windows`.
    """

    weigh: Weigh
    with_windows: bool = False
    _chosen: Chosen | None = field(default=None, init=False)

    def lists(self, morning: Morning) -> Lists:
        """Highest worth by a model of all that is known."""
        # As a night does: sums of a BLAS depend on its number of threads.
        with single_threaded():
            if self._chosen is None:
                self._chosen = _choose(morning)
            features, windows, crowding = _read(morning, self.with_windows)
            features = features.with_weights(self._chosen.channels)
            windows = [window.with_weights(self._chosen.channels) for window in windows]
            model = self._chosen.blend.fit(features.training_data)
            night = Night(morning, self._chosen, features, windows, crowding, model)
            return _ranked(night, self.weigh(night))


def affinity(night: Night) -> Worth:
    """Collaborative filtering alone: the recipe's scores as they are."""
    scores = night.model.score(night.features.rows)
    return Worth(scores.astype(np.float64), scores)


def earnings(night: Night) -> Worth:
    """Earnings as serving ranks by them; scores where nothing is known of them."""
    values = _values(night)
    return affinity(night) if values is None else _earning(night, values)


def net_earnings(night: Night) -> Worth:
    """Earnings beside all who follow their lists, less the price of the place; there is stock for all."""
    values = _values(night)
    if values is None:
        return affinity(night)
    creators, view = active_creators(night.features), night.model.view(night.features.rows)
    found = candidates_of(night.features, night.model, view, values, creators)
    wishes = Wishes(creators, len(view), found.products, found.earnings, found.units)
    plenty = np.full(night.model.n_products, np.inf)
    placed = give_places(wishes, plenty, learn_crowd(night.crowding, len(creators)))
    beside = _earning(night, replace(values, beside_others=placed.beside_others))
    return replace(beside, ranked_by=beside.ranked_by - placed.places.of_place)


def _values(night: Night) -> ValueModel | None:
    return learn_values(read_examples(night.chosen.blend, night.windows), night.features)


def _earning(night: Night, values: ValueModel) -> Worth:
    scores = night.model.score(night.features.rows)
    return Worth(earnings_of_all(values, scores, np.arange(len(scores))), scores, values)


def _choose(morning: Morning) -> Chosen:
    settings = MarketplaceSettings.beside(morning.export)
    with open_night(morning.export, morning.home, settings, morning.as_of) as night:
        validation = night.validation()
    channels = choose_channels(validation).weights
    validation = validation.with_weights(channels)
    data = validation.features.training_data
    recipe = default_recipe(len(data.rows), data.n_products, with_profile=True)
    return Chosen(channels, choose_recipe(recipe, data, validation.task).blend)


def _read(morning: Morning, with_windows: bool) -> tuple[FeatureSet, Sequence[Window], CrowdedDays]:
    settings = MarketplaceSettings.beside(morning.export)
    with open_engine(morning.home / "work") as engine:
        validated = read_export(engine, morning.export, morning.home, morning.as_of)
        validated.report.require(settings.allowed_bad_share)
        facts = collapse(engine)
        begins = window_begins(facts, settings, morning.as_of) if with_windows else []
        windows = list(read_windows(facts, settings, begins, morning.as_of))
        now = facts.at(morning.as_of)
        return build_features(now, settings), windows, read_crowding(now)


def _ranked(night: Night, worth: Worth) -> Lists:
    """Lists by number; creators and products that the export does not know yet get and are nothing."""
    features, allowed = night.features, night.morning.allowed
    creators = numbers_of(features.creators["creator_id"].to_pylist())
    products = numbers_of(features.products["product_id"].to_pylist())
    scores = np.zeros(allowed.shape)
    scores[np.ix_(creators, products)] = worth.ranked_by
    known: Bool = np.zeros(allowed.shape, dtype=np.bool_)
    known[np.ix_(creators, products)] = True
    lists = ranked(scores, allowed & known)
    if worth.values is None:
        return Lists(lists)
    row, place = np.nonzero(lists >= 0)
    creator = _places(creators, allowed.shape[0])[row]
    product = _places(products, allowed.shape[1])[lists[row, place]]
    found = worth.values.estimate(creator, product, worth.scores[creator, product])
    told = np.full((3, *lists.shape), np.nan)
    told[:, row, place] = found.commission, found.commission_low, found.commission_high
    return Lists(lists, Told(*told))


def _places(numbers: Int64, n: int) -> Int32:
    """By number the index in the night's features."""
    places = np.full(n, -1, dtype=np.int32)
    places[numbers] = np.arange(len(numbers))
    return places

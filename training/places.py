"""Clears the market of a night: what places on lists cost, and who gets what there is too little of."""

import numpy as np

from features.allowed import AllowedPairs
from features.build import FeatureSet
from recsys.arrays import CSR, Float64, Int32
from recsys.candidates import Candidates, best_candidates
from recsys.clearing.crowd import Crowd
from recsys.clearing.giving import Placed, Wishes, give_places
from recsys.models.blend import BlendScorer, CreatorView
from recsys.value.model import ValueModel


def place_all(
    features: FeatureSet, model: BlendScorer, view: CreatorView, values: ValueModel, crowd: Crowd
) -> Placed:
    """The places of all active creators by what was known at the features' instant; `view` is of all."""
    return place_some(features, model, view, values, crowd, active_creators(features))


def place_some(
    features: FeatureSet,
    model: BlendScorer,
    view: CreatorView,
    values: ValueModel,
    crowd: Crowd,
    creators: Int32,
) -> Placed:
    """The places of some creators, among whom there is as much less of everything."""
    share = min(1.0, len(creators) / max(len(active_creators(features)), 1))
    found = candidates_of(features, model, view, values, creators)
    wishes = Wishes(creators, len(view), found.products, found.earnings, found.units)
    return give_places(wishes, stock_of(features) * share, crowd.of_some(share))


def candidates_of(
    features: FeatureSet, model: BlendScorer, view: CreatorView, values: ValueModel, creators: Int32
) -> Candidates:
    """The best of what some creators may be given."""
    promoted: CSR = (features.affinity.values.sign() + features.sold_units.sign()).tocsr()
    allowed = AllowedPairs.of(features.creators, features.products, features.eligible, promoted)
    return best_candidates(model, view, values, allowed, creators)


def active_creators(features: FeatureSet) -> Int32:
    """Those who may follow a list."""
    active = features.creators["is_active"].fill_null(True).to_numpy(zero_copy_only=False)
    return np.flatnonzero(active).astype(np.int32)


def stock_of(features: FeatureSet) -> Float64:
    """Units that there are of each product; infinite where nothing bounds them."""
    stock: Float64 = features.products["stock"].cast("float64").fill_null(np.inf).to_numpy()
    return stock

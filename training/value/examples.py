"""Past promotions as rows to learn from: features of before they began, units of after."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from features.build import FeatureSet
from recsys.arrays import Bool, Float32, Float64, Int32, Int64
from recsys.batches import batches
from recsys.models.blend import BlendScorer
from recsys.models.recommend import recommend
from recsys.value.context import FEATURES
from training.value.activity import Activity
from training.value.choices import ALTERNATIVES, LOOKED_AT, ChoiceSets
from training.value.windows import Window

# Where promotions that sold nothing are not seen, the best of so many creators' lists stand for them.
LISTED_CREATORS = 1_000
LISTED = 200


@dataclass(frozen=True, slots=True)
class Examples:
    """Promotions, one a row: `features` (n × `FEATURES`) of before, units and money of after.

    `creators` and `products` are indexes, `scores` affinity scores; `units` are those ordered, `net_units`
    and `commission` what is left of them, `views` and `clicks` those that its contents had, and `listed` says
    whether its creator had it on a list. `share` is how much of what they sell in a horizon such promotions
    have sold by the time that was looked at, 1 where it is over. `known_creators` and `known_products` count
    the pairs of that creator or product that had history before. `choices` are some of the promotions, with
    what their creators might have promoted instead, `activity` who promoted anything.
    """

    features: Float32
    creators: Int32
    products: Int32
    scores: Float32
    units: Float64
    net_units: Float64
    amount: Float64
    commission: Float64
    views: Float64
    clicks: Float64
    listed: Bool
    share: Float64
    known_creators: Int64
    known_products: Int64
    choices: ChoiceSets
    activity: Activity

    def __len__(self) -> int:
        return len(self.units)

    @property
    def is_over(self) -> Bool:
        """Of which all is known."""
        is_over: Bool = self.share >= 1.0
        return is_over

    def over(self) -> "Examples":
        """Those of which all is known, and all choices; without a copy where they are all."""
        over = self.is_over
        return self if over.all() else replace(self, **{name: getattr(self, name)[over] for name in _rows()})

    @classmethod
    def stacked(cls, parts: "Sequence[Examples]") -> "Examples":
        """All rows of several."""
        rows = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _rows()}
        choices = ChoiceSets.stacked([part.choices for part in parts])
        return cls(**rows, choices=choices, activity=Activity.stacked([part.activity for part in parts]))


def _rows() -> list[str]:
    return [field.name for field in fields(Examples) if field.name not in ("choices", "activity")]


def examples_of(window: Window, model: BlendScorer, *, seed: int = 0) -> Examples:
    """The promotions of a window, with features of before; `model` was fitted on these alone.

    Unseen promotions are stood in for by the heads of some creators' lists: pairs that might have been.
    """
    if window.promotions_are_seen:
        outcomes = window.outcomes
        scores = pair_scores(model, window.features, outcomes.creators, outcomes.products)
        return _examples(
            window,
            outcomes.creators,
            outcomes.products,
            scores,
            np.arange(len(outcomes)),
            outcomes.started_at,
            _choices(window, model, seed),
            Activity.none()
            if window.promoting is None
            else Activity.of(window.features, window.promoting, seed),
        )
    creators, products, scores = _listed_pairs(window.features, model, seed)
    places = _places(window, creators, products)
    return _examples(window, creators, products, scores, places, None, ChoiceSets.none(), Activity.none())


def pair_scores(model: BlendScorer, features: FeatureSet, creators: Int32, products: Int32) -> Float32:
    """Affinity scores of pairs whose creators ascend."""
    scores = np.empty(len(creators), dtype=np.float32)
    distinct = np.unique(creators).astype(np.int64)
    for batch in batches(len(distinct), model.n_products):
        some = distinct[batch]
        begin, end = np.searchsorted(creators, [some[0], some[-1] + 1]).tolist()
        view, places = model.view(features.rows[some]), np.searchsorted(some, creators[begin:end])
        scores[begin:end] = model.score_pairs(view, places, products[begin:end].astype(np.int64))
    return scores


def _choices(window: Window, model: BlendScorer, seed: int) -> ChoiceSets:
    """Some of a window's promotions, each beside products drawn from all that were listed by its begin."""
    features, outcomes = window.features, window.outcomes
    eligible = np.flatnonzero(features.eligible)
    if not len(outcomes) or not len(eligible):
        return ChoiceSets.none()
    rng = np.random.default_rng(seed)
    some = np.sort(rng.permutation(len(outcomes))[:LOOKED_AT])
    shape = (len(some), 1 + ALTERNATIVES)
    creators = np.repeat(outcomes.creators[some], shape[1])
    products = rng.choice(eligible, shape).astype(np.int32)
    products[:, 0] = outcomes.products[some]
    scores = pair_scores(model, features, creators, products.ravel())
    since = np.repeat(outcomes.started_at[some], shape[1])
    rows = features.context.features(creators, products.ravel(), scores, since).reshape(*shape, -1)
    allowed = rows[:, :, FEATURES.index("tried")] == 0
    allowed[:, 1:] &= products[:, 1:] != products[:, :1]
    allowed[:, 0] = True
    listed = on_list(window, creators, products.ravel()).reshape(shape)
    return ChoiceSets(rows, allowed, listed)


def on_list(window: Window, creators: Int32, products: Int32) -> Bool:
    """Which pairs their creators were shown."""
    if not window.listed.nnz or not len(creators):
        return np.zeros(len(creators), dtype=np.bool_)
    return np.asarray(window.listed[creators, products] > 0, dtype=np.bool_).ravel()


def _listed_pairs(features: FeatureSet, model: BlendScorer, seed: int) -> tuple[Int32, Int32, Float32]:
    rng = np.random.default_rng(seed)
    some = np.sort(rng.permutation(len(features.rows))[:LISTED_CREATORS])
    eligible = features.eligible
    lists = recommend(
        model, features.rows[some], LISTED, exclude=features.sold_units[some], eligible=eligible
    )
    real = np.arange(LISTED) < lists.lengths[:, np.newaxis]
    creators = np.repeat(some, lists.lengths).astype(np.int32)
    return creators, lists.indices[real], lists.scores[real]


def _places(window: Window, creators: Int32, products: Int32) -> Int64:
    """Where the outcome of each pair stands; -1 where it sold nothing."""
    width = window.features.affinity.values.shape[1]
    outcomes = window.outcomes
    keys = outcomes.creators.astype(np.int64) * width + outcomes.products
    wanted = creators.astype(np.int64) * width + products
    if not len(keys):
        return np.full(len(wanted), -1)
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, places, -1)


def _examples(
    window: Window,
    creators: Int32,
    products: Int32,
    scores: Float32,
    places: Int64,
    started_at: Int64 | None,
    choices: ChoiceSets,
    activity: Activity,
) -> Examples:
    features, outcomes = window.features, window.outcomes
    affinity = features.affinity.values

    def after(values: Float64) -> Float64:
        return np.where(places >= 0, np.append(values, 0.0)[places], 0.0)

    return Examples(
        features=features.context.features(creators, products, scores, started_at),
        creators=creators,
        products=products,
        scores=scores,
        units=after(outcomes.units),
        net_units=after(outcomes.net_units),
        amount=after(outcomes.amount),
        commission=after(outcomes.commission),
        views=after(outcomes.views),
        clicks=after(outcomes.clicks),
        listed=on_list(window, creators, products),
        share=np.ones(len(creators)) if window.share is None else window.share[places],
        known_creators=np.diff(affinity.indptr)[creators].astype(np.int64),
        known_products=np.bincount(affinity.indices, minlength=affinity.shape[1])[products],
        choices=choices,
        activity=activity,
    )

"""Tries what a night chose on what it held out: models, lists by earnings, and the chances it tells."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from recsys.clearing.crowd import Crowd
from recsys.clearing.places import Places
from recsys.evaluation import ALL, EvaluationTask
from recsys.models.blend import BlendScorer
from recsys.release.manifest import Provenance
from recsys.value.model import ValueModel
from training.earned import MOST_JUDGED, Earned, judge_earnings, judged_places
from training.gate import Challenger, Rival
from training.holdout import Holdout
from training.incumbent import Choices, incumbent_of
from training.inputs import NightInputs
from training.judgement import CHAMPION, Judgement, K, judge_models
from training.places import active_creators, place_some
from training.value.crowding import learn_crowd
from training.value.learn import LatestWindow, Past, check_values, known_by, learn_values

# A value model of fewer promotions is a sketch of the one to be served, which has those of the cutoff too.
ENOUGH_PROMOTIONS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How models did, lists by earnings and the chances told: None where too little was known for values."""

    judgement: Judgement
    earned: Earned | None
    checked: LatestWindow | None

    def metrics(self) -> dict[str, float]:
        """Every figure but the champion's, for the manifest and for MLflow."""
        metrics = self.judgement.metrics()
        for part in (self.earned, self.checked):
            metrics |= part.metrics() if part is not None else {}
        return metrics

    def challenger(self, as_of: int, unservable: Sequence[str]) -> Challenger:
        """What the gate looks at."""
        earned = self.earned
        if earned is not None and earned.n_promotions < ENOUGH_PROMOTIONS:
            earned = None
        return Challenger(
            as_of=as_of,
            over_popularity=self.judgement.over_popularity,
            n_creators=self.judgement.n_creators,
            earned_over=None if earned is None else earned.over_baseline,
            chance_off=None if self.checked is None else self.checked.off,
            unservable=unservable,
        )

    def rival(self, champion: Provenance) -> Rival:
        """The champion beside it."""
        over = self.judgement.over_champion
        ndcg = None if over is None else self.judgement.figure(CHAMPION, ALL, "ndcg", K).value
        return Rival(champion.as_of, ndcg, over)


def rehearse(
    chosen: Choices, inputs: NightInputs, past: Sequence[Past], champion: Provenance | None, seed: int
) -> Rehearsal:
    """All by what was known before: at the cutoff, and of values also when the latest window began."""
    test = inputs.test().with_weights(chosen.channel_weights)
    data = test.features.training_data
    fitted = chosen.recipe.fit(data)
    before = None if champion is None else incumbent_of(champion, chosen)
    rival = None if before is None or before == chosen else _refitted(before, test)
    judgement = judge_models(chosen.recipe, fitted, data, test.task, seed, rival)
    known = known_by(past, inputs.split.cutoff)
    values = learn_values(known, test.features)
    if values is None:
        return Rehearsal(judgement, None, _check(past, inputs.split.as_of))
    n_promotions = sum(map(len, known))
    crowd = learn_crowd(inputs.test_crowding(), len(active_creators(test.features)))
    values, places = _placed(values, crowd, fitted, test, seed)
    earned = judge_earnings(values, fitted, test, inputs.test_commission(), seed, n_promotions, places)
    return Rehearsal(judgement, earned, _check(past, inputs.split.as_of))


def _refitted(incumbent: Choices, test: Holdout) -> tuple[BlendScorer, EvaluationTask]:
    """The champion's choices, fitted on what was known at the cutoff, and the task as they see it."""
    seen = test.with_weights(incumbent.channel_weights)
    return incumbent.recipe.fit(seen.features.training_data), seen.task


def _placed(
    values: ValueModel, crowd: Crowd, model: BlendScorer, test: Holdout, seed: int
) -> tuple[ValueModel, Places]:
    """Values beside all who follow their lists, and places on these, as they would be served at the cutoff.

    In a large market they are those of the creators who are judged.
    """
    features = test.features
    creators = active_creators(features)
    if len(creators) > MOST_JUDGED:
        creators = test.creators[judged_places(test, seed)].astype(np.int32)
    found = place_some(features, model, model.view(features.rows), values, crowd, creators)
    return replace(values, beside_others=found.beside_others), found.places


def _check(past: Sequence[Past], as_of: int) -> LatestWindow | None:
    """How chances are told of the latest window that is over, by what was known when it began."""
    over = [window for window in past if window.over_by <= as_of]
    if not over:
        return None
    latest, *earlier = over
    return check_values([latest.promotions, *known_by(earlier, latest.begin)])

"""Chooses the parameters of a blend's parts by what its lists and theirs are worth."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np

from recsys.evaluation import EvaluationTask
from recsys.models.blend import Blend, BlendScorer
from recsys.models.contract import Recommender, TrainingData
from recsys.models.ials import IALS
from recsys.models.popularity import Popularity
from recsys.models.ridge import Ridge
from training.search.shortlists import Shortlists
from training.search.trials import CHANCE, Trial, take_step

STEP: Final = 0.1
FACTOR: Final = 3.0
FITS_A_PART: Final = 7
# Of the two parts that are searched; peers are given as many trials.
MOST_FITS: Final = 2 * FITS_A_PART

Model = TypeVar("Model", bound=Recommender)


@dataclass(frozen=True, slots=True)
class Study:
    """A blend under study, and the short lists by its fitted parts on which its variants are judged."""

    blend: Blend
    shortlists: Shortlists

    @classmethod
    def of(cls, blend: Blend, data: TrainingData, task: EvaluationTask) -> "Study":
        """Fit every part once."""
        return cls.fitted(blend, blend.fit(data), task)

    @classmethod
    def fitted(cls, blend: Blend, scorer: BlendScorer, task: EvaluationTask) -> "Study":
        """Of parts that are fitted already."""
        return cls(blend, Shortlists.of(scorer, task))

    def trial(self) -> Trial["Study"]:
        """What the blend's lists are worth."""
        weights = np.array(self.blend.weights) / sum(self.blend.weights)
        return Trial(self, self.shortlists.worth(weights, self.blend.evidence))

    def trial_of(self, position: int) -> Trial["Study"]:
        """What the blend's lists and those of one part alone are worth together."""
        alone = np.eye(len(self.blend.parts))[position]
        together = self.trial().values + self.shortlists.worth(alone, self.blend.evidence)
        return Trial(self, together)

    def with_part(
        self, position: int, part: Recommender, data: TrainingData, task: EvaluationTask
    ) -> "Study":
        """The same with another part, which is fitted; the short lists keep their products."""
        parts = (*self.blend.parts[:position], part, *self.blend.parts[position + 1 :])
        alone = Blend((part,), (1.0,), Popularity()).fit(data)
        return Study(replace(self.blend, parts=parts), self.shortlists.with_part(position, alone, task))


def choose_parameters(start: Study, data: TrainingData, task: EvaluationTask) -> Study:
    """The regression's parameters, then the factors', each by its own lists and by those of all parts.

    By its own alone it would be smoothed until it says what the others say already; by those of all alone
    it may err where others outvote it today (docs/decisions/0015-sure-steps.md).
    """
    study = start
    for position, part in enumerate(start.blend.parts):
        match part:
            case Ridge():
                study = _hill_climb(study, position, part, _ridges_beside, data, task)
            case IALS():
                study = _hill_climb(study, position, part, _factors_beside, data, task)
    return study


def _hill_climb(
    start: Study,
    position: int,
    part: Model,
    beside: Callable[[Model], Iterable[Model]],
    data: TrainingData,
    task: EvaluationTask,
) -> Study:
    """Steps along one parameter at a time, for as long as they are sure and fits are left."""
    best, current, known = start.trial_of(position), part, {part}
    while len(known) < FITS_A_PART:
        untried = next((model for model in beside(current) if model not in known), None)
        if untried is None:
            break
        known.add(untried)
        trial = best.choice.with_part(position, untried, data, task).trial_of(position)
        if take_step(best, [trial], chance=CHANCE / (FITS_A_PART - 1)) is trial:
            best, current = trial, untried
    return best.choice


def _ridges_beside(model: Ridge) -> Iterator[Ridge]:
    """The models one step away; popularity's exponent first, since it matters most."""
    for step in (-STEP, STEP):
        yield replace(model, target_exponent=round(model.target_exponent + step, 2))
    for step in (STEP, -STEP):
        yield replace(model, creator_exponent=round(model.creator_exponent + step, 2))
        yield replace(model, source_exponent=round(model.source_exponent + step, 2))
    for half_rank in (2 * model.half_rank, model.half_rank // 2):
        if 1 <= half_rank <= model.rank:
            yield replace(model, half_rank=half_rank)


def _factors_beside(model: IALS) -> Iterator[IALS]:
    """The models one step away: weight of what is not observed, penalty, iterations."""
    for factor in (FACTOR, 1 / FACTOR):
        yield replace(model, regularization=model.regularization * factor)
        # The penalty of a row grows with the weight of what it lacks: keep it, to move one thing at a time.
        yield replace(
            model, unobserved=model.unobserved * factor, regularization=model.regularization / factor
        )
    for iterations in (2 * model.iterations, model.iterations // 2):
        yield replace(model, iterations=max(1, iterations))

"""Chooses what each part of a blend weighs, and how much history of its own outweighs the prior, if any."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from recsys.arrays import Int64, csr
from recsys.evaluation import EvaluationTask
from recsys.models.blend import Blend, BlendScorer
from recsys.models.contract import CreatorRows
from training.search.parameters import Study
from training.search.trials import near_best, take_step

# Weights are tried in shares of one sixth: 28 ways for three parts, 210 for five.
SHARES: Final = 6
EVIDENCE: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)
# How many products rows are cut down to, in turn; the last leaves them whole.
FEW: Final = (1, 2, 4, 1_000_000)
# More than any history has: the prior alone makes the lists.
BEYOND_HISTORY: Final = 1e12


def choose_weights(study: Study) -> Blend:
    """The blend with the mean of those weights, of a lattice, that cannot be told from the best.

    No weights are there to be defended, so none need be surely better: creators who tell nothing give
    every part the same.
    """
    blend = study.blend
    lattice = [tuple(share / SHARES for share in shares) for shares in _lattice(len(blend.parts), SHARES)]
    trials = [replace(study, blend=replace(blend, weights=weights)).trial() for weights in lattice]
    near = [trial.choice.blend.weights for trial in near_best(trials)]
    return replace(blend, weights=tuple(np.mean(near, axis=0).tolist()))


def choose_evidence(blend: Blend, scorer: BlendScorer, task: EvaluationTask, *, seed: int = 0) -> Blend:
    """The blend with its evidence, by the same rule; `scorer` holds its parts, fitted.

    Evidence says how much few products tell, so it is chosen on rows of which all but `FEW` are hidden from
    the scorer: creators with much history are no guide to new ones. A fourth of the rows stays whole: where
    even much history tells nothing, as in a market without taste, the prior must be able to keep the lists.
    """
    study = Study.fitted(blend, scorer, truncated(task, np.random.default_rng(seed)))
    trials = [replace(study, blend=replace(blend, evidence=evidence)).trial() for evidence in EVIDENCE]
    near = [trial.choice.blend.evidence for trial in near_best(trials)]
    return replace(blend, evidence=float(np.exp(np.mean(np.log(near)))))


def unless_prior_does(blend: Blend, whole: Study) -> Blend:
    """The blend; with the prior alone where that has surely the better lists, as where history misleads.

    `whole` holds the fitted parts on rows that are whole.
    """
    chosen = replace(whole, blend=blend).trial()
    prior = replace(whole, blend=replace(blend, evidence=BEYOND_HISTORY)).trial()
    return take_step(chosen, [prior]).choice.blend


def truncated(task: EvaluationTask, rng: np.random.Generator) -> EvaluationTask:
    """The task for a scorer that is shown as many products of a row as `FEW` says, in turn, at random."""
    affinity = task.rows.affinity
    rows = np.repeat(np.arange(affinity.shape[0]), np.diff(affinity.indptr))
    shuffled = np.lexsort((rng.random(affinity.nnz), rows))
    place: Int64 = np.arange(affinity.nnz) - affinity.indptr[rows]
    shown = shuffled[place < np.array(FEW)[rows % len(FEW)]]
    few = csr(affinity.data[shown], rows[shown], affinity.indices[shown], affinity.shape)
    return replace(task, rows=CreatorRows(few, task.rows.attributes))


def _lattice(n_parts: int, shares: int) -> Iterator[tuple[int, ...]]:
    """All ways to give equal shares to the parts."""
    if n_parts == 1:
        yield (shares,)
        return
    for own in range(shares + 1):
        for others in _lattice(n_parts - 1, shares - own):
            yield (own, *others)

"""Exchanges of one chosen candidate for another, until none helps any more."""

import numpy as np

from recsys.arrays import Bool, Int32
from recsys.plan.coverage import Coverage
from recsys.plan.limits import Limits

# Exchanges are tried while they look at no more shoppers than this: seconds of work.
_LOOKS = 300_000_000
# An exchange that gains less is rounding.
_LEAST_GAIN = 1e-9


def exchanged(coverage: Coverage, limits: Limits, chosen: Int32) -> Int32:
    """The choice after exchanges that each add worth; as it is where one round of them would take too long.

    What is required stays.
    """
    fixed = set(limits.required.tolist())
    place = since_change = looks = 0
    while since_change < len(chosen) and looks + coverage.look * len(chosen) <= _LOOKS:
        place = (place + 1) % len(chosen)
        since_change += 1
        looks += coverage.look
        if int(chosen[place]) in fixed:
            continue
        rest = np.delete(chosen, place)
        instead = _best_instead(coverage, limits, rest, int(chosen[place]))
        if instead is not None:
            chosen, since_change = np.append(rest, np.int32(instead)), 0
    return chosen


def _best_instead(coverage: Coverage, limits: Limits, rest: Int32, out: int) -> int | None:
    """What is worth more than `out` in its place and keeps to the limits, None where nothing is."""
    gains = coverage.gains(coverage.left_by(rest))
    least = float(gains[out]) + _LEAST_GAIN * (1.0 + abs(float(gains[out])))
    free: Bool = gains > least
    free[rest] = False
    better = np.flatnonzero(free)
    for candidate in better[np.argsort(-gains[better], kind="stable")].tolist():
        if limits.hold(np.append(rest, np.int32(candidate))):
            return int(candidate)
    return None

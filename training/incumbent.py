"""What the champion chose, so that a night can judge it on its own horizon.

A champion of last night has seen most of the horizon that tonight is judged on: scored as it is, it would
be asked what it was told. So its choices are judged beside tonight's, fitted anew on what was known at the
cutoff.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TypeVar

from recsys.models.blend import Blend
from recsys.release.manifest import Provenance

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choices:
    """A recipe, and what each channel weighs in the affinity: what a night chooses."""

    recipe: Blend
    channel_weights: Mapping[str, float]


def incumbent_of(champion: Provenance, like: Choices) -> Choices | None:
    """The choices of a champion; None where recipe or channels are not made up as those of today, `like`."""
    try:
        recipe = _restored(champion.parameters["recipe"], like.recipe)
        function = champion.parameters["affinity_function"]
        if not isinstance(function, Mapping):
            return None
        weights = {name: float(function["weights"][name]) for name in like.channel_weights}
    except (KeyError, TypeError, ValueError):
        return None
    return Choices(recipe, weights)


def _restored(saved: object, like: T) -> T:
    """What `asdict` and JSON were taken of; raises `ValueError` where that was not made up as `like`."""
    if is_dataclass(like) and not isinstance(like, type):
        names = [field.name for field in fields(like)]
        if not isinstance(saved, Mapping) or sorted(saved) != sorted(names):
            raise ValueError(f"{saved!r} is no {type(like).__name__} of today")
        return replace(like, **{name: _restored(saved[name], getattr(like, name)) for name in names})
    if isinstance(like, tuple):
        if not isinstance(saved, Sequence) or len(saved) != len(like):
            raise ValueError(f"{saved!r} are not {len(like)}")
        return tuple(map(_restored, saved, like))  # type: ignore[return-value]
    if isinstance(like, str) and saved != like:
        raise ValueError(f"{saved!r} is not {like!r}")
    return saved  # type: ignore[return-value]

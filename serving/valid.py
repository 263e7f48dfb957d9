"""Values that a caller names, held against those that there are: a slip is told, not answered by nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches

from recsys.errors import UsageError

_SHOWN = 8


class InvalidValueError(UsageError):
    """A value that cannot be meant: names the field, the value and the nearest valid one."""

    def __init__(self, field: str, value: object, mend: str) -> None:
        super().__init__(f"{field}: {value!r} {mend}")
        self.field = field


def require_known(field: str, value: str, known: Collection[str]) -> None:
    """Raise `InvalidValueError` where `value` is none of `known`."""
    if value in known:
        return
    raise InvalidValueError(field, value, f"is not in this release; {nearest_of(value, sorted(known))}")


def named_counts(field: str, given: Iterable[str]) -> Mapping[str, int]:
    """`US=3` as 3 under the name of `US`, each; raises `InvalidValueError` for what is no such pair."""
    counts = {}
    for text in given:
        name, _, count = text.rpartition("=")
        if not name or not count.isdecimal():
            raise InvalidValueError(field, text, "is not a name and a count such as US=3")
        counts[name] = int(count)
    return counts


def nearest_of(value: str, known: Sequence[str]) -> str:
    """Which of the known values is meant, or else what there is, as a piece of a sentence."""
    if not known:
        return "there is none"
    folded = {name.casefold(): name for name in reversed(known)}
    if close := get_close_matches(value.casefold(), folded, n=1, cutoff=0.5):
        return f"the nearest is {folded[close[0]]!r}"
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"there are {', '.join(map(repr, known[:_SHOWN]))}{more}"

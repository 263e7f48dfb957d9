"""How the service is run; `recsys serve` has an option and an environment variable for each."""

import math
from dataclasses import dataclass, field

from recsys.errors import UsageError

LIMITS = (
    "workers",
    "rate",
    "backend_rate",
    "burst",
    "threads",
    "max_in_flight",
    "max_wait_s",
    "time_limit_s",
    "max_body_bytes",
)
MOST_EXPLORED = 0.5


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Limits of one worker, who else's pages may ask, what lists try out and whether they are kept.

    `rate` is how many requests a second a creator's or brand's key may send, after `burst` at once;
    `backend_rate` the same for keys of the marketplace and administrators, and for clients where there are no
    keys: without limit by default, since load is bounded. `threads` answers are computed at one time: with
    many more than there are cores the loop that accepts, sheds and tells of health hardly gets its turn.
    Requests beyond `max_in_flight`, or that would wait longer than `max_wait_s`, are shed. One that takes
    longer than `time_limit_s` all the same is answered with a problem. The share `explore` of the places on
    each list goes to what is hardly known, at most a half; 0 turns that off. `workers` processes answer. With
    `impressions` the lists of products that are answered are kept for the next night. Live events are kept
    in the database at the URL `events`, by default in the home.
    """

    rate: float = 20.0
    backend_rate: float = math.inf
    burst: int = 40
    threads: int = 4
    max_in_flight: int = 64
    max_wait_s: float = 2.0
    time_limit_s: float = 10.0
    max_body_bytes: int = 1 << 20
    cors_origins: tuple[str, ...] = ()
    explore: float = 0.1
    workers: int = 1
    impressions: bool = True
    # It may hold a password.
    events: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raise `UsageError` for what could not serve."""
        for name in LIMITS:
            if not getattr(self, name) > 0:
                raise UsageError(f"{name} is {getattr(self, name)}; it must be above 0")
        if not 0 <= self.explore <= MOST_EXPLORED:
            raise UsageError(f"explore is {self.explore}; it must be between 0 and {MOST_EXPLORED}")
        for origin in self.cors_origins:
            if origin == "*" or "://" not in origin:
                raise UsageError(f"{origin!r} is no origin such as https://shop.example")


DEFAULTS = ServiceSettings()

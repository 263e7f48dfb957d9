"""How the service is run; `recsys serve` has an option and an environment variable for each."""

import math
from dataclasses import dataclass

from recsys.errors import UsageError


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Limits of one worker, and who else's pages may ask.

    `rate` is how many requests a second a creator's or brand's key may send, after `burst` at once;
    `backend_rate` the same for keys of the marketplace and administrators, and for clients where there are no
    keys: without limit by default, since `max_in_flight` bounds them. Requests beyond `max_in_flight` at one
    time are shed. One that takes longer than `time_limit_s` is answered with a problem.
    """

    rate: float = 20.0
    backend_rate: float = math.inf
    burst: int = 40
    max_in_flight: int = 64
    time_limit_s: float = 10.0
    max_body_bytes: int = 1 << 20
    cors_origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise `UsageError` for what could not serve."""
        for name in ("rate", "backend_rate", "burst", "max_in_flight", "time_limit_s", "max_body_bytes"):
            if not getattr(self, name) > 0:
                raise UsageError(f"{name} is {getattr(self, name)}; it must be above 0")
        for origin in self.cors_origins:
            if origin == "*" or "://" not in origin:
                raise UsageError(f"{origin!r} is no origin such as https://shop.example")


DEFAULTS = ServiceSettings()

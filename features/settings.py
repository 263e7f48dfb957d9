"""What a marketplace says of itself: `marketplace.toml` beside its tables."""

import tomllib
from dataclasses import dataclass, fields, replace
from math import inf
from pathlib import Path
from typing import Self

from features.source import Export
from recsys.errors import DataError

FILE_NAME = "marketplace.toml"


@dataclass(frozen=True, slots=True)
class MarketplaceSettings:
    """Settings of one marketplace.

    `horizon_days` is how far ahead a night is judged, `half_life_days` the age at which a sale or a view
    counts half, `refund_days` the age from which a sale can come back no more, `allowed_bad_share` the
    share of a table's rows that may be in quarantine.
    """

    currency: str = "USD"
    horizon_days: float = 14.0
    half_life_days: float = 30.0
    refund_days: float = 21.0
    allowed_bad_share: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        if not (0 < self.horizon_days < inf and 0 < self.half_life_days < inf):
            raise DataError("horizon_days and half_life_days must be above 0 and finite")
        if not 0 <= self.refund_days < inf:
            raise DataError(f"refund_days must be at least 0 and finite, not {self.refund_days}")
        if not 0 <= self.allowed_bad_share < 1:
            raise DataError(f"allowed_bad_share must be at least 0 and below 1, not {self.allowed_bad_share}")

    @property
    def momentum_days(self) -> float:
        """The window over which products are said to rise or fall: half a horizon, at least a day."""
        return max(self.horizon_days / 2, 1.0)

    @classmethod
    def beside(cls, data: Export) -> Self:
        """Read `marketplace.toml` in the folder `data` or beside the file `data`; defaults where absent,
        as they are beside frames.

        Raises `DataError` naming the file for an unknown key or a value of another type.
        """
        if not isinstance(data, Path):
            return cls()
        path = (data if data.is_dir() else data.parent) / FILE_NAME
        if not path.is_file():
            return cls()
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            training = content.pop("training", {})
            return cls._checked({**content, **training})
        except (ValueError, TypeError, AttributeError, DataError) as error:
            raise DataError(f"{path}: {error}; docs/data-contract.md lists its keys") from error

    @classmethod
    def _checked(cls, values: dict[str, object]) -> Self:
        known = [field.name for field in fields(cls)]
        numbers: dict[str, float] = {}
        for name, value in values.items():
            if name not in known:
                raise DataError(f"unknown key {name!r}; known are {', '.join(known)}")
            if name == "currency":
                continue
            if not isinstance(value, int | float) or isinstance(value, bool):
                raise DataError(f"{name} is {value!r}, it must be a number")
            numbers[name] = float(value)
        currency = values.get("currency", cls().currency)
        if not isinstance(currency, str):
            raise DataError(f"currency is {currency!r}, it must be a text such as 'USD'")
        return replace(cls(), currency=currency, **numbers)

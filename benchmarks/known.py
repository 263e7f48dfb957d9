"""Reads all that an export holds, without a horizon set aside."""

from dataclasses import dataclass
from pathlib import Path

from features.build import FeatureSet, build_features
from features.engine import open_engine
from features.facts import collapse
from features.intake import read_export
from features.settings import MarketplaceSettings


@dataclass(frozen=True, slots=True)
class Known:
    """Features of all that was known at an instant."""

    features: FeatureSet
    as_of: int


def read_known(export: Path, home: Path, as_of: int | None = None) -> Known:
    """What an export holds up to `as_of`, by default its newest instant; `home` is for working files."""
    settings = MarketplaceSettings.beside(export)
    with open_engine(home / "work") as engine:
        validated = read_export(engine, export, home, as_of)
        validated.report.require(settings.allowed_bad_share)
        return Known(build_features(collapse(engine).at(validated.as_of), settings), validated.as_of)

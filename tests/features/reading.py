"""Facts of small exports."""

from pathlib import Path

from features.engine import Engine
from features.facts import Facts, collapse
from features.validation import validate
from tests.exports import Row, write_tables


def facts_of(folder: Path, engine: Engine, **tables: list[Row]) -> Facts:
    """Write an export to `folder`, validate it without a bad row, and make its facts."""
    validate(engine, write_tables(folder / "export", tables)).require(0.0)
    return collapse(engine, "key")

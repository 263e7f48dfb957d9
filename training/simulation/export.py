"""Writes a simulated marketplace as an export folder that the nightly job reads."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from training.simulation.files import FileFormat, write_table
from training.simulation.settings import SimulationSettings
from training.simulation.tables import export_tables
from training.simulation.truth_files import write_truth
from training.simulation.world import World, draw_world

TRUTH_FOLDER = "truth"


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """What was written."""

    folder: Path
    as_of: datetime
    rows: dict[str, int]
    """Rows of each table's file; sales and engagement count states and replays."""
    order_lines: int
    """Distinct sales that happened within the window, late ones included."""
    cold_creators: int
    """Creators without any engagement."""


def simulate(
    out: Path, settings: SimulationSettings, *, file_format: FileFormat = "parquet"
) -> SimulationSummary:
    """Draws a marketplace and writes it to `out`, which must not exist or be empty.

    Raises `FileExistsError` otherwise. The folder appears whole or not at all.
    """
    out = out.absolute()
    _refuse_used(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    world = draw_world(settings)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as holder:
        folder = Path(holder) / "export"
        folder.mkdir()
        rows = _write(folder, world, settings, file_format)
        # Replaces an empty folder, and fails on one that somebody has filled in the meantime.
        folder.rename(out)
    return SimulationSummary(
        folder=out,
        as_of=world.clock.as_of,
        rows=rows,
        order_lines=len(world.orders.creator),
        cold_creators=settings.creators - len(set(world.engagement.creator.tolist())),
    )


def _refuse_used(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(f"{out} is not empty: name a new folder, or remove it first")


def _write(
    folder: Path, world: World, settings: SimulationSettings, file_format: FileFormat
) -> dict[str, int]:
    rows = {
        name: write_table(folder / f"{name}.{file_format}", build(), file_format)
        for name, build in export_tables(world, settings).items()
    }
    (folder / "marketplace.toml").write_text('currency = "USD"\n', "utf-8")
    truth = folder / TRUTH_FOLDER
    truth.mkdir()
    write_truth(truth, world.truth)
    return rows

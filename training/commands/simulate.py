"""`recsys simulate`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from recsys.cli.options import Seed
from recsys.cli.output import console, print_table
from recsys.errors import UsageError


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder to write; must be empty or absent.")],
    creators: Annotated[int, typer.Option(min=1)] = 1_000,
    products: Annotated[int, typer.Option(min=1)] = 300,
    days: Annotated[int, typer.Option(min=1)] = 90,
    seed: Seed = 7,
    file_format: Annotated[Literal["parquet", "csv"], typer.Option("--format")] = "parquet",
) -> None:
    """Write the export of a simulated marketplace, with its hidden truth in OUT/truth."""
    from training.simulation import SimulationSettings, simulate

    try:
        settings = SimulationSettings(creators=creators, products=products, days=days, seed=seed)
        summary = simulate(out, settings, file_format=file_format)
    except (ValueError, FileExistsError) as error:
        raise UsageError(str(error)) from error
    print_table(str(summary.folder), ("table", "rows"), summary.rows.items())
    console().print(f"train on it:  recsys train {out} --as-of {summary.as_of:%Y-%m-%dT%H:%M:%SZ}")

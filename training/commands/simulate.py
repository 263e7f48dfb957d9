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
    world: Annotated[
        str, typer.Option(help="A named world, or random: what it is like is drawn from the seed.")
    ] = "default",
    listed_share: Annotated[
        float, typer.Option(min=0, max=1, help="Links of the last weeks that follow lists, which are logged.")
    ] = 0.0,
    file_format: Annotated[Literal["parquet", "csv"], typer.Option("--format")] = "parquet",
) -> None:
    """Write the export of a simulated marketplace, with its hidden truth in OUT/truth."""
    from training.simulation import SimulationSettings, simulate, world_settings
    from training.simulation.worlds import differences

    try:
        size = SimulationSettings(
            creators=creators, products=products, days=days, seed=seed, listed_share=listed_share
        )
        settings = world_settings(world, size)
        summary = simulate(out, settings, file_format=file_format)
    except (ValueError, FileExistsError) as error:
        raise UsageError(str(error)) from error
    if unlike := differences(settings):
        print_table(f"the world {world}", ("setting", "value"), unlike.items())
    print_table(str(summary.folder), ("table", "rows"), summary.rows.items())
    console().print(f"train on it:  recsys train {out} --as-of {summary.as_of:%Y-%m-%dT%H:%M:%SZ}")

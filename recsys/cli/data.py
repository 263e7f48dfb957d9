"""`recsys simulate` and `recsys validate`."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

import typer

from recsys.cli.options import DEFAULT_HOME, AllowBadShare, AsOf, Data, Home, Seed, instant
from recsys.cli.output import console, print_table
from recsys.errors import UsageError
from recsys.split import iso


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


def validate(
    data: Data,
    home: Home = DEFAULT_HOME,
    as_of: AsOf = None,
    allow_bad_share: AllowBadShare = None,
) -> None:
    """Check an export, print what was found, and write bad rows to the quarantine."""
    from features.engine import open_engine
    from features.settings import MarketplaceSettings
    from training.inputs import read_export

    settings = MarketplaceSettings.beside(data)
    if allow_bad_share is not None:
        settings = replace(settings, allowed_bad_share=allow_bad_share)
    home.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="validate-", dir=home) as work, open_engine(Path(work)) as engine:
        validated = read_export(engine, data, home, instant(as_of))
    print_table(
        f"{data}, newest row {iso(validated.as_of)}" if as_of is None else str(data),
        ("table", "rows read", "bad", "good", "distinct keys"),
        [(t.table, t.rows, t.bad, t.states, t.keys) for t in validated.report.tables],
    )
    if validated.held_back:
        console().print(
            f"{validated.held_back:,} good rows lie after {iso(validated.as_of)} and wait for their night"
        )
    for problem in validated.report.problems():
        console().print(str(problem), markup=False, soft_wrap=True)
    if validated.report.problems() or validated.held_back:
        console().print(f"quarantine: {validated.quarantine}", soft_wrap=True)
    validated.report.require(settings.allowed_bad_share)

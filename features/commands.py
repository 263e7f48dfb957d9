"""`recsys validate`."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from recsys.cli.assembly import Panel
from recsys.cli.options import DEFAULT_HOME, AllowBadShare, AsOf, Data, Events, Home, instant
from recsys.cli.output import console, print_table

commands = typer.Typer()


@commands.command(rich_help_panel=Panel.DATA)
def validate(
    data: Data,
    home: Home = DEFAULT_HOME,
    as_of: AsOf = None,
    allow_bad_share: AllowBadShare = None,
    events: Events = None,
) -> None:
    """Check an export, print what was found, and write bad rows to the quarantine."""
    from features.engine import open_engine
    from features.intake import read_export
    from features.open_log import open_log
    from features.settings import MarketplaceSettings
    from recsys.split import iso

    settings = MarketplaceSettings.beside(data)
    if allow_bad_share is not None:
        settings = replace(settings, allowed_bad_share=allow_bad_share)
    home.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix="validate-", dir=home) as work,
        open_engine(Path(work)) as engine,
        closing(open_log(home, events)) as log,
    ):
        validated = read_export(engine, data, home, instant(as_of), log)
    print_table(
        f"{data}, newest row {iso(validated.as_of)}" if as_of is None else str(data),
        ("table", "rows read", "bad", "repeated", "superseded", "states", "distinct keys"),
        [
            (t.table, t.rows, t.bad, t.repeated, t.superseded, t.states, t.keys)
            for t in validated.report.tables
        ],
    )
    if validated.held_back:
        console().print(
            f"{validated.held_back:,} good rows lie after {iso(validated.as_of)} and wait for their night"
        )
    for line in (*validated.report.notes(), *validated.report.faults()):
        console().print(str(line), markup=False, soft_wrap=True)
    if validated.report.faults() or validated.held_back:
        console().print(f"quarantine: {validated.quarantine}", soft_wrap=True)
    validated.report.require(settings.allowed_bad_share)

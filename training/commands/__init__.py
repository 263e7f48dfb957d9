"""`recsys train`, and what tries it out: `recsys simulate`, `demo` and `benchmark`."""

import typer

from recsys.cli.assembly import Panel
from training.commands.benchmark import benchmark
from training.commands.demo import demo
from training.commands.simulate import simulate
from training.commands.train import train

commands = typer.Typer()
commands.command(rich_help_panel=Panel.NIGHT)(train)
commands.command(rich_help_panel=Panel.TRIAL)(simulate)
commands.command(rich_help_panel=Panel.TRIAL)(demo)
commands.command(rich_help_panel=Panel.TRIAL)(benchmark)

__all__ = ["commands"]

"""`recsys train`, and what tries it out: `recsys simulate`, `demo` and `benchmark`."""

import typer

from recsys.cli.app import Stage
from training.commands.benchmark import benchmark
from training.commands.demo import demo
from training.commands.simulate import simulate
from training.commands.train import train

commands = typer.Typer()
commands.command(rich_help_panel=Stage.NIGHT)(train)
commands.command(rich_help_panel=Stage.TRIAL)(simulate)
commands.command(rich_help_panel=Stage.TRIAL)(demo)
commands.command(rich_help_panel=Stage.TRIAL)(benchmark)

__all__ = ["commands"]

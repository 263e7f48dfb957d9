"""The commands by name."""

import typer

from recsys.cli.benchmark import benchmark
from recsys.cli.data import simulate, validate
from recsys.cli.demo import demo
from recsys.cli.matches import creators, products
from recsys.cli.releases import releases
from recsys.cli.serve import serve
from recsys.cli.train import train

app = typer.Typer(
    help="Which products each creator should promote, and which creators each brand should ask.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (simulate, validate, train, products, creators, serve, demo, benchmark):
    app.command()(command)
app.add_typer(releases, name="releases")

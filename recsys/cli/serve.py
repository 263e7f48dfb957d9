"""`recsys serve`."""

from typing import Annotated

import typer

from recsys.cli.options import DEFAULT_HOME, Home


def serve(
    home: Home = DEFAULT_HOME,
    host: str = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = 8000,
) -> None:
    """Answer matches over HTTP from the champion, and from each later one as soon as it is promoted."""
    from serving.server import serve

    serve(home, host, port)

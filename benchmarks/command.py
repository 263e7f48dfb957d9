"""The command line that the programs of this folder have in common."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.convert import ensure_exports
from benchmarks.data import MissingDataError
from recsys.errors import RecsysError


def of_a_champion(description: str | None) -> argparse.ArgumentParser:
    """What programs are asked that serve the champion of a home and write to `OUT`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--home", type=Path, required=True, help="whose champion is served; it stays as it is"
    )
    return parser


def write_figures(path: Path, figures: Mapping[str, object]) -> None:
    """As JSON, in a folder that is made where it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def run_command(
    name: str,
    description: str | None,
    sections: Callable[[Path], Iterable[str]],
    arguments: Sequence[str] | None,
) -> int:
    """`python -m benchmarks.NAME OUT`, with the real data in `OUT/exports`; answers the exit code.

    `sections` is given `OUT`. Each section is printed as soon as it is there, for it may be minutes of
    work; all of them go to `OUT/NAME.md` at the end.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=description)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for exports, working files and tables")
    out: Path = parser.parse_args(arguments).out
    if code := ensure_exports(out / "exports"):
        return code
    try:
        report = "\n".join(_printed(sections(out)))
    except MissingDataError as error:
        print(error, file=sys.stderr)
        return 3
    except RecsysError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    (out / f"{name}.md").write_text(report, encoding="utf-8")
    return 0


def _printed(sections: Iterable[str]) -> Iterator[str]:
    for section in sections:
        print(section, flush=True)
        yield section

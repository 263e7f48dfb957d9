"""`python -m benchmarks.convert`: real data sets as marketplace exports, ready for `recsys train`."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from benchmarks import ciao, online_retail, retailrocket
from benchmarks.data import BadDataError, MissingDataError, find_data, find_dataset
from benchmarks.export import BadExportError, OutputNotEmptyError, Settings, connect, staged, write_export


@dataclass(frozen=True)
class Converter:
    """How one data set becomes an export."""

    files: tuple[str, ...]
    settings: Settings
    convert: Callable[[Path, duckdb.DuckDBPyConnection], dict[str, int]]


CONVERTERS: Final[Mapping[str, Converter]] = {
    "retailrocket": Converter(retailrocket.FILES, retailrocket.SETTINGS, retailrocket.convert),
    "ciao": Converter(ciao.FILES, ciao.SETTINGS, ciao.convert),
    "online-retail": Converter(online_retail.FILES, online_retail.SETTINGS, online_retail.convert),
}


def convert(name: str, data: Path, folder: Path) -> list[str]:
    """Write the export of one data set into `folder`; answers the lines of its report."""
    converter = CONVERTERS[name]
    source = find_dataset(data, name, converter.files)
    with connect() as database:
        left_out = converter.convert(source, database)
        rows = write_export(database, converter.settings, folder)
    return [f"{name}: {table}: {count:,} rows" for table, count in rows.items()] + [
        f"{name}: left out: {count:,} {what}" for what, count in left_out.items()
    ]


def ensure_exports(folder: Path) -> int:
    """Convert all data sets into `folder` where it is absent; answers the exit code."""
    return 0 if folder.exists() else main(["all", str(folder)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit code."""
    options = _parser().parse_args(arguments)
    try:
        data = find_data(options.data, os.environ)
        with staged(options.out) as staging:
            names = tuple(CONVERTERS) if options.dataset == "all" else (options.dataset,)
            for name in names:
                folder = staging / name if options.dataset == "all" else staging
                print("\n".join(convert(name, data, folder)), flush=True)
    except OutputNotEmptyError as error:
        print(error, file=sys.stderr)
        return 2
    except (MissingDataError, BadDataError, BadExportError) as error:
        print(error, file=sys.stderr)
        return 3
    print(f"written to {options.out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.convert", description=__doc__)
    parser.add_argument("dataset", choices=[*CONVERTERS, "all"])
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to write; new or empty")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where the real data lies")
    return parser


if __name__ == "__main__":
    sys.exit(main())

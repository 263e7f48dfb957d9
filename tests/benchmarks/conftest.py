import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.convert import CONVERTERS, convert
from benchmarks.data import MissingDataError, find_data, find_dataset


@dataclass(frozen=True)
class RealExport:
    """A real data set and the export made of it."""

    source: Path
    export: Path


@pytest.fixture(scope="session")
def real_exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RealExport]:
    found: dict[str, RealExport] = {}
    for name, converter in CONVERTERS.items():
        try:
            data = find_data(None, os.environ)
            source = find_dataset(data, name, converter.files)
        except MissingDataError as error:
            pytest.skip(f"real data absent: {error}")
        export = tmp_path_factory.mktemp("exports") / name
        convert(name, data, export)
        found[name] = RealExport(source, export)
    return found

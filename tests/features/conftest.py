from collections.abc import Iterator
from pathlib import Path

import pytest

from features.engine import Engine, open_engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with open_engine(tmp_path / "work") as opened:
        yield opened

"""The command line, a small simulated marketplace, and a home in which one night was trained on it."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import settings
from sqlalchemy import NullPool, create_engine, make_url, text
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests.command_line import Recsys, run
from tests.postgres import binary, running
from training.simulation import SimulationSettings, simulate

if TYPE_CHECKING:
    from tests.training.nights import Watched
    from training.nightly import NightResult

# A first call may import a library, and machines have bad moments: pytest's own timeout is the limit.
settings.register_profile("project", deadline=None)
settings.load_profile("project")

SMALL = SimulationSettings(creators=250, products=80, days=60, seed=11)
# Enough to learn values from, for tests that need many nights and not what is in them.
TINY = replace(SMALL, creators=120, products=50)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole nights first: begun last they would keep one core busy while the other has nothing left."""
    items.sort(key=lambda item: not item.nodeid.startswith(("tests/training/test_", "tests/test_docs.py")))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Of `--dist loadfile`: the files whose tests look at the trained home stay together too."""
    return SharedHome(config, log) if config.getoption("dist") == "loadfile" else None


class SharedHome(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives a file to one worker, and to one of them all files that ask for `trained`: it is made once."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "trained" if asks_for_trained(self.config.rootpath / file) else file


@cache
def asks_for_trained(file: Path) -> bool:
    """Does a test of the file ask for the trained home."""
    return re.search(r'\btrained: |"trained"', file.read_text(encoding="utf-8")) is not None


@pytest.fixture(scope="session")
def recsys() -> Recsys:
    return run


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server of PostgreSQL."""
    initdb, pg_ctl = binary("initdb"), binary("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("needs PostgreSQL's initdb and pg_ctl: apt-get install postgresql")
    with running(initdb, pg_ctl) as url:
        yield url


@pytest.fixture
def postgres(postgres_server: str) -> str:
    """The URL of a database of its own."""
    name = f"test_{uuid4().hex}"
    target = make_url(postgres_server)
    engine = create_engine(target, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        # Not every house has the customs that the program comes with.
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'"))
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    return target.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def csv_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small export as CSV; not to be changed."""
    folder = tmp_path_factory.mktemp("csv") / "export"
    simulate(folder, SimulationSettings(creators=40, products=20, days=30, seed=3), file_format="csv")
    return folder


@pytest.fixture(scope="session")
def small_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small export as Parquet."""
    folder = tmp_path_factory.mktemp("small") / "export"
    simulate(folder, SMALL)
    return folder


@pytest.fixture(scope="session")
def tiny_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of the same days that a night is soon done with."""
    folder = tmp_path_factory.mktemp("tiny") / "export"
    simulate(folder, TINY)
    return folder


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes homes that hold MLflow's database: its migrations cost as much as a third of a small night."""
    from mlflow import MlflowClient

    migrated = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowClient(tracking_uri=f"sqlite:///{migrated}").search_experiments()

    def made() -> Path:
        home = tmp_path_factory.mktemp("home")
        shutil.copy(migrated, home)
        return home

    return made


@pytest.fixture(scope="session")
def watched() -> "dict[str, Watched]":
    """What the process held at each step of the trained night."""
    return {}


@pytest.fixture(scope="session")
def trained(
    small_export: Path, watched: "dict[str, Watched]", tmp_path_factory: pytest.TempPathFactory
) -> "tuple[Path, NightResult]":
    """A home with one champion; not to be changed."""
    from threadpoolctl import threadpool_limits

    from tests.training.nights import PREPARED, watch
    from training.nightly import NightOptions, run_night

    home = tmp_path_factory.mktemp("trained")
    options = NightOptions(data=small_export, home=home, prepared=PREPARED)
    with threadpool_limits(2, "blas"), watch(watched) as report:
        return home, run_night(options, report)

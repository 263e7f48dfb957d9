"""The same SQL on a real local Spark: facts, features, labels and audience to the bit as in DuckDB."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from features.build import FeatureSet, build_features
from features.buyers import build_audience
from features.contracts import TABLES
from features.engine import Engine, literal, open_engine
from features.facts import Facts, collapse
from features.labels import first_sales, read_outcomes, sold_by_age
from features.settings import MarketplaceSettings
from features.validation import validate
from recsys.arrays import Array
from tests.exports import DAY, START

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.slow


class SparkEngine(Engine):
    """Runs the queries of features on Spark; files are read and typed by DuckDB before."""

    def __init__(self, session: "SparkSession") -> None:
        self._session = session

    def materialise(self, name: str, select: str) -> None:
        self._session.sql(select).cache().createOrReplaceTempView(name)

    def table(self, sql: str) -> pa.Table:
        return self._session.sql(sql).toArrow()

    def rest(self) -> None:
        """Spark's memory is its own process's."""

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in self._session.sql(sql).collect()]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[SparkSession]":
    pyspark = pytest.importorskip("pyspark.sql", reason="needs the extra `spark`, and Java 17")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        session = (
            pyspark.SparkSession.builder.master("local[2]")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
            # Another zone than UTC: time is whole microseconds and must not care.
            .config("spark.sql.session.timeZone", "America/New_York")
            .getOrCreate()
        )
        yield session
        session.stop()


def read_in_duckdb(engine: Engine, export: Path, folder: Path) -> None:
    """Validate, and keep the valid rows as Parquet under `folder`."""
    validate(engine, export)
    for name in TABLES:
        engine.run(f"COPY (SELECT * FROM valid_{name}) TO {literal(str(folder / name))} (FORMAT parquet)")


def arrays_of(features: FeatureSet) -> dict[str, Array]:
    totals = {f"totals.{name}": values for name, values in features.pairs.channels.items()}
    squares = {f"squares.{name}": values for name, values in features.pairs.squares.items()}
    context = {f"context.{name}": values for name, values in features.context.state().items()}
    affinity = features.affinity.values
    return (
        totals
        | squares
        | context
        | {
            "affinity": affinity.data,
            "affinity.indices": affinity.indices,
            "sold_units": features.sold_units.toarray(),
            "trend": features.products["trend"].to_numpy(),
        }
    )


def test_both_engines_tell_the_same(session: "SparkSession", small_export: Path, tmp_path: Path) -> None:
    settings = MarketplaceSettings.beside(small_export)
    with open_engine(tmp_path / "work") as embedded:
        read_in_duckdb(embedded, small_export, tmp_path)
        for name in TABLES:
            session.read.parquet(str(tmp_path / name)).createOrReplaceTempView(f"valid_{name}")
        both: tuple[Facts, Facts] = collapse(embedded), collapse(SparkEngine(session))
        earlier, later = START + 40 * DAY, START + 54 * DAY

        ours, sparks = (arrays_of(build_features(facts.at(earlier), settings)) for facts in both)
        assert ours.keys() == sparks.keys()
        for name, values in ours.items():
            np.testing.assert_array_equal(sparks[name], values, err_msg=name)

        first = [first_sales(facts.at(earlier), facts.at(later)).toarray() for facts in both]
        assert first[0].sum() > 0
        np.testing.assert_array_equal(first[0], first[1])

        outcomes = [read_outcomes(facts.at(later), earlier, later, 7 * DAY) for facts in both]
        assert outcomes[0].net_units.sum() > 0
        for name in outcomes[0].__dataclass_fields__:
            np.testing.assert_array_equal(getattr(outcomes[1], name), getattr(outcomes[0], name), name)

        ages = [sold_by_age(facts.at(later), START, earlier, 14 * DAY, 7) for facts in both]
        assert ages[0][-1] > ages[0][1] > 0
        np.testing.assert_array_equal(ages[0], ages[1])

        products = embedded.table(f"SELECT * FROM {both[0].at(later).products} ORDER BY product_index")
        audiences = [build_audience(facts.at(later), products).units.toarray() for facts in both]
        assert audiences[0].sum() > 0
        np.testing.assert_array_equal(audiences[0], audiences[1])

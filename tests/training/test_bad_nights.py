"""Nights that must not change what is served: refused, killed, cut off in time, fed with bad rows."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mlflow import MlflowClient

from features.build import FeatureSet
from recsys.errors import DataError
from recsys.release.store import ReleaseStore
from recsys.value.model import ValueModel
from tests.training.nights import EARLIER, quiet
from training.nightly import STEPS, NightOptions, NightResult, run_night
from training.tracking import MODEL
from training.value.examples import Examples
from training.value.learn import learn_values


def exploding(promotions: Sequence[Examples], now: FeatureSet) -> ValueModel | None:
    """A value model that tells infinitely much."""
    values = learn_values(promotions, now)
    return values and replace(values, units=replace(values.units, intercept=1e4))


@pytest.fixture(scope="module")
def champion(
    tiny_export: Path, new_home: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[NightOptions, NightResult]:
    """An early night that allowed a bad row, and what it came to: the champion of its home."""
    data = tmp_path_factory.mktemp("bad") / "export"
    shutil.copytree(tiny_export, data)
    sales = pq.read_table(data / "sales.parquet")
    quantities = sales["quantity"].to_pylist()
    quantities[4] = -1
    place = sales.column_names.index("quantity")
    pq.write_table(sales.set_column(place, "quantity", pa.array(quantities)), data / "sales.parquet")
    options = NightOptions(data=data, home=new_home(), as_of=EARLIER, allowed_bad_share=0.001, prepared=5)
    return options, run_night(options, quiet)


def test_bad_rows_stop_a_night_before_it_touches_anything_unless_they_are_allowed(
    champion: tuple[NightOptions, NightResult], tmp_path: Path
) -> None:
    options, allowed = champion
    home = tmp_path / "home"

    with pytest.raises(
        DataError, match=r"table sales, sales.parquet row 5, column quantity: '-1' is negative"
    ):
        run_night(replace(options, home=home, allowed_bad_share=None), quiet)
    assert ReleaseStore(home).ids() == []
    assert not (home / "mlflow.db").exists()

    assert allowed.verdict.passed
    assert sum(table.bad for table in allowed.validated.report.tables) == 1


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_a_refused_night_is_challenger_and_the_champion_stays(
    champion: tuple[NightOptions, NightResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    options, _ = champion
    store = ReleaseStore(options.home)
    served = store.resolve("champion")
    day = 86_400_000_000
    monkeypatch.setattr("training.nightly.learn_values", exploding)
    refused = run_night(replace(options, as_of=EARLIER - 2 * day), quiet)
    client = MlflowClient(tracking_uri=f"sqlite:///{options.home / 'mlflow.db'}")

    unservable, older = refused.verdict.reasons
    assert "the service cannot answer from it: the value model of release" in unservable
    assert older.startswith("the night is older than the champion's")
    assert store.resolve("champion") == served
    assert store.resolve("challenger") == refused.release_id
    assert client.get_model_version_by_alias(MODEL, "champion").tags["release_id"] == served
    assert client.get_model_version_by_alias(MODEL, "challenger").tags["release_id"] == refused.release_id


def test_nothing_after_as_of_plays_a_part(
    champion: tuple[NightOptions, NightResult], new_home: Callable[[], Path], tmp_path: Path
) -> None:
    options, whole = champion
    for path in Path(str(options.data)).glob("*.parquet"):
        known = {
            "sales": "greatest(epoch_us(updated_at), epoch_us(ordered_at))",
            "engagement": "greatest(epoch_us(updated_at), epoch_us(period_start))",
        }.get(path.stem, "0")
        duckdb.sql(
            f"COPY (SELECT * FROM '{path}' WHERE {known} <= {EARLIER}) "
            f"TO '{tmp_path / path.name}' (FORMAT parquet)"
        )
    shortened = run_night(replace(options, data=tmp_path, home=new_home(), prepared=0), quiet)

    assert whole.validated.held_back > 0
    assert shortened.rehearsal.metrics() == whole.rehearsal.metrics()
    assert whole.values is not None
    assert shortened.values is not None
    assert shortened.rehearsal.checked == whole.rehearsal.checked
    for name, array in whole.values.state().items():
        np.testing.assert_array_equal(shortened.values.state()[name], array, err_msg=name)


def test_a_killed_night_leaves_the_champion_and_the_next_run_is_clean(
    champion: tuple[NightOptions, NightResult],
) -> None:
    options, _ = champion
    store = ReleaseStore(options.home)
    served, before = store.champion().release_id, set(store.ids())

    for step in (STEPS[0], STEPS[5], STEPS[6]):
        killed_at_step(options, step)
        assert store.champion().release_id == served

    following = run_night(replace(options, as_of=None), quiet)
    assert following.release_id == store.champion().release_id != served
    assert set(store.ids()) == {*before, following.release_id}
    assert [path.name for path in store.releases.iterdir() if path.name.startswith(".")] == []
    client = MlflowClient(tracking_uri=f"sqlite:///{options.home / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("nightly")
    assert experiment is not None
    statuses = {run.info.status for run in client.search_runs([experiment.experiment_id])}
    assert statuses == {"FINISHED", "KILLED"}


def killed_at_step(options: NightOptions, step: str) -> None:
    """Run a real `recsys train` and kill it without warning as soon as it says that the step begins."""
    command = [sys.executable, "-m", "recsys.cli", "train", str(options.data), "--home", str(options.home)]
    command += ["--prepare", str(options.prepared), "--allow-bad-share", str(options.allowed_bad_share)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if step in line:
                break
        process.kill()
    assert process.returncode == -9


def test_a_night_without_history_before_its_horizon_says_so(tiny_export: Path, tmp_path: Path) -> None:
    options = NightOptions(data=tiny_export, home=tmp_path, as_of=EARLIER, horizon_days=400, prepared=0)

    with pytest.raises(DataError, match=r"no sale or engagement was known at 2025-.*lower --horizon-days"):
        run_night(options, quiet)
    assert ReleaseStore(tmp_path).ids() == []


def test_an_empty_catalog_is_named(tiny_export: Path, tmp_path: Path) -> None:
    empty = tmp_path / "export"
    shutil.copytree(tiny_export, empty)
    products = pq.read_table(empty / "products.parquet")
    pq.write_table(products.slice(0, 0), empty / "products.parquet")

    with pytest.raises(DataError, match="table products holds no good row of 0"):
        run_night(NightOptions(data=empty, home=tmp_path / "home", prepared=0), quiet)

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from recsys.affinity import AffinityMatrix
from recsys.arrays import CSR, csr, empty_csr
from recsys.audience import Audience
from recsys.ids import IdIndex
from recsys.models.contract import CreatorRows, TrainingData
from recsys.models.recipe import default_recipe
from recsys.release.payload import Payload, read_payload, write_payload
from recsys.release.reader import open_release
from recsys.release.store import ReleaseStore
from recsys.value.demand import DemandCalendar
from recsys.value.estimates import Estimates
from recsys.value.model import ValueModel
from tests.recsys.models.examples import N_CREATORS, N_PRODUCTS, example
from tests.recsys.release.examples import provenance
from tests.recsys.value.examples import value_model


def _payload(*, attributes: bool = True) -> Payload:
    data = example()
    if not attributes:
        rows = CreatorRows.without_attributes(data.rows.affinity)
        data = TrainingData(rows, empty_csr((N_PRODUCTS, 0)), data.trend)
    model = default_recipe(40, N_PRODUCTS, with_profile=True, seed=1).fit(data)
    creators = [f"creator {number:03}" for number in range(N_CREATORS)]
    products = [f"商品{number:03}" for number in range(N_PRODUCTS)]
    return Payload(
        affinity=AffinityMatrix(
            IdIndex.from_ids("creator", creators), IdIndex.from_ids("product", products), data.rows.affinity
        ),
        sold_units=data.rows.affinity,
        attributes=data.rows.attributes,
        model=model,
        view=model.view(data.rows),
        creators=pa.table({"creator_id": creators}),
        products=pa.table({"product_id": products}),
        audience=Audience(
            *(csr(counts, [0, 0, 2], [1, 3, 0], (N_CREATORS, 4)) for counts in ([3, 1, 9], [5, 1, 20]))
        ),
        rate_bonus=csr([0.05, -0.02], [1, 2], [0, 3], (N_CREATORS, N_PRODUCTS)),
    )


def _written(home: Path, payload: Payload) -> Path:
    with ReleaseStore(home).writer() as writer:
        write_payload(writer, payload)
        return home / "releases" / writer.commit(provenance())


@pytest.fixture(scope="module")
def payload() -> Payload:
    return _payload()


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory, payload: Payload) -> Payload:
    return read_payload(open_release(_written(tmp_path_factory.mktemp("home"), payload)))


def _same(first: CSR, second: CSR) -> None:
    assert first.shape == second.shape
    for part in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(first, part), getattr(second, part))


def test_matrices_ids_and_tables_come_back(payload: Payload, restored: Payload) -> None:
    _same(restored.affinity.values, payload.affinity.values)
    _same(restored.sold_units, payload.sold_units)
    _same(restored.attributes, payload.attributes)
    _same(restored.audience.buyers, payload.audience.buyers)
    _same(restored.rate_bonus, payload.rate_bonus)
    _same(restored.audience.units, payload.audience.units)
    assert restored.affinity.creators.ids() == payload.affinity.creators.ids()
    assert restored.affinity.products.ids() == payload.affinity.products.ids()
    assert restored.affinity.products.find("商品007") == 7
    assert restored.creators.equals(payload.creators)
    assert restored.products.equals(payload.products)


def test_the_restored_model_gives_the_same_scores(payload: Payload, restored: Payload) -> None:
    np.testing.assert_array_equal(restored.model.score(restored.rows), payload.model.score(payload.rows))


def test_the_restored_view_gives_the_same_columns(payload: Payload, restored: Payload) -> None:
    products = np.arange(N_PRODUCTS, dtype=np.int32)
    np.testing.assert_array_equal(
        restored.model.score_products(restored.view, products),
        payload.model.score_products(payload.view, products),
    )
    assert len(restored.view.embeddings) == len(payload.view.embeddings)


def test_large_arrays_stay_on_disk(restored: Payload) -> None:
    # Read-only says that they are the mapped file: a copy in memory could be written.
    large = (
        restored.affinity.creators.text,
        restored.affinity.values.data,
        restored.affinity.values.indices,
        restored.affinity.values.indptr,
        restored.sold_units.data,
        restored.attributes.indices,
        restored.view.coefficients,
        restored.view.embeddings[2],
        *restored.model.parts[0].state().values(),
        *restored.model.parts[1].state().values(),
        *restored.model.parts[2].state().values(),
        *restored.model.parts[3].state().values(),
    )
    assert [array.flags.writeable for array in large if isinstance(array, np.ndarray) and array.size > 8] == [
        False for array in large if isinstance(array, np.ndarray) and array.size > 8
    ]


def test_the_same_content_is_written_as_the_same_bytes(tmp_path: Path) -> None:
    first, second = _written(tmp_path / "a", _payload()), _written(tmp_path / "b", _payload())
    assert first.name == second.name


def test_a_market_without_any_attribute_comes_back(tmp_path: Path) -> None:
    payload = _payload(attributes=False)
    restored = read_payload(open_release(_written(tmp_path, payload)))
    assert restored.attributes.shape == (N_CREATORS, 0)
    np.testing.assert_array_equal(restored.model.score(restored.rows), payload.model.score(payload.rows))


def test_no_file_of_a_release_needs_pickle(tmp_path: Path, payload: Payload) -> None:
    suffixes = {path.suffix for path in _written(tmp_path, payload).iterdir()}
    assert suffixes == {".npy", ".parquet", ".json"}


def _estimates(values: ValueModel | None) -> Estimates:
    assert values is not None
    creators, products = np.divmod(np.arange(N_CREATORS * N_PRODUCTS, dtype=np.int32), np.int32(N_PRODUCTS))
    return values.estimate(creators, products, np.linspace(-2, 2, len(creators), dtype=np.float32))


def _same_estimates(first: Estimates, second: Estimates) -> None:
    for field in fields(Estimates):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


def test_the_value_model_comes_back_from_files_on_disk(tmp_path: Path, payload: Payload) -> None:
    values = value_model(N_CREATORS, N_PRODUCTS)
    restored = read_payload(open_release(_written(tmp_path, replace(payload, values=values)))).values
    assert restored is not None
    for name, array in values.state().items():
        np.testing.assert_array_equal(restored.state()[name], array, err_msg=name)
    _same_estimates(_estimates(restored), _estimates(values))
    for large in (restored.context.products, restored.context.category_skill.data):
        assert not large.flags.writeable


def test_a_value_model_without_events_or_collaborations_comes_back(tmp_path: Path, payload: Payload) -> None:
    values = value_model(N_CREATORS, N_PRODUCTS)
    nothing = np.zeros(0, dtype=np.int64)
    empty = replace(
        values,
        context=replace(
            values.context,
            demand=DemandCalendar(nothing, nothing, np.zeros((0, 3), dtype=np.bool_), 1.0),
            rate_bonus=empty_csr((N_CREATORS, N_PRODUCTS)),
            category_skill=empty_csr(values.context.category_skill.shape),
        ),
    )
    restored = read_payload(open_release(_written(tmp_path, replace(payload, values=empty))))
    _same_estimates(_estimates(restored.values), _estimates(empty))


def test_a_release_of_too_little_history_has_no_value_model(restored: Payload, tmp_path: Path) -> None:
    assert restored.values is None
    release = open_release(_written(tmp_path, _payload()))
    assert release.array_names("value.") == []


def test_a_value_model_is_part_of_the_id_of_a_release(tmp_path: Path, payload: Payload) -> None:
    ids = {
        _written(tmp_path, replace(payload, values=values)).name
        for values in (None, value_model(N_CREATORS, N_PRODUCTS), value_model(N_CREATORS, N_PRODUCTS, seed=1))
    }
    assert len(ids) == 3

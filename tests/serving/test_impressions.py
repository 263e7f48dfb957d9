import json
import shutil
import signal
import time
from functools import partial
from pathlib import Path

import httpx2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from features.engine import open_engine
from features.exposure import shown_pairs
from features.facts import collapse
from features.impression_log import SCHEMA, ImpressionLog
from features.intake import read_export
from recsys.release.store import ReleaseStore
from serving import impressions
from serving.app import create_app
from serving.impressions import Impressions
from serving.loaded import load_champion
from serving.settings import ServiceSettings
from serving.shown import places_in
from tests.serving.marketplaces import Marketplace, publish
from tests.serving.prepared_places import prepared_places
from tests.serving.test_server import read_until_listening, serving
from training.nightly import NightResult

Row = tuple[str, str, int, float, str]
COLUMNS = ("creator_id", "product_id", "position", "propensity", "release_id")


@pytest.fixture
def own_home(tmp_path: Path, market: Marketplace) -> Path:
    """A home that a test may write to."""
    publish(tmp_path, market)
    return tmp_path


def kept(home: Path) -> pa.Table:
    files = ImpressionLog.of(home).files()
    return pa.concat_tables([pq.read_table(file) for file in files]) if files else SCHEMA.empty_table()


def rows(table: pa.Table) -> list[Row]:
    return list(zip(*(table[name].to_pylist() for name in COLUMNS), strict=True))


def told(answer: dict[str, list[dict[str, object]]]) -> list[Row]:
    names = ("creator_id", "product_id", "rank", "propensity", "release_id")
    return [tuple(match[name] for name in names) for match in answer["matches"]]  # type: ignore[misc]


def test_what_was_answered_is_kept_place_by_place(own_home: Path) -> None:
    with TestClient(create_app(own_home, ServiceSettings(explore=0.5))) as client:
        listed = client.get("/v1/creators/dan/products").json()
        page = client.get("/v1/creators/ada/products?k=2&skip=1").json()
        batch = client.post(
            "/v1/creators/products", json={"creator_ids": ["bob", "nobody", "cyd"], "k": 3}
        ).json()
        assert kept(own_home).num_rows == 0
    table = kept(own_home)
    found = rows(table)
    expected = [*told(listed), *told(page), *(row for one in batch["answers"] for row in told(one["answer"]))]
    assert found == expected
    assert {row[0] for row in found} == {"ada", "bob", "cyd", "dan"}
    assert any(row[3] < 1 for row in found)
    assert table.schema == SCHEMA
    assert len(set(table["impression_id"].to_pylist())) == len(found)
    assert set(table["surface"].to_pylist()) == {"products"}


def test_what_shows_no_list_of_products_to_a_creator_is_no_impression(own_home: Path) -> None:
    with TestClient(create_app(own_home)) as client:
        path = "/v1/creators/dan/products"
        answer = client.get(path)
        assert client.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
        assert client.head(path).status_code == 200
        assert client.get(f"{path}?k=0").status_code == 422
        assert client.get("/v1/creators/nobody/products").status_code == 404
        assert client.get("/v1/products/soap/creators").status_code == 200
        assert client.get("/v1/brands/glow/creators").status_code == 200
        assert client.get("/console/creators/dan").status_code == 200
    assert rows(kept(own_home)) == told(answer.json())


def test_the_next_night_reads_what_all_workers_of_a_server_answered(
    trained: tuple[Path, NightResult], small_export: Path, tmp_path: Path
) -> None:
    shutil.copytree(trained[0] / "releases", tmp_path / "releases")
    with serving(tmp_path, workers=2) as process:
        address, _ = read_until_listening(process)
        answers = [
            httpx2.get(f"{address}/v1/creators/c{number:06d}/products?k=7").json() for number in range(1, 13)
        ]
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
    expected = sorted(row for answer in answers for row in told(answer))
    assert sorted(rows(kept(tmp_path))) == expected
    with open_engine(tmp_path / "work") as engine:
        now = time.time_ns() // 1_000
        found = read_export(engine, small_export, tmp_path, now)
        (report,) = [table for table in found.report.tables if table.table == "impressions"]
        assert (report.good, report.rows) == (len(expected), len(expected))
        assert shown_pairs(collapse(engine).at(now), now - 3_600_000_000, now).nnz == len(expected)


def test_metrics_tell_of_them(own_home: Path) -> None:
    with TestClient(create_app(own_home)) as client:
        client.get("/v1/creators/dan/products")
        time.sleep(2 * impressions.LOOK_S)
        lines = client.get("/metrics").text.splitlines()
    assert "recsys_impressions_total 0.0" in lines
    assert "recsys_impressions_lost_total 0.0" in lines
    assert "recsys_impression_lists_dropped_total 0.0" in lines
    (waiting,) = [line for line in lines if line.startswith("recsys_impressions_unwritten_seconds ")]
    assert 0 < float(waiting.split()[1]) < 10


def test_they_are_not_kept_where_that_is_turned_off(own_home: Path) -> None:
    with TestClient(create_app(own_home, ServiceSettings(impressions=False))) as client:
        assert client.get("/v1/creators/dan/products").status_code == 200
        assert "recsys_impressions" not in client.get("/metrics").text
    assert not ImpressionLog.of(own_home).folder.exists()


def test_an_answer_is_compressed_on_its_way_and_kept_as_it_is(own_home: Path) -> None:
    with TestClient(create_app(own_home)) as client:
        answer = client.get("/v1/creators/dan/products", headers={"Accept-Encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
    assert rows(kept(own_home)) == told(answer.json())


@pytest.mark.parametrize("query", ["", "k=7", "k=3&skip=9"])
def test_of_a_list_that_is_looked_up_the_same_is_kept_as_of_one_that_is_computed(
    trained: tuple[Path, NightResult], tmp_path: Path, query: str
) -> None:
    shutil.copytree(trained[0] / "releases", tmp_path / "releases")
    release = load_champion(ReleaseStore(tmp_path))
    names = [release.creator_id(prepared_places(release)[0][place]) for place in (3, 4, 5, 3)]
    with TestClient(create_app(tmp_path)) as client:
        answers = [client.get(f"/v1/creators/{name}/products?{query}").json() for name in names]
        assert "recsys_prepared_answers_total 4.0" in client.get("/metrics").text
        computed = client.get(
            f"/v1/creators/{names[0]}/products?{query}&min_price=0".replace("?&", "?")
        ).json()
    assert told(computed) == told(answers[0])
    assert rows(kept(tmp_path)) == [row for answer in [*answers, computed] for row in told(answer)]


def body(*rows: Row) -> bytes:
    matches = [
        {
            "creator_id": creator,
            "product_id": product,
            "rank": rank,
            "title": f'a "title" ,"propensity":{{"creator_id":{product}',
            "reasons": [{"evidence": {"creator_id": "x", "product_id": "y", "release_id": "z"}}],
            "propensity": propensity,
            "release_id": release,
        }
        for creator, product, rank, propensity, release in rows
    ]
    whole = {"answers": [{"creator_id": "ada", "answer": {"release_id": "r", "matches": matches}}]}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
ROWS = st.tuples(
    IDS, IDS, st.integers(1, 300), st.floats(1e-12, 1), st.from_regex("[0-9TZ]+-[0-9a-f]+", fullmatch=True)
)


@given(st.lists(ROWS, max_size=4))
def test_whatever_ids_and_titles_hold_the_places_are_read(expected: list[Row]) -> None:
    assert list(zip(*places_in(body(*expected)), strict=True)) == expected


ONE = ("ada", "soap", 1, 1.0, "r")


def note(keeper: Impressions, *rows: Row) -> None:
    text = body(*rows)
    keeper.note(len(text), partial(places_in, text))


def test_a_full_queue_drops_lists_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impressions, "MOST_BYTES", 2 * len(body(ONE)))
    keeper = Impressions(ImpressionLog.of(tmp_path))
    for _ in range(5):
        note(keeper, ONE)
    assert keeper.dropped_lists == 3
    with keeper.kept():
        pass
    assert (keeper.written, kept(tmp_path).num_rows) == (2, 2)
    note(keeper, ONE)
    assert keeper.dropped_lists == 3


@pytest.mark.parametrize("piece", [1, 3, 500])
def test_a_file_holds_all_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(impressions, "_PIECE", piece)
    lists = [
        [("ada", f"p{place}", place, 1.0 / place, "r") for place in range(1, n + 1)] for n in (3, 0, 1, 4)
    ]
    keeper = Impressions(ImpressionLog.of(tmp_path))
    with keeper.kept():
        for shown in lists:
            note(keeper, *shown)
    table = kept(tmp_path)
    assert rows(table) == [row for shown in lists for row in shown]
    numbers = [name.rpartition("-")[2] for name in table["impression_id"].to_pylist()]
    assert numbers == ["0", "1", "2", "0", "0", "1", "2", "3"]
    assert len(set(table["impression_id"].to_pylist())) == keeper.written == 8


def test_a_file_is_written_when_there_is_enough_or_it_is_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(impressions, "LOOK_S", 0.005)
    monkeypatch.setattr(impressions, "FLUSH_S", 0.02)
    keeper = Impressions(ImpressionLog.of(tmp_path))
    with keeper.kept():
        note(keeper, ONE)
        while not keeper.written:
            time.sleep(0.001)
        assert keeper.unwritten_s == 0
        monkeypatch.setattr(impressions, "FLUSH_S", 60.0)
        monkeypatch.setattr(impressions, "FLUSH_ROWS", 2)
        note(keeper, ONE, ("ada", "tent", 2, 0.5, "r"))
        while keeper.written < 3:
            time.sleep(0.001)
    assert len(ImpressionLog.of(tmp_path).files()) == 2


def test_what_cannot_be_written_is_counted_and_keeping_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = ImpressionLog.of(tmp_path).folder
    folder.write_text("in the way")
    keeper = Impressions(ImpressionLog.of(tmp_path))
    with keeper.kept():
        note(keeper, ONE)
    assert (keeper.lost, keeper.written) == (1, 0)
    assert "1 impressions were lost: File exists" in caplog.text
    folder.unlink()
    with keeper.kept():
        note(keeper, ONE)
    assert (keeper.written, kept(tmp_path).num_rows) == (1, 1)

from pathlib import Path

import pytest

from features.engine import literal, open_engine
from recsys.errors import RecsysError


def test_the_working_file_is_gone_at_the_end_also_after_an_error(tmp_path: Path) -> None:
    with open_engine(tmp_path / "work") as engine:
        engine.run("CREATE TABLE t AS SELECT 1 AS x")
        assert engine.count("SELECT x FROM t") == 1
        assert len(list((tmp_path / "work").iterdir())) == 1
    assert list((tmp_path / "work").iterdir()) == []

    def fail() -> None:
        with open_engine(tmp_path / "work"):
            raise KeyError("stop")

    with pytest.raises(KeyError):
        fail()
    assert list((tmp_path / "work").iterdir()) == []


def test_two_engines_at_once_do_not_meet(tmp_path: Path) -> None:
    with open_engine(tmp_path) as first, open_engine(tmp_path) as second:
        first.run("CREATE TABLE t AS SELECT 1 AS x")
        second.run("CREATE TABLE t AS SELECT 2 AS x")
        assert (first.count("SELECT x FROM t"), second.count("SELECT x FROM t")) == (1, 2)


def test_what_exceeds_the_memory_spills(tmp_path: Path) -> None:
    with open_engine(tmp_path, memory=100, most=100) as engine:
        engine.run("SET threads = 1")
        engine.run("CREATE TABLE big AS SELECT md5(CAST(range AS VARCHAR)) AS x FROM range(2000000)")
        assert engine.count("SELECT COUNT(*) FROM (SELECT DISTINCT x FROM big)") == 2_000_000


# A text for each of many keys: what DuckDB holds of such groups it cannot spill.
HUNGRY = """
    SELECT COUNT(*) FROM (
        SELECT i % 600000 AS key, MIN_BY(md5(CAST(i AS VARCHAR)) || md5(CAST(i + 1 AS VARCHAR)), i) AS first
        FROM range(600000) AS t(i) GROUP BY key
    ) AS keys WHERE first <> ''
"""


def test_a_query_that_cannot_do_with_the_memory_is_given_more(tmp_path: Path) -> None:
    with open_engine(tmp_path, memory=20, most=1_000) as engine:
        engine.run("SET threads = 1")
        engine.materialise("found", HUNGRY)
        assert engine.rows("FROM found") == [(600_000,)]
        assert engine.table(HUNGRY).num_rows == 1
        assert engine.rows("SELECT current_setting('memory_limit') <> '19.0 MiB'") == [(True,)]


def test_a_query_that_cannot_do_with_what_there_is_is_refused_in_words(tmp_path: Path) -> None:
    with open_engine(tmp_path, memory=20, most=30) as engine:
        engine.run("SET threads = 1")
        with pytest.raises(RecsysError, match=r"more than 30 MB of memory.*use a machine with more"):
            engine.materialise("found", HUNGRY)
        # It goes on with what it can do.
        assert engine.count("SELECT 1") == 1


def test_an_engine_at_rest_keeps_little_and_answers_as_before(tmp_path: Path) -> None:
    held = "SELECT CAST(SUM(memory_usage_bytes) AS BIGINT) FROM duckdb_memory()"
    with open_engine(tmp_path) as engine:
        engine.materialise("big", "SELECT repeat(md5(CAST(range AS VARCHAR)), 4) AS x FROM range(1000000)")
        assert engine.count("SELECT COUNT(DISTINCT x) FROM big") == 1_000_000
        busy = engine.count(held)
        engine.rest()
        assert engine.count(held) < 64_000_000 < busy
        assert engine.count("SELECT COUNT(DISTINCT x) FROM big") == 1_000_000


def test_columns_are_named_with_their_types_in_order(tmp_path: Path) -> None:
    with open_engine(tmp_path) as engine:
        engine.run("CREATE VIEW v AS SELECT 'x' AS b, 1 AS a")
        assert list(engine.columns("v").items()) == [("b", "VARCHAR"), ("a", "INTEGER")]


@pytest.mark.parametrize("text", ["plain", "it's", "''", "a;b--"])
def test_a_literal_is_the_text_itself(tmp_path: Path, text: str) -> None:
    with open_engine(tmp_path) as engine:
        assert engine.rows(f"SELECT {literal(text)}") == [(text,)]

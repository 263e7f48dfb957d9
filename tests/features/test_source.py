from pathlib import Path

import pytest

from features.engine import Engine
from features.source import find_tables
from features.validation import validate
from recsys.errors import DataError
from tests.exports import Form, write_csv, write_export

SALES = [{"sale_id": f"s{number}", "quantity": number} for number in range(1, 5)]


@pytest.mark.parametrize("form", ["parquet", "csv", "duckdb", "parts"])
def test_every_form_of_an_export_holds_the_same_rows(tmp_path: Path, engine: Engine, form: Form) -> None:
    data = write_export(tmp_path / "export", form=form, sales=SALES)
    validate(engine, data).require(0.0)
    found = engine.rows("SELECT sale_id, quantity FROM valid_sales ORDER BY sale_id")
    assert found == [("s1", 1), ("s2", 2), ("s3", 3), ("s4", 4)]


@pytest.mark.parametrize(
    ("form", "files"),
    [
        ("parquet", ["sales.parquet"] * 4),
        ("csv", ["sales.csv"] * 4),
        ("duckdb", ["export.duckdb:sales"] * 4),
        ("parts", ["part-0.parquet"] * 2 + ["part-1.parquet"] * 2),
    ],
)
def test_every_row_knows_its_file_and_its_place_in_it(
    tmp_path: Path, engine: Engine, form: Form, files: list[str]
) -> None:
    raw = find_tables(engine, write_export(tmp_path / "export", form=form, sales=SALES))
    found = engine.rows(
        f"SELECT source_file, source_row, sale_id FROM {raw['sales'].relation} ORDER BY sale_id"
    )
    rows = [1, 2, 1, 2] if form == "parts" else [1, 2, 3, 4]
    assert found == [(file, row, f"s{n}") for n, (file, row) in enumerate(zip(files, rows, strict=True), 1)]


def test_optional_tables_are_found_where_they_are(tmp_path: Path, engine: Engine) -> None:
    data = write_export(tmp_path / "export", sales=SALES, samples=[{}])
    assert find_tables(engine, data).keys() == {"creators", "products", "engagement", "sales", "samples"}


def test_parts_may_differ_in_their_optional_columns(tmp_path: Path, engine: Engine) -> None:
    data = write_export(tmp_path / "export", sales=SALES)
    (data / "creators.parquet").unlink()
    (data / "creators").mkdir()
    write_csv(
        data / "creators" / "1.csv",
        ["creator_id", "follower_count"],
        [{"creator_id": "c1", "follower_count": 5}],
    )
    write_csv(
        data / "creators" / "2.csv",
        ["region", "follower_count", "creator_id"],
        [{"creator_id": "c2", "follower_count": 6, "region": "US"}],
    )
    validate(engine, data).require(0.0)
    found = engine.rows("SELECT creator_id, follower_count, region FROM valid_creators ORDER BY ALL")
    assert found == [("c1", 5, None), ("c2", 6, "US")]


@pytest.mark.parametrize("folder", ["with [brackets]", "with 'quotes'", "star*", "商品"])
def test_a_folder_may_have_any_name(tmp_path: Path, engine: Engine, folder: str) -> None:
    data = write_export(tmp_path / folder, form="csv", sales=SALES)
    write_export(data, without=["sales.buyer_id"], sales=SALES)
    for name in ("creators", "products", "engagement"):
        (data / f"{name}.csv").unlink()
    (data / "sales.parquet").unlink()
    validate(engine, data).require(0.0)
    assert engine.count("SELECT COUNT(*) FROM valid_sales") == 4


def test_a_table_in_two_forms_is_refused_with_both_named(tmp_path: Path, engine: Engine) -> None:
    data = write_export(tmp_path / "export", sales=SALES)
    write_csv(data / "sales.csv", ["sale_id"], [])
    with pytest.raises(DataError, match=r"table sales as sales\.parquet and as sales\.csv; keep one"):
        find_tables(engine, data)


def test_missing_tables_are_all_named(tmp_path: Path, engine: Engine) -> None:
    data = write_export(tmp_path / "export", sales=SALES)
    (data / "sales.parquet").unlink()
    (data / "creators.parquet").unlink()
    with pytest.raises(
        DataError, match=r"has no table creators, sales; put creators\.parquet or creators\.csv"
    ):
        find_tables(engine, data)


def test_a_place_that_does_not_exist_is_refused(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises(DataError, match="nowhere does not exist"):
        find_tables(engine, tmp_path / "nowhere")


def test_a_file_that_is_no_database_is_refused_by_name(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "notes.duckdb"
    path.write_text("not a database, and long enough to have a header " * 100)
    with pytest.raises(DataError, match=r"notes\.duckdb is not a DuckDB file"):
        find_tables(engine, path)


def test_a_file_that_is_no_parquet_is_refused_by_name(tmp_path: Path, engine: Engine) -> None:
    data = write_export(tmp_path / "export", sales=SALES)
    (data / "sales.parquet").write_bytes(b"PAR1 or not")
    with pytest.raises(DataError, match=r"sales\.parquet cannot be read"):
        find_tables(engine, data)


def test_damage_inside_a_parquet_file_is_refused_by_name(tmp_path: Path, engine: Engine) -> None:
    data = write_export(tmp_path / "export", sales=[{"sale_id": f"s{n}"} for n in range(2000)])
    content = bytearray((data / "sales.parquet").read_bytes())
    content[4:2000] = b"\xff" * 1996
    (data / "sales.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"table sales \(sales\.parquet\) cannot be read"):
        validate(engine, data)


def _csv_export(tmp_path: Path, sales: bytes) -> Path:
    data = write_export(tmp_path / "export", form="csv", sales=SALES)
    (data / "sales.csv").write_bytes(sales)
    return data


HEADER = b"sale_id,ordered_at,creator_id,product_id,content_id,quantity,amount,commission_rate,updated_at\n"
LINE = b"s1,2026-01-01,c1,p1,content of c1,1,10.0,0.1,2026-01-01\n"


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path, engine: Engine) -> None:
    validate(engine, _csv_export(tmp_path, b"\xef\xbb\xbf" + HEADER + LINE)).require(0.0)
    assert engine.rows("SELECT sale_id FROM valid_sales") == [("s1",)]


def test_quoted_values_may_hold_commas_quotes_and_line_ends(tmp_path: Path, engine: Engine) -> None:
    line = b'"s,1 ""x""\ny",2026-01-01,c1,p1,content of c1,1,10.0,0.1,2026-01-01\n'
    validate(engine, _csv_export(tmp_path, HEADER + line)).require(0.0)
    assert engine.rows("SELECT sale_id FROM valid_sales") == [('s,1 "x"\ny',)]


def test_line_ends_of_windows_are_read(tmp_path: Path, engine: Engine) -> None:
    validate(engine, _csv_export(tmp_path, (HEADER + LINE).replace(b"\n", b"\r\n"))).require(0.0)
    assert engine.count("SELECT COUNT(*) FROM valid_sales WHERE updated_at IS NOT NULL") == 1


def test_a_header_alone_is_an_empty_table(tmp_path: Path, engine: Engine) -> None:
    report = validate(engine, _csv_export(tmp_path, HEADER))
    assert next(table.rows for table in report.tables if table.table == "sales") == 0


@pytest.mark.parametrize("content", [b"", b"\n", b"sale_id,,quantity\n"])
def test_a_file_without_a_whole_header_is_refused_by_name(
    tmp_path: Path, engine: Engine, content: bytes
) -> None:
    with pytest.raises(DataError, match=r"sales\.csv has no header, or an empty name in it"):
        validate(engine, _csv_export(tmp_path, content))


def test_a_column_named_twice_is_refused_by_name(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises(DataError, match=r"sales\.csv names the column 'quantity' twice"):
        find_tables(engine, _csv_export(tmp_path, b"quantity,sale_id,quantity\n"))


@pytest.mark.parametrize("content", [b"sale_\xe9d\n", HEADER + LINE + LINE.replace(b"s1", b"\xff\xfe")])
def test_a_file_that_is_not_utf8_is_refused_by_name(tmp_path: Path, engine: Engine, content: bytes) -> None:
    with pytest.raises(DataError, match=r"(?i)sales\.csv.*(utf-8|unicode)"):
        validate(engine, _csv_export(tmp_path, content))


@pytest.mark.parametrize("ragged", [LINE + b"s2,2026-01-01\n", LINE + LINE[:-1] + b",surplus\n"])
def test_a_ragged_line_is_refused_with_table_and_line(tmp_path: Path, engine: Engine, ragged: bytes) -> None:
    with pytest.raises(DataError, match=r"table sales \(sales\.csv\) cannot be read: .*Line: 3"):
        validate(engine, _csv_export(tmp_path, HEADER + ragged))


@pytest.mark.parametrize("form", ["parquet", "csv", "duckdb"])
def test_unknown_columns_are_kept_out(tmp_path: Path, engine: Engine, form: Form) -> None:
    extra = {"internal note": "x", "failed": 1, "source_file": "mine", "source_row": 77, "raw_quantity": "y"}
    data = write_export(tmp_path / "export", form=form, sales=[{**row, **extra} for row in SALES])
    validate(engine, data).require(0.0)
    assert engine.columns("valid_sales").keys() == {
        "sale_id", "ordered_at", "creator_id", "product_id", "content_id", "quantity", "amount",
        "commission_rate", "buyer_id", "refunded_quantity", "status", "updated_at",
    }  # fmt: skip
    assert engine.rows("SELECT source_row FROM checked_sales ORDER BY ALL") == [(1,), (2,), (3,), (4,)]

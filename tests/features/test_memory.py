import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from features.engine import DEFAULT_MEMORY
from tests.exports import DAY, START

ROWS = 2_500_000
CREATORS, PRODUCTS = 200_000, 20_000
# DuckDB takes no more than it begins with. On top come the interpreter, Arrow and the finished matrices.
ENGINE_MEMORY = str(DEFAULT_MEMORY)
MOST_RSS = 1_700_000_000

_NIGHT = """
import json, resource, sys, time
from pathlib import Path
from features.build import build_features
from features.engine import open_engine
from features.facts import collapse
from features.settings import MarketplaceSettings
from features.validation import validate

began = time.monotonic()
with open_engine(Path(sys.argv[2]), most=int(sys.argv[3])) as engine:
    report = validate(engine, Path(sys.argv[1]))
    report.require(0.0)
    validated = time.monotonic()
    features = build_features(collapse(engine).at(int(sys.argv[4])), MarketplaceSettings())
print(json.dumps({
    "validate_s": round(validated - began, 1),
    "build_s": round(time.monotonic() - validated, 1),
    "peak_rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    "rows": sum(table.rows for table in report.tables),
    "units": int(features.pairs.net_units.sum()),
    "pairs": int(features.affinity.values.nnz),
}))
"""


def _write_large_export(folder: Path) -> None:
    folder.mkdir()
    creator = "'creator-' || CAST(hash(i * 3 + {salt}) % {creators} AS VARCHAR)"
    product = "'product-' || CAST(hash(i * 5 + {salt}) % {products} AS VARCHAR)"
    tables = {
        "creators": "SELECT 'creator-' || i AS creator_id, i AS follower_count "
        f"FROM range({CREATORS}) AS t(i)",
        "products": "SELECT 'product-' || i AS product_id, 'brand-' || (i % 500) AS brand_id, "
        "'Beauty/Skin care' AS category, 9.99 AS price, 0.1 AS commission_rate "
        f"FROM range({PRODUCTS}) AS t(i)",
        "sales": f"""
            SELECT 'sale-' || i AS sale_id, {START} + i * 1000000 AS ordered_at,
                {creator.format(salt=1, creators=CREATORS)} AS creator_id,
                {product.format(salt=2, products=PRODUCTS)} AS product_id,
                creator_id || '/' || (i % 7) AS content_id, 1 + i % 3 AS quantity,
                CAST(10 + i % 90 AS DECIMAL(9,2)) AS amount, 0.1 AS commission_rate,
                CASE WHEN i % 20 = 0 THEN 1 ELSE 0 END AS refunded_quantity,
                'SETTLED' AS status, ordered_at + 3600000000 AS updated_at
            FROM range({ROWS}) AS t(i)
        """,
        "engagement": f"""
            SELECT {creator.format(salt=7, creators=CREATORS)} AS creator_id,
                creator_id || '/' || (i % 7) AS content_id,
                {product.format(salt=9, products=PRODUCTS)} AS product_id,
                {START} + (i % 28) * {DAY} AS period_start, 'VIDEO' AS content_type,
                i % 5000 AS views, i % 90 AS likes, i % 40 AS product_clicks, i % 9 AS add_to_carts
            FROM range({ROWS}) AS t(i)
        """,
    }
    with duckdb.connect() as connection:
        for name, sql in tables.items():
            connection.execute(f"COPY ({sql}) TO '{folder / name}.parquet' (FORMAT parquet)")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_five_million_rows_are_validated_and_built_in_bounded_memory(tmp_path: Path) -> None:
    _write_large_export(tmp_path / "export")
    as_of = START + 60 * DAY
    finished = subprocess.run(
        [sys.executable, "-c", _NIGHT, str(tmp_path / "export"), str(tmp_path), ENGINE_MEMORY, str(as_of)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr
    found = json.loads(finished.stdout)
    print(found)  # noqa: T201 - seen with `-s`: the figures that the documents cite
    assert found["rows"] == 2 * ROWS + CREATORS + PRODUCTS
    assert found["units"] == sum(1 + i % 3 - (i % 20 == 0) for i in range(ROWS))
    assert found["pairs"] > ROWS
    assert found["peak_rss"] < MOST_RSS

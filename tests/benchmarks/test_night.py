import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.night import NIGHT, THIS_TREE, Night, markets, report
from benchmarks.plain import write_plain
from features.engine import open_engine
from features.validation import validate
from training.simulation import SimulationSettings, simulate


def night(seconds: float) -> Night:
    return Night(
        rows=12_345,
        seconds=seconds,
        cpu_seconds=2 * seconds,
        stages={"fit": seconds},
        peak_mb=500.0,
        release_bytes_per_creator=1_234.5,
        ndcg=0.25,
        passed=True,
    )


def test_the_report_sets_both_trees_side_by_side() -> None:
    text = report({"this tree": {"2000x500": night(30.0)}, "beside": {"2000x500": night(60.0)}})

    assert "| 2000x500 | 12,345 | 30 | 60 | 0.50 | 1,234 | 0.2500 |" in text
    assert "| fit | 30.0 |" in text
    assert "| 2000x500 | 0.50 | 0.50 | 1.00 |" in text


def test_markets_of_three_sizes_and_a_plain_one() -> None:
    assert list(markets(Path("m"))) == ["2000x500", "8000x2000", "32000x8000", "plain 31000x31000"]


def test_the_plain_export_is_valid_and_as_plain_as_it_says(tmp_path: Path) -> None:
    export = write_plain(tmp_path / "plain", creators=50, products=40, rows=300)

    with open_engine(tmp_path / "work") as engine:
        reports = {table.table: table for table in validate(engine, export).tables}
        clicks = engine.count("SELECT SUM(product_clicks) FROM valid_engagement")
        prices = engine.count("SELECT COUNT(DISTINCT (price, category)) FROM valid_products")

    assert {name: report.bad for name, report in reports.items()} == dict.fromkeys(reports, 0)
    assert reports["engagement"].rows == 300
    assert reports["sales"].rows > 0
    assert (clicks, prices) == (0, 1)


@pytest.mark.slow
def test_a_night_of_its_own_tells_what_it_took(tmp_path: Path) -> None:
    simulate(tmp_path / "export", SimulationSettings(creators=250, products=80, days=60, seed=11))

    told = json.loads(
        subprocess.run(
            [sys.executable, "-P", str(NIGHT), str(tmp_path / "export"), str(tmp_path / "home")],
            cwd=THIS_TREE,
            capture_output=True,
            check=True,
            text=True,
        ).stdout.splitlines()[-1]
    )

    assert told["passed"]
    assert sum(told["stages"].values()) == pytest.approx(told["seconds"], rel=0.1)
    assert 100 < told["peak_mb"] < 4_000
    assert (tmp_path / "home" / "releases" / told["release_id"]).is_dir()

"""The parts of `make bench-market`, each of small size."""

import json
from pathlib import Path

import pytest

from benchmarks import together
from benchmarks.together import PARTS, clearing_against_lp, main, plans_against_the_optimum


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {
        "plan_exact": lambda _: plans_against_the_optimum(2),
        "plan_ciao": PARTS["plan_ciao"],
        "clearing_lp": lambda _: clearing_against_lp(1),
    }
    monkeypatch.setattr(together, "PARTS", parts)


@pytest.mark.usefixtures("small")
def test_each_part_is_kept_beside_the_others(tmp_path: Path) -> None:
    assert main([str(tmp_path), "--only", "clearing_lp"]) == 0
    first = json.loads((tmp_path / "market.json").read_text())
    assert list(first) == ["clearing_lp"]
    assert 0.9 < first["clearing_lp"]["mean"] <= 1.0
    assert main([str(tmp_path), "--only", "plan_exact"]) == 0
    both = json.loads((tmp_path / "market.json").read_text())
    assert list(both) == ["plan_exact", "clearing_lp"]
    assert both["clearing_lp"] == first["clearing_lp"]
    assert both["plan_exact"]["cases"] == 2.0
    assert "| plan_exact | cases | 2 |" in (tmp_path / "market.md").read_text()


@pytest.mark.usefixtures("small")
def test_without_the_data_nothing_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECSYS_DATA", str(tmp_path))
    assert main([str(tmp_path / "out")]) == 3
    assert "trust.tsv" in capsys.readouterr().err
    assert not (tmp_path / "out" / "market.json").exists()


def test_a_part_that_there_is_not_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path), "--only", "clearing"])
    assert "clearing_large" in capsys.readouterr().err

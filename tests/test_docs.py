"""What the documents say works."""

import re
import shlex
from pathlib import Path

import pytest

from features.contracts import TABLES
from features.settings import MarketplaceSettings
from tests.command_line import Recsys

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(text: str, program: str) -> list[list[str]]:
    """Arguments of each line of a shell block that calls a program."""
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith(f"{program} ")]
    return [shlex.split(line, comments=True)[1:] for line in lines]


def test_the_readme_runs_from_top_to_bottom(
    recsys: Recsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = 0
    for arguments in commands(README, "recsys"):
        if arguments == ["serve"]:
            continue  # stays up; tests/serving starts a real one
        done = recsys(*arguments)
        assert done.returncode == 0, (arguments, done.stderr)
        run += 1
    assert run >= 7


def test_every_make_target_that_the_documents_name_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    texts = [README, *(path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md"))]
    named = {name for text in texts for name in re.findall(r"(?:`|^)make ([a-z]+)", text, flags=re.MULTILINE)}

    assert named >= {"demo", "test", "check", "serve", "bench"}
    assert named <= targets


def test_every_link_between_documents_leads_somewhere() -> None:
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), (path, target)


def test_the_data_contract_lists_every_table_column_and_setting() -> None:
    text = (ROOT / "docs" / "data-contract.md").read_text(encoding="utf-8")
    for name, table in TABLES.items():
        section = text.split(f"## `{name}`")[1].split("\n## ")[0]
        assert [column.name for column in table.columns] == re.findall(r"^\| `(\w+)`", section, re.MULTILINE)
    for setting in MarketplaceSettings.__dataclass_fields__:
        assert f"{setting} = " in text


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(
    recsys: Recsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert recsys("simulate", "shop", "--creators", "300", "--products", "100").returncode == 0
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8").split("## In a notebook")[1]
    names: dict[str, object] = {}
    for cell in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL):
        exec(compile(cell, "docs/python.md", "exec"), names)  # noqa: S102

    printed = capsys.readouterr().out
    assert "serves" in printed
    for word in ("popularity", "product_id", "expected_gmv", "added", "approve"):
        assert word in printed
    assert Path("calibration.png").read_bytes().startswith(b"\x89PNG")

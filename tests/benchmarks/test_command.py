from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.command import run_command
from benchmarks.data import MissingDataError
from recsys.errors import DataError


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with converted data."""
    (tmp_path / "exports").mkdir()
    return tmp_path


def test_each_section_is_printed_as_it_is_ready_and_all_are_written(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def sections(folder: Path) -> Iterator[str]:
        assert folder == out
        yield "first\n"
        assert capsys.readouterr().out == "first\n\n"
        yield "second\n"

    assert run_command("made", "By hand.", sections, [str(out)]) == 0
    assert capsys.readouterr().out == "second\n\n"
    assert (out / "made.md").read_text() == "first\n\nsecond\n"


@pytest.mark.parametrize(
    ("error", "said"),
    [(DataError("it is torn"), "error: it is torn\n"), (MissingDataError("gone"), "gone\n")],
)
def test_bad_and_missing_data_end_it_and_leave_no_report(
    out: Path, capsys: pytest.CaptureFixture[str], error: Exception, said: str
) -> None:
    def sections(_: Path) -> Iterator[str]:
        yield "first"
        raise error

    assert run_command("made", None, sections, [str(out)]) == 3
    assert capsys.readouterr().err == said
    assert not (out / "made.md").exists()


def test_without_exports_the_converters_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_DATA", str(tmp_path / "nowhere"))

    assert run_command("made", None, lambda _: [], [str(tmp_path / "out")]) == 3
    assert "nowhere" in capsys.readouterr().err

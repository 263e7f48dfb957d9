from pathlib import Path

import pytest

from recsys.errors import DataError
from training.benchmark.split_files import read_split


def _split(folder: Path, train: str, test: str = "0 2\n") -> Path:
    (folder / "train.txt").write_text(train)
    (folder / "test.txt").write_text(test)
    return folder


def test_users_and_items_are_rows_and_columns(tmp_path: Path) -> None:
    split = read_split(_split(tmp_path, "0 1 3\n2 0\n", "2 4 1\n1\n"))

    assert split.train.toarray().tolist() == [[0, 1, 0, 1, 0], [0] * 5, [1, 0, 0, 0, 0]]
    assert split.test.toarray().tolist() == [[0] * 5, [0] * 5, [0, 1, 0, 0, 1]]


def test_an_item_named_twice_counts_once(tmp_path: Path) -> None:
    assert read_split(_split(tmp_path, "0 1 1 1\n")).train.toarray().tolist() == [[0, 1, 0]]


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ("0 1\n1 two\n", r"train.txt line 2: 'two' is not a whole number"),
        ("0 1\n1 -4\n", r"train.txt line 2: '-4' is not a whole number"),
        ("0 1.5\n", r"train.txt line 1: '1.5' is not a whole number"),
        ("0 99999999999\n", r"train.txt line 1: '99999999999' is not a whole number"),
        ("0 1\n\n1 2\n", r"train.txt line 2 is empty"),
        ("0 1\n3 2\n0 4\n", r"train.txt line 3 repeats user 0 of line 1"),
        ("", r"train.txt holds no interaction"),
        ("0\n1\n", r"train.txt holds no interaction"),
        ("0 1\n1 \u00e9\n", r"train.txt is no text of numbers"),
    ],
)
def test_malformed_files_are_refused_with_file_and_line(tmp_path: Path, train: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_split(_split(tmp_path, train))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("0 1\n")

    with pytest.raises(DataError, match=r"test.txt does not exist"):
        read_split(tmp_path)

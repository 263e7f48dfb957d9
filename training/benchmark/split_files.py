"""Reads `train.txt` and `test.txt`: a line a user, `user item item …`, numbers from 0."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recsys.arrays import CSR, Int64, csr
from recsys.errors import DataError

LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class SplitFiles:
    """What users have (`train`) and what is to be foretold (`test`), both users × items of ones."""

    name: str
    train: CSR
    test: CSR


@dataclass(frozen=True, slots=True)
class _Edges:
    users: Int64
    items: Int64


def read_split(folder: Path) -> SplitFiles:
    """Read both files of a folder; raises `DataError` naming file and line of what is malformed."""
    train, test = (_read(folder / name) for name in ("train.txt", "test.txt"))
    shape = (
        int(max(train.users.max(), test.users.max())) + 1,
        int(max(train.items.max(), test.items.max())) + 1,
    )
    return SplitFiles(folder.resolve().name, _matrix(train, shape), _matrix(test, shape))


def _matrix(edges: _Edges, shape: tuple[int, int]) -> CSR:
    matrix = csr(np.ones(len(edges.users)), edges.users, edges.items, shape)
    matrix.data[:] = 1.0
    return matrix


def _read(path: Path) -> _Edges:
    users: list[int] = []
    lines: list[list[int]] = []
    seen: dict[int, int] = {}
    for number, text in enumerate(_lines(path), start=1):
        if not text.strip():
            raise DataError(f"{path} line {number} is empty; each line holds a user and its items")
        values = _numbers(path, number, text)
        if values[0] in seen:
            raise DataError(
                f"{path} line {number} repeats user {values[0]} of line {seen[values[0]]}; join the two lines"
            )
        seen[values[0]] = number
        users.append(values[0])
        lines.append(values[1:])
    if not any(lines):
        raise DataError(f"{path} holds no interaction; each line is a user and its items")
    lengths = [len(items) for items in lines]
    return _Edges(
        np.repeat(np.array(users, dtype=np.int64), lengths),
        np.array([item for items in lines for item in items], dtype=np.int64),
    )


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").splitlines()
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist; a split is a folder with train.txt and test.txt") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no text of numbers ({error})") from error


def _numbers(path: Path, number: int, text: str) -> list[int]:
    words = text.split()
    for word in words:
        if not word.isdecimal() or int(word) > LARGEST_ID:
            raise DataError(f"{path} line {number}: {word!r} is not a whole number from 0 to {LARGEST_ID}")
    return [int(word) for word in words]

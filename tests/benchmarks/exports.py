"""Reading back what a converter wrote."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

Row = dict[str, object]


def rows(export: Path, table: str) -> list[Row]:
    found: list[Row] = pq.read_table(export / f"{table}.parquet").to_pylist()
    return found


def column(export: Path, table: str, name: str) -> list[object]:
    found: list[object] = pq.read_table(export / f"{table}.parquet", columns=[name])[name].to_pylist()
    return found


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def seconds(text: str) -> int:
    return int(utc(text).timestamp())


def write_tsv(path: Path, header: str, *lines: tuple[object, ...]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = [header.replace(" ", "\t"), *("\t".join(map(str, line)) for line in lines)]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")

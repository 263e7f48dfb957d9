"""Everyone's matches as files: what the service would answer, in both directions, for whoever reads Parquet.

One folder each direction, in parts of so many lists: memory does not grow with the market. Every list is made
by the matcher that the service asks.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from recsys.digest import file_sha256
from recsys.errors import UsageError
from serving.matcher import Matcher
from serving.matches import Answer, Match

MANIFEST = "manifest.json"
LISTS_A_PART = 1_000
SCHEMA = pa.schema(
    {
        "creator_id": pa.string(),
        "product_id": pa.string(),
        "rank": pa.int32(),
        "score": pa.float64(),
        "expected_units": pa.float64(),
        "expected_gmv": pa.float64(),
        "expected_commission": pa.float64(),
        "expected_commission_low": pa.float64(),
        "expected_commission_high": pa.float64(),
        "chance_of_sale": pa.float64(),
        "promoted_or_not": pa.bool_(),
        "commission_per_unit": pa.float64(),
        "price": pa.float64(),
        "commission_rate": pa.float64(),
        "title": pa.string(),
        "category": pa.string(),
        "brand_id": pa.string(),
        "follower_count": pa.int64(),
        "region": pa.string(),
        "language": pa.string(),
        "new_creator": pa.bool_(),
        "summary": pa.string(),
        "reasons": pa.string(),
        "sources": pa.list_(pa.string()),
        "propensity": pa.float64(),
        "release_id": pa.string(),
        "expected_new_shoppers": pa.float64(),
    }
)


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: lists and rows of each direction."""

    lists: Mapping[str, int]
    rows: Mapping[str, int]


def export_matches(matcher: Matcher, out: Path, k: int, lists_a_part: int = LISTS_A_PART) -> Exported:
    """Write the k best matches of every creator to `creators/` and of every product to `products/`.

    A part holds whole lists, in the order of ids. `manifest.json` says from which release they are, and the
    hash and rows of each file. The folder is there whole or not at all. Raises `UsageError` where it exists.
    """
    if out.exists():
        raise UsageError(f"{out} exists; name a folder that does not, matches are not mixed with others")
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        exported = _write(matcher, partial, k, lists_a_part)
        partial.chmod(0o755)
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return exported


def rows_of(answer: Answer) -> list[dict[str, object]]:
    """The matches of an answer as rows of the files."""
    return [_row(match) for match in answer.matches]


def _write(matcher: Matcher, folder: Path, k: int, lists_a_part: int) -> Exported:
    affinity, files = matcher.release.payload.affinity, dict[str, dict[str, object]]()
    directions: dict[str, tuple[list[str], Callable[[str], Answer]]] = {
        "creators": (affinity.creators.ids(), lambda name: matcher.products_for(name, k)),
        "products": (affinity.products.ids(), lambda name: matcher.creators_for_product(name, k)),
    }
    lists, rows, objectives = dict[str, int](), dict[str, int](), dict[str, str]()
    for direction, (names, ask) in directions.items():
        (folder / direction).mkdir()
        lists[direction], rows[direction] = len(names), 0
        for place, part in enumerate(_parts(names, lists_a_part)):
            answers = [ask(name) for name in part]
            objectives[direction] = answers[0].objective.value
            table = pa.Table.from_pylist([row for answer in answers for row in rows_of(answer)], SCHEMA)
            path = folder / direction / f"part-{place:05d}.parquet"
            pq.write_table(table, path)
            rows[direction] += table.num_rows
            files[f"{direction}/{path.name}"] = {"sha256": file_sha256(path), "rows": table.num_rows}
    manifest = {
        "release_id": matcher.release.release_id,
        "as_of": matcher.release.as_of.isoformat(),
        "currency": matcher.release.currency,
        "horizon_days": matcher.release.horizon_days,
        "k": k,
        "objectives": objectives,
        "lists": lists,
        "files": files,
    }
    text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return Exported(lists, rows)


def _parts(names: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(names), size):
        yield names[start : start + size]


def _row(match: Match) -> dict[str, object]:
    reasons = [asdict(reason) for reason in match.reasons]
    return asdict(match) | {
        "reasons": json.dumps(reasons, ensure_ascii=False, separators=(",", ":")),
        "sources": [source.value for source in match.sources],
    }

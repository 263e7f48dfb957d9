import json
from dataclasses import fields
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from recsys.digest import file_sha256
from recsys.errors import UsageError
from serving.export import MANIFEST, SCHEMA, export_matches, rows_of
from serving.matcher import Matcher
from serving.matches import Match


def test_a_row_has_all_that_a_match_has() -> None:
    assert SCHEMA.names == [field.name for field in fields(Match)]


def test_what_is_exported_is_what_is_answered(large_valued_matcher: Matcher, tmp_path: Path) -> None:
    matcher, out = large_valued_matcher, tmp_path / "deep" / "matches"
    exported = export_matches(matcher, out, 7, lists_a_part=10)
    affinity = matcher.release.payload.affinity

    answered = [row for name in affinity.creators.ids() for row in rows_of(matcher.products_for(name, 7))]
    assert pq.read_table(out / "creators").to_pylist() == answered
    asked = [
        row for name in affinity.products.ids() for row in rows_of(matcher.creators_for_product(name, 7))
    ]
    assert pq.read_table(out / "products").to_pylist() == asked
    assert exported.lists == {"creators": 25, "products": 40}
    assert exported.rows == {"creators": len(answered), "products": len(asked)}
    assert [path.name for path in tmp_path.joinpath("deep").iterdir()] == ["matches"]


def test_the_manifest_names_release_and_files(matcher: Matcher, tmp_path: Path) -> None:
    out = tmp_path / "matches"
    export_matches(matcher, out, 3, lists_a_part=4)
    manifest = json.loads((out / MANIFEST).read_text())
    assert manifest["release_id"] == matcher.release.release_id
    assert manifest["objectives"] == {"creators": "affinity", "products": "affinity"}
    written = {str(path.relative_to(out)) for path in out.rglob("*.parquet")}
    assert (
        written
        == set(manifest["files"])
        == {f"{side}/part-0000{n}.parquet" for side in ("creators", "products") for n in (0, 1)}
    )
    for name, told in manifest["files"].items():
        assert (file_sha256(out / name), pq.read_metadata(out / name).num_rows) == (
            told["sha256"],
            told["rows"],
        )


def test_what_is_there_is_not_written_over(matcher: Matcher, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exists; name a folder that does not"):
        export_matches(matcher, tmp_path, 3)

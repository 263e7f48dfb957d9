import json
from pathlib import Path

import numpy as np
import pytest

from recsys.errors import ReleaseError
from recsys.release.reader import Release, open_release
from recsys.release.writer import ReleaseWriter
from tests.recsys.release.examples import provenance, write_release


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "releases" / write_release(tmp_path)


@pytest.fixture
def release(folder: Path) -> Release:
    return open_release(folder)


def test_what_was_written_comes_back(release: Release) -> None:
    assert release.array("numbers").tolist() == [1, 2, 3]
    assert release.table("names").to_pydict() == {"name": ["a", "b"]}
    assert release.array_names("num") == ["numbers"]
    assert release.array_names("x") == []
    assert release.manifest.provenance.as_of == provenance().as_of
    assert release.manifest.provenance.metrics == provenance().metrics
    assert release.release_id == release.path.name


def test_arrays_are_memory_mapped_and_read_only(release: Release) -> None:
    numbers = release.array("numbers")
    assert isinstance(numbers.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        numbers[0] = 5


@pytest.mark.parametrize("name", ["numbers.npy", "names.parquet"])
def test_a_damaged_file_is_refused_by_name(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ReleaseError, match=rf"{name} is damaged; roll back"):
        open_release(folder)


@pytest.mark.parametrize("name", ["numbers.npy", "names.parquet"])
def test_a_missing_file_is_refused_by_name(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ReleaseError, match=rf"{name} is missing; roll back"):
        open_release(folder)


def test_no_link_out_of_a_release_is_followed(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (folder / "numbers.npy").rename(elsewhere)
    (folder / "numbers.npy").symlink_to(elsewhere)
    with pytest.raises(ReleaseError, match=r"numbers\.npy leads out of its release"):
        open_release(folder)

    (folder / "numbers.npy").unlink()
    elsewhere.rename(folder / "numbers.npy")
    moved = folder.rename(tmp_path / folder.name)
    folder.symlink_to(moved)
    with pytest.raises(ReleaseError, match="leads out of its release"):
        open_release(folder)


def test_a_renamed_release_is_refused(folder: Path) -> None:
    renamed = folder.rename(folder.with_name("20300101T000000Z-000000000000"))
    with pytest.raises(ReleaseError, match=rf"{renamed.name} holds the release {folder.name}"):
        open_release(renamed)


def test_a_changed_provenance_is_refused(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["provenance"]["metrics"]["recipe/all/ndcg_at_20"] = 0.99
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ReleaseError, match="folder or manifest was changed"):
        open_release(folder)


def test_another_format_is_refused_with_both_versions(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["format_version"] = 99
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ReleaseError, match=r"manifest.json has the release format 99, this version reads 6"):
        open_release(folder)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"6", b"{}", b"\xff\xfe", b'{"format_version": 6, "provenance": {"x": 1}}']
)
def test_what_is_no_manifest_is_refused_by_name(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(ReleaseError, match=r"manifest.json is not a release manifest"):
        open_release(folder)


def test_a_folder_without_a_manifest_holds_no_release(folder: Path, tmp_path: Path) -> None:
    (folder / "manifest.json").unlink()
    for path in (folder, tmp_path / "nowhere"):
        with pytest.raises(ReleaseError, match="holds no release"):
            open_release(path)


def test_a_file_is_no_release(tmp_path: Path) -> None:
    file = tmp_path / "champion"
    file.write_text("x")
    with pytest.raises(ReleaseError, match="holds no release"):
        open_release(file)


def test_what_the_manifest_does_not_list_is_not_read(release: Release) -> None:
    np.save(release.path / "smuggled.npy", np.arange(3))
    with pytest.raises(ReleaseError, match=r"has no file smuggled.npy"):
        release.array("smuggled")
    assert "smuggled" not in release.array_names("")


def test_an_own_release_is_mapped_from_copies_that_nobody_reaches(folder: Path, release: Release) -> None:
    before = sorted(path.name for path in folder.parent.iterdir())
    numbers = release.own().array("numbers")
    assert isinstance(numbers.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        numbers[0] = 5
    # Written over and cut short in place, as no new file of the same name is.
    content = (folder / "numbers.npy").read_bytes()
    with (folder / "numbers.npy").open("r+b") as file:
        file.write(bytes(len(content)))
        file.truncate(0)
    assert numbers.tolist() == [1, 2, 3]
    assert sorted(path.name for path in folder.parent.iterdir()) == before


def test_what_is_cut_short_before_it_is_copied_is_an_error_and_no_signal(
    folder: Path, release: Release
) -> None:
    content = (folder / "numbers.npy").read_bytes()
    (folder / "numbers.npy").write_bytes(content[:-1])
    with pytest.raises(ValueError, match="greater than file size"):
        release.own().array("numbers")


@pytest.mark.parametrize("shape", [(0,), (0, 3), (), (2, 3)])
def test_an_own_array_has_the_shape_that_was_written(tmp_path: Path, shape: tuple[int, ...]) -> None:
    values = np.ones(shape, dtype=np.int32)
    with ReleaseWriter(tmp_path / "releases") as writer:
        writer.array("some", values)
        name = writer.commit(provenance())
    found = open_release(tmp_path / "releases" / name).own().array("some")
    assert (found.shape, found.dtype) == (shape, values.dtype)
    assert np.array_equal(found, values)

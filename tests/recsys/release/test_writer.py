import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from recsys.release.reader import open_release
from recsys.release.store import ReleaseStore
from tests.recsys.release.examples import NIGHT, provenance, write_release

_KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
import numpy as np
from recsys.release.store import ReleaseStore

writer = ReleaseStore(Path(sys.argv[1])).writer()
writer.array("numbers", np.arange(5))
os.kill(os.getpid(), signal.SIGKILL)
"""


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_content_gives_the_same_id_and_the_same_bytes(tmp_path: Path) -> None:
    first, second = write_release(tmp_path / "a"), write_release(tmp_path / "b")
    assert first == second
    assert _files(tmp_path / "a" / "releases" / first) == _files(tmp_path / "b" / "releases" / second)


def test_an_id_names_the_night_and_changes_with_any_content(tmp_path: Path) -> None:
    ids = {
        write_release(tmp_path),
        write_release(tmp_path, value=9.0),
        write_release(tmp_path, as_of=NIGHT + 1_000_000),
    }
    assert len(ids) == 3
    assert sorted(identifier.split("-")[0] for identifier in ids) == [
        "20260101T000000Z",
        "20260101T000000Z",
        "20260101T000001Z",
    ]


def test_the_provenance_is_part_of_the_id(tmp_path: Path) -> None:
    ids = set()
    for given in (provenance(), provenance(seed=1), provenance(data_digest="other"), provenance(metrics={})):
        with ReleaseStore(tmp_path).writer() as writer:
            ids.add(writer.commit(given))
    assert len(ids) == 4


def test_writing_the_same_release_again_leaves_it_untouched(tmp_path: Path) -> None:
    release_id = write_release(tmp_path)
    folder = tmp_path / "releases" / release_id
    before = folder.stat().st_ino
    assert write_release(tmp_path) == release_id
    assert folder.stat().st_ino == before
    assert [path.name for path in (tmp_path / "releases").iterdir()] == [release_id]


def test_training_anew_replaces_a_damaged_release_of_the_same_id(tmp_path: Path) -> None:
    release_id = write_release(tmp_path)
    folder = tmp_path / "releases" / release_id
    (folder / "numbers.npy").write_bytes(b"damaged")
    assert write_release(tmp_path) == release_id
    assert open_release(folder).array("numbers").tolist() == [1, 2, 3]
    store = ReleaseStore(tmp_path)
    assert store.ids() == [release_id]
    store.clean()
    assert [path.name for path in store.releases.iterdir()] == [release_id]


def test_leaving_without_commit_leaves_nothing(tmp_path: Path) -> None:
    with ReleaseStore(tmp_path).writer() as writer:
        writer.array("numbers", np.arange(5))
        assert len(list((tmp_path / "releases").iterdir())) == 1
    assert list((tmp_path / "releases").iterdir()) == []


def test_a_killed_writer_leaves_nothing_visible_and_clean_removes_the_rest(tmp_path: Path) -> None:
    release_id = write_release(tmp_path)
    store = ReleaseStore(tmp_path)
    store.point("champion", release_id)
    killed = subprocess.run([sys.executable, "-c", _KILLED_WHILE_WRITING, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    left = [path.name for path in store.releases.iterdir() if path.name.startswith(".")]
    assert len(left) == 1
    assert store.ids() == [release_id]
    assert store.champion().release_id == release_id

    store.clean()

    assert sorted(path.name for path in store.releases.iterdir()) == sorted(["champion", release_id])


def test_a_released_folder_can_be_read_by_others(tmp_path: Path) -> None:
    folder = tmp_path / "releases" / write_release(tmp_path)
    assert folder.stat().st_mode & 0o055 == 0o055


def test_arrays_of_objects_are_refused_since_they_would_need_pickle(tmp_path: Path) -> None:
    with ReleaseStore(tmp_path).writer() as writer, pytest.raises(ValueError, match="allow_pickle"):
        writer.array("objects", np.array([{"a": 1}]))


def test_two_writers_at_once_do_not_meet(tmp_path: Path) -> None:
    store = ReleaseStore(tmp_path)
    with store.writer() as first, store.writer() as second:
        first.array("numbers", np.array([1.0]))
        second.array("numbers", np.array([2.0]))
        ids = [first.commit(provenance()), second.commit(provenance())]
    values = [open_release(store.releases / release_id).array("numbers").tolist() for release_id in ids]
    assert values == [[1.0], [2.0]]


def test_every_file_and_both_folders_are_on_the_disk_before_a_release_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(
        "os.fsync", lambda descriptor: synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
    )
    release = tmp_path / "releases" / write_release(tmp_path)
    *inside, folder, releases = synced
    assert {path.name for path in inside} == {path.name for path in release.iterdir()}
    assert folder == inside[0].parent != release
    assert releases == tmp_path / "releases"

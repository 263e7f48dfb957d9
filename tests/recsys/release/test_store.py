import threading
from pathlib import Path

import pytest

from recsys.errors import ReleaseError
from recsys.release.store import ReleaseStore
from tests.recsys.release.examples import NIGHT, write_release


@pytest.fixture
def store(tmp_path: Path) -> ReleaseStore:
    """Of releases that hold nothing to serve, so that nobody who serves is asked."""
    return ReleaseStore(tmp_path, check=lambda release: ())


@pytest.fixture
def nights(tmp_path: Path) -> list[str]:
    return [write_release(tmp_path, as_of=NIGHT + night * 86_400_000_000) for night in range(3)]


def test_an_empty_home_has_no_releases_and_no_champion(store: ReleaseStore) -> None:
    assert store.ids() == []
    assert store.resolve("champion") is None
    store.clean()
    with pytest.raises(ReleaseError, match=r"no champion in .* yet"):
        store.champion()


def test_releases_are_listed_oldest_night_first_and_aliases_are_none(
    store: ReleaseStore, nights: list[str]
) -> None:
    store.promote(nights[1])
    assert store.ids() == nights


def test_promotion_remembers_the_champion_before(store: ReleaseStore, nights: list[str]) -> None:
    store.promote(nights[0])
    assert store.resolve("previous") is None
    store.promote(nights[1])
    assert (store.resolve("champion"), store.resolve("previous")) == (nights[1], nights[0])
    assert store.champion().release_id == nights[1]


def test_promoting_the_champion_again_keeps_the_one_before(store: ReleaseStore, nights: list[str]) -> None:
    store.promote(nights[0])
    store.promote(nights[1])
    store.promote(nights[1])
    assert store.resolve("previous") == nights[0]


def test_a_damaged_release_is_not_promoted(store: ReleaseStore, nights: list[str]) -> None:
    store.promote(nights[0])
    (store.releases / nights[1] / "numbers.npy").write_bytes(b"")
    with pytest.raises(ReleaseError, match="damaged"):
        store.promote(nights[1])
    assert store.resolve("champion") == nights[0]


def test_a_release_that_a_check_finds_faulty_is_not_promoted(tmp_path: Path, nights: list[str]) -> None:
    found = {nights[1]: ["it tells nonsense", "of everyone"]}
    store = ReleaseStore(tmp_path, check=lambda release: found.get(release.release_id, []))
    store.promote(nights[0])
    assert store.faults(nights[1]) == ["it tells nonsense", "of everyone"]
    with pytest.raises(ReleaseError, match="cannot be served: it tells nonsense; of everyone"):
        store.promote(nights[1])
    assert (store.resolve("champion"), store.resolve("previous")) == (nights[0], None)


def test_without_a_check_of_its_own_a_store_asks_those_who_serve(tmp_path: Path, nights: list[str]) -> None:
    with pytest.raises(ReleaseError, match=r"the service cannot answer from it: .* has no file"):
        ReleaseStore(tmp_path).promote(nights[0])


@pytest.mark.parametrize("name", ["nothing", "champion", ""])
def test_what_is_no_release_is_not_promoted(store: ReleaseStore, nights: list[str], name: str) -> None:
    store.promote(nights[0])
    with pytest.raises(ReleaseError, match="holds no release"):
        store.promote(name)
    assert store.resolve("champion") == nights[0]


def test_a_champion_whose_folder_is_gone_does_not_block_the_next(
    store: ReleaseStore, nights: list[str]
) -> None:
    store.promote(nights[0])
    for path in (store.releases / nights[0]).iterdir():
        path.unlink()
    (store.releases / nights[0]).rmdir()
    store.promote(nights[1])
    assert store.champion().release_id == nights[1]
    assert store.resolve("previous") is None


@pytest.mark.parametrize("content", [b"../../elsewhere", b"a/b", b".", b"\xff\xfe\x00", b"\x00" * 99, b" "])
def test_a_pointer_to_what_is_no_name_points_nowhere_and_the_next_promotion_mends_it(
    store: ReleaseStore, nights: list[str], content: bytes
) -> None:
    (store.releases / "champion").write_bytes(content)
    assert store.resolve("champion") is None
    with pytest.raises(
        ReleaseError, match=r"champion names no release; name one by `recsys releases promote`"
    ):
        store.champion()
    store.promote(nights[0])
    assert store.champion().release_id == nights[0]


def test_the_release_before_the_champion_can_be_opened(store: ReleaseStore, nights: list[str]) -> None:
    with pytest.raises(ReleaseError, match="remembers no release before"):
        store.previous()
    store.promote(nights[0])
    store.promote(nights[1])
    assert store.previous().release_id == nights[0]


def test_an_alias_points_to_releases_only(store: ReleaseStore, nights: list[str]) -> None:
    with pytest.raises(ReleaseError, match="no release ghost"):
        store.point("challenger", "ghost")
    store.point("challenger", nights[2])
    assert store.resolve("challenger") == nights[2]


def test_a_pointer_can_be_read_by_others(store: ReleaseStore, nights: list[str]) -> None:
    store.point("champion", nights[0])
    assert (store.releases / "champion").stat().st_mode & 0o044 == 0o044


def test_a_reader_finds_a_whole_pointer_at_every_moment(store: ReleaseStore, nights: list[str]) -> None:
    store.point("champion", nights[0])
    seen: set[str | None] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(store.resolve("champion"))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for turn in range(60):
            store.point("champion", nights[turn % 3])
    finally:
        stop.set()
        reader.join()
    assert seen
    assert seen <= set(nights)


def test_cleaning_removes_half_written_pointers_and_keeps_the_rest(
    store: ReleaseStore, nights: list[str]
) -> None:
    store.promote(nights[0])
    (store.releases / ".writing-pointer").write_text("half")
    (store.releases / ".writing-folder").mkdir()
    store.clean()
    assert sorted(path.name for path in store.releases.iterdir()) == sorted([*nights, "champion"])

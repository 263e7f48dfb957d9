import gc
import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path
from weakref import ref

import pytest
from fastapi.testclient import TestClient

from recsys.errors import ReleaseError
from recsys.release.store import ReleaseStore
from serving.app import create_app
from serving.champion import RETRY_S, Champion
from tests.serving.marketplaces import AS_OF_US, hand_made, publish

NEXT_NIGHT_US = AS_OF_US + 86_400_000_000


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def served(champion: Champion) -> str:
    return champion.matcher().release.release_id


def damage(home: Path, release_id: str) -> None:
    with (home / "releases" / release_id / "affinity.data.npy").open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))


def test_nothing_is_served_before_there_is_a_champion(tmp_path: Path) -> None:
    champion = Champion(ReleaseStore(tmp_path))
    champion.refresh()
    with pytest.raises(ReleaseError, match="no verified release"):
        champion.matcher()
    first = publish(tmp_path, hand_made())
    champion.refresh()
    assert served(champion) == first


def test_the_release_is_swapped_when_the_pointer_moves(tmp_path: Path) -> None:
    first = publish(tmp_path, hand_made())
    champion = Champion(ReleaseStore(tmp_path))
    champion.refresh()
    held = champion.matcher()
    second = publish(tmp_path, hand_made(), as_of=NEXT_NIGHT_US)
    champion.refresh()
    assert served(champion) == second
    # A request that began before the swap ends on the release it began with.
    assert held.products_for("ada", 1).matches[0].release_id == first


def test_what_was_served_before_a_swap_is_freed_without_the_collector(tmp_path: Path) -> None:
    # The service keeps the collector from looking through releases: were there a cycle in one, it would stay.
    swaps: list[None] = []
    champion = Champion(ReleaseStore(tmp_path), swapped=lambda: swaps.append(None))
    publish(tmp_path, hand_made())
    champion.refresh()
    release = champion.matcher().release
    held = (release.payload.affinity.values.indices, release.products.price, release.payload.model)
    parts = [ref(part) for part in held]
    assert champion.matcher().products_for("ada", 1).matches
    del release, held
    gc.disable()
    try:
        publish(tmp_path, hand_made(), as_of=NEXT_NIGHT_US)
        champion.refresh()
        assert all(part() is None for part in parts)
    finally:
        gc.enable()
    champion.refresh()
    assert len(swaps) == 2


def test_a_release_is_loaded_once(tmp_path: Path) -> None:
    publish(tmp_path, hand_made())
    champion = Champion(ReleaseStore(tmp_path))
    champion.refresh()
    held = champion.matcher()
    champion.refresh()
    assert champion.matcher() is held


def test_a_damaged_release_is_refused_and_the_old_one_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    first = publish(tmp_path, hand_made())
    champion = Champion(ReleaseStore(tmp_path), clock)
    champion.refresh()
    second = publish(tmp_path, hand_made(), as_of=NEXT_NIGHT_US)
    damage(tmp_path, second)
    with caplog.at_level(logging.ERROR, logger="serving.champion"):
        champion.refresh()
        champion.refresh()
    assert served(champion) == first
    assert len(caplog.records) == 1
    assert "affinity.data.npy is damaged" in caplog.text
    assert f"still serving {first}" in caplog.text
    assert "affinity.data.npy is damaged" in (champion.refusal or "")
    assert str(tmp_path) not in (champion.refusal or "")
    assert champion.refusals == 1

    ReleaseStore(tmp_path).point("champion", first)
    champion.refresh()
    assert champion.refusal is None


def test_a_mended_release_is_served_after_a_while(tmp_path: Path) -> None:
    clock = Clock()
    first = publish(tmp_path, hand_made())
    damage(tmp_path, first)
    champion = Champion(ReleaseStore(tmp_path), clock)
    champion.refresh()
    damage(tmp_path, first)  # The same bit again: mended.
    champion.refresh()
    with pytest.raises(ReleaseError):
        champion.matcher()
    clock.now += RETRY_S
    champion.refresh()
    assert served(champion) == first


def test_a_service_that_starts_on_a_damaged_champion_serves_the_one_before_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, swaps = Clock(), list[None]()
    first = publish(tmp_path, hand_made())
    second = publish(tmp_path, hand_made(), as_of=NEXT_NIGHT_US)
    damage(tmp_path, second)
    champion = Champion(ReleaseStore(tmp_path), clock, swapped=lambda: swaps.append(None))
    with caplog.at_level(logging.ERROR, logger="serving.champion"):
        champion.refresh()
    assert served(champion) == first
    assert len(swaps) == 1
    assert f"champion {second} not loaded, still serving {first}" in caplog.text
    assert "affinity.data.npy is damaged" in (champion.refusal or "")

    damage(tmp_path, second)  # The same bit again: mended.
    clock.now += RETRY_S
    champion.refresh()
    assert served(champion) == second
    assert champion.refusal is None
    assert len(swaps) == 2


def test_a_pointer_to_nowhere_is_told_once_in_a_while(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    first = publish(tmp_path, hand_made())
    champion = Champion(ReleaseStore(tmp_path), clock)
    champion.refresh()
    (tmp_path / "releases" / "champion").write_bytes(b"../../elsewhere")
    with caplog.at_level(logging.ERROR, logger="serving.champion"):
        for _ in range(3):
            clock.now += 1.0
            champion.refresh()
    assert served(champion) == first
    assert len(caplog.records) == 1
    assert "names no release" in (champion.refusal or "")


def test_a_lost_pointer_does_not_stop_answers(tmp_path: Path) -> None:
    first = publish(tmp_path, hand_made())
    champion = Champion(ReleaseStore(tmp_path))
    champion.refresh()
    (tmp_path / "releases" / "champion").unlink()
    champion.refresh()
    assert served(champion) == first


def test_a_release_without_a_currency_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, hand_made(), currency="")
    champion = Champion(ReleaseStore(tmp_path))
    champion.refresh()
    with pytest.raises(ReleaseError):
        champion.matcher()


def test_a_model_without_numbers_is_refused(tmp_path: Path) -> None:
    market = hand_made()
    first = publish(tmp_path, market)
    champion = Champion(ReleaseStore(tmp_path))
    champion.refresh()
    publish(tmp_path, replace(market, prior={**market.prior, "soap": float("nan")}), as_of=NEXT_NIGHT_US)
    champion.refresh()
    assert served(champion) == first


def test_a_running_service_follows_the_champion(tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path)) as client:
        assert client.get("/health/ready").status_code == 503
        release_id = publish(tmp_path, hand_made())
        deadline = time.monotonic() + 10
        while client.get("/health/ready").status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert client.get("/v1/creators/ada/products").json()["release_id"] == release_id
        # It goes on looking.
        release_id = publish(tmp_path, hand_made(), as_of=NEXT_NIGHT_US)
        deadline = time.monotonic() + 10
        while client.get("/health/ready").json()["release_id"] != release_id:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_release_that_does_not_fit_into_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(store: ReleaseStore) -> None:
        raise MemoryError

    publish(tmp_path, hand_made())
    champion = Champion(ReleaseStore(tmp_path))
    monkeypatch.setattr("serving.champion.load_champion", fail)
    champion.refresh()
    assert champion.refusals == 1

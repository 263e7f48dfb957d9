import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recsys.errors import UsageError
from serving.guard.keys import KeyFile, KeyRing, Principal, Role

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def make(home: Path, role: Role = Role.ADMIN, subject: str | None = None, days: int | None = None) -> str:
    expires_in = None if days is None else timedelta(days=days)
    return KeyFile.of(home).create(role, subject, expires_in, NOW)[0]


def ring(home: Path, now: datetime = NOW) -> KeyRing:
    return KeyRing(KeyFile.of(home), lambda: now)


def test_a_key_is_known_again_with_its_role_and_whose_it_is(tmp_path: Path) -> None:
    key = make(tmp_path, Role.BRAND, "glow")

    assert ring(tmp_path).holder(key) == Principal(key.split("_")[1], Role.BRAND, "glow")


def test_the_file_holds_no_secret_and_is_its_owners_alone(tmp_path: Path) -> None:
    key = make(tmp_path)
    path = tmp_path / "keys.json"

    assert key.split("_", 2)[2] not in path.read_text()
    assert len(json.loads(path.read_text())[0]["sha256"]) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: "",
        lambda key: key[:-1],
        lambda key: key + "x",
        lambda key: key.replace("recsys_", ""),
        lambda key: "recsys_000000000000_" + key.split("_", 2)[2],
        lambda key: "_".join(key.split("_", 2)[:2]),
        lambda key: "recsys_é",
    ],
)
def test_anything_else_is_unknown(tmp_path: Path, spoil: Callable[[str], str]) -> None:
    key = make(tmp_path)
    make(tmp_path)

    assert ring(tmp_path).holder(spoil(key)) is None


def test_a_key_ends_when_it_expires(tmp_path: Path) -> None:
    key = make(tmp_path, days=1)
    day = timedelta(days=1)

    assert ring(tmp_path, NOW + day - timedelta(seconds=1)).holder(key)
    assert ring(tmp_path, NOW + day).holder(key) is None
    assert not ring(tmp_path, NOW + day).admits_anyone()


def test_a_running_ring_notices_new_and_revoked_keys_at_once(tmp_path: Path) -> None:
    keys = ring(tmp_path)
    assert keys.is_open()
    first, second = make(tmp_path), make(tmp_path)

    assert not keys.is_open()
    assert keys.holder(first)
    KeyFile.of(tmp_path).revoke(first.split("_")[1])
    assert keys.holder(first) is None
    assert keys.holder(second)


def test_a_ring_that_was_shut_never_opens_again(tmp_path: Path) -> None:
    key = make(tmp_path)
    keys = ring(tmp_path)
    KeyFile.of(tmp_path).revoke(key.split("_")[1])
    assert not keys.is_open()
    assert not ring(tmp_path).is_open()

    (tmp_path / "keys.json").unlink()
    assert not keys.is_open()
    assert keys.holder(key) is None


def test_a_damaged_file_admits_nobody_and_refuses_a_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key = make(tmp_path)
    keys = ring(tmp_path)
    (tmp_path / "keys.json").write_bytes(b'[{"key_id": 3}]\xff')

    assert not keys.is_open()
    assert keys.holder(key) is None
    assert "nobody is admitted" in caplog.text
    with pytest.raises(UsageError, match="is damaged"):
        ring(tmp_path)


@pytest.mark.parametrize(("role", "subject"), [(Role.BRAND, None), (Role.CREATOR, ""), (Role.ADMIN, "glow")])
def test_only_creators_and_brands_keys_are_bound_to_one(
    tmp_path: Path, role: Role, subject: str | None
) -> None:
    with pytest.raises(UsageError, match=f"role {role} is bound to"):
        make(tmp_path, role, subject)


def test_an_unknown_key_cannot_be_revoked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no key nothing"):
        KeyFile.of(tmp_path).revoke("nothing")

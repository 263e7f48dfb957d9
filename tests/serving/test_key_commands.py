from pathlib import Path

from serving.guard.keys import KeyFile, KeyRing, Role
from tests.command_line import Recsys


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(tmp_path: Path, recsys: Recsys) -> None:
    made = recsys("keys", "create", "--role", "brand", "--for", "glow", "--days", 30, "--home", tmp_path)
    key = made.stdout.strip()
    ring = KeyRing(KeyFile.of(tmp_path))
    who = ring.holder(key)
    assert who is not None
    assert (who.role, who.subject) == (Role.BRAND, "glow")

    listed = recsys("keys", "list", "--home", tmp_path).stdout
    assert all(word in listed for word in (who.key_id, "brand", "glow", "valid"))
    assert key not in listed

    assert recsys("keys", "revoke", who.key_id, "--home", tmp_path).returncode == 0
    assert ring.holder(key) is None


def test_bad_usage_exits_2(tmp_path: Path, recsys: Recsys) -> None:
    unknown = recsys("keys", "create", "--role", "king", "--home", tmp_path)
    nobodys = recsys("keys", "create", "--role", "brand", "--home", tmp_path)
    gone = recsys("keys", "revoke", "x", "--home", tmp_path)
    exposed = recsys("serve", "--host", "0.0.0.0", "--home", tmp_path)

    assert [done.returncode for done in (unknown, nobodys, gone, exposed)] == [2, 2, 2, 2]
    assert "there are creator, brand, marketplace, admin" in unknown.stderr
    assert "can be reached from other machines" in exposed.stderr

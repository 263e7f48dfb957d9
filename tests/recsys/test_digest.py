import hashlib
from pathlib import Path

import pytest

from recsys.digest import canonical_json, file_sha256, value_sha256


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, (1 << 20) + 1])
def test_a_file_is_hashed_whole_whatever_its_size(tmp_path: Path, size: int) -> None:
    content = b"x" * size
    path = tmp_path / "file"
    path.write_bytes(content)
    assert file_sha256(path) == hashlib.sha256(content).hexdigest()


def test_the_order_of_keys_does_not_change_a_values_hash() -> None:
    assert value_sha256({"a": 1, "b": {"c": 2, "d": 3}}) == value_sha256({"b": {"d": 3, "c": 2}, "a": 1})
    assert value_sha256({"a": 1}) != value_sha256({"a": 2})


def test_nan_has_no_canonical_form() -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"a": float("nan")})

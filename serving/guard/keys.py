"""API keys: the file in the home folder that holds their hashes, and the ring that knows a key again.

A key is a random secret of 256 bits, so that one SHA-256 protects it: a slow hash is for what can be guessed.
"""

import fcntl
import hashlib
import hmac
import logging
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from recsys.errors import UsageError

PREFIX = "recsys"
_SECRET_BYTES = 32

_log = logging.getLogger(__name__)


class Role(StrEnum):
    """What a key is for. A creator's and a brand's see only their own."""

    CREATOR = "creator"
    BRAND = "brand"
    MARKETPLACE = "marketplace"
    ADMIN = "admin"

    @property
    def has_subject(self) -> bool:
        """Does a key of this role belong to one creator or brand."""
        return self in (Role.CREATOR, Role.BRAND)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: the key, its role, and whose it is where it is one creator's or brand's."""

    key_id: str
    role: Role
    subject: str | None


# Who asks where the home has never had a key: whoever is at this machine.
ANYONE = Principal("none", Role.ADMIN, None)


class KeyRecord(BaseModel):
    """What is kept of a key. `subject` is the `creator_id` or `brand_id` to which it is bound."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key_id: str
    role: Role
    subject: str | None
    created_at: datetime
    expires_at: datetime | None
    sha256: str

    def is_valid(self, now: datetime) -> bool:
        """Has it not expired yet."""
        return self.expires_at is None or now < self.expires_at


_RECORDS = TypeAdapter(tuple[KeyRecord, ...])


@dataclass(frozen=True, slots=True)
class KeyFile:
    """`<home>/keys.json`. Where it never existed there are no keys; one without entries admits nobody."""

    path: Path

    @classmethod
    def of(cls, home: Path) -> "KeyFile":
        """The keys of a home folder."""
        return cls(home / "keys.json")

    def read(self) -> tuple[KeyRecord, ...] | None:
        """All keys, oldest first; None where there is no file. Raises `UsageError` where it is damaged."""
        try:
            return _RECORDS.validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as error:
            raise UsageError(
                f"{self.path} is damaged ({error.error_count()} faults): restore it, or make keys anew"
            ) from error

    def create(
        self, role: Role, subject: str | None, expires_in: timedelta | None, now: datetime
    ) -> tuple[str, KeyRecord]:
        """A new key, which is told this once, and what is kept of it."""
        if role.has_subject != bool(subject):
            wanted = "is bound to one" if role.has_subject else "is bound to no"
            raise UsageError(f"a key of the role {role} {wanted} creator or brand")
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(_SECRET_BYTES)
        record = KeyRecord(
            key_id=key_id,
            role=role,
            subject=subject,
            created_at=now,
            expires_at=None if expires_in is None else now + expires_in,
            sha256=_digest(secret),
        )
        with self._locked():
            self._write((*(self.read() or ()), record))
        return f"{PREFIX}_{key_id}_{secret}", record

    def revoke(self, key_id: str) -> None:
        """Remove a key; raises `UsageError` where there is no such."""
        with self._locked():
            records = self.read() or ()
            kept = tuple(record for record in records if record.key_id != key_id)
            if kept == records:
                raise UsageError(f"there is no key {key_id} in {self.path}; `recsys keys list` shows them")
            self._write(kept)

    def stamp(self) -> tuple[int, int, int] | None:
        """Changes whenever the file is replaced; None where there is none."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time: of two, the later must see what the earlier wrote."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, records: tuple[KeyRecord, ...]) -> None:
        descriptor, temporary = tempfile.mkstemp(prefix=".keys-", dir=self.path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_RECORDS.dump_json(records, indent=1))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(self.path)


class KeyRing:
    """Knows keys again, and notices at the next request when the file changed.

    It is open only as long as there has been no file. One that cannot be read admits nobody; where that is so
    from the start, the constructor raises `UsageError`.
    """

    def __init__(self, file: KeyFile, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._file = file
        self._clock = clock
        self._stamp = file.stamp()
        self._records: dict[str, KeyRecord] | None = None
        if self._stamp is not None:
            self._load()

    def is_open(self) -> bool:
        """Has there been no key yet."""
        self._look()
        return self._records is None

    def admits_anyone(self) -> bool:
        """Is there a key that is valid now."""
        self._look()
        return any(record.is_valid(self._clock()) for record in (self._records or {}).values())

    def holder(self, key: str) -> Principal | None:
        """Whose key this is: `ANYONE` where the ring is open, None where no valid key is this."""
        self._look()
        if self._records is None:
            return ANYONE
        prefix, _, rest = key.partition("_")
        key_id, _, secret = rest.partition("_")
        record = self._records.get(key_id)
        if prefix != PREFIX or record is None or not record.is_valid(self._clock()):
            return None
        if not hmac.compare_digest(_digest(secret), record.sha256):
            return None
        return Principal(record.key_id, record.role, record.subject)

    def _look(self) -> None:
        stamp = self._file.stamp()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._load()
        except (UsageError, OSError) as error:
            _log.error("nobody is admitted: %s", error)

    def _load(self) -> None:
        # First of all nobody: whatever happens while reading, the ring stays shut.
        self._records = {}
        self._records = {record.key_id: record for record in self._file.read() or ()}


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

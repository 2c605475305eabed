"""What a backup says of itself: what is in it, to the row, and by which it is found whole or damaged."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.parts import Part
from shared.sealing import CannotUnseal, Purpose, keys

NAME = "manifest.json"
PROVEN = tuple(Purpose(part.value) for part in Part)
_CHUNK = 1 << 20


class BackupDamaged(Exception):
    """A file of a backup is missing or changed; the message names it."""


class OtherKeys(Exception):
    """The key file does not open what this backup holds."""


class KeptTable(BaseModel):
    """How many rows a table had, and the digest of them all, in whatever order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    digest: str


class KeptDatabase(BaseModel):
    """A part's database: its file, as `pg_restore` reads it, and what was in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    size_bytes: int
    sha256: str
    revision: str
    tables: dict[str, KeptTable]


class Manifest(BaseModel):
    """A backup. `in_broker`: messages that the broker held and the backup does not; None: it did not answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    made_at: datetime
    version: str
    server_version: str
    in_broker: int | None
    key_proofs: dict[Purpose, str]
    databases: dict[Part, KeptDatabase]

    def write(self, folder: Path) -> None:
        """Write it, with its own digest."""
        told = self.model_dump(mode="json")
        text = json.dumps({"manifest": told, "sha256": _digest(told)}, indent=1, sort_keys=True)
        (folder / NAME).write_text(text + "\n")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """The manifest of a backup. Raises BackupDamaged."""
        try:
            told = json.loads((folder / NAME).read_text())
            if told["sha256"] != _digest(told["manifest"]):
                raise BackupDamaged(f"{NAME} was changed")
            return cls.model_validate(told["manifest"])
        except FileNotFoundError:
            raise BackupDamaged(f"{NAME} is missing: no backup, or one that was not finished") from None
        except (ValueError, KeyError, TypeError, ValidationError):
            raise BackupDamaged(f"{NAME} was changed") from None

    def check_file(self, folder: Path, part: Part, advance: Callable[[int], None]) -> None:
        """Read a database's file and hold it against what is written here. Raises BackupDamaged."""
        kept = self.databases[part]
        try:
            found = sha256_of(folder / kept.file, advance)
        except FileNotFoundError:
            raise BackupDamaged(f"{kept.file} is missing") from None
        if found != kept.sha256:
            raise BackupDamaged(f"{kept.file} was changed")

    def check_keys(self) -> None:
        """Raise OtherKeys unless this installation's key file opens what was sealed when the backup was made."""
        try:
            for purpose, proof in self.key_proofs.items():
                keys().unseal(purpose, proof, "backup")
        except CannotUnseal:
            raise OtherKeys("the key file (SILA_KEYS) is not the one of this backup's day") from None


def key_proofs() -> dict[Purpose, str]:
    """Something sealed for each part, by which the right key file is known again."""
    return {purpose: keys().seal(purpose, b"backup", "backup") for purpose in PROVEN}


def sha256_of(file: Path, advance: Callable[[int], None]) -> str:
    """A file's digest; tells how many bytes were read."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            advance(len(chunk))
    return digest.hexdigest()


def _digest(told: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

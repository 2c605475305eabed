"""The audit trail: appended in the transaction of the look or change, chained moments later by one writer, and proved
whole by whoever holds the key. A chained insert in the request would cost five reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import psycopg

from portal.database import Cursor, conninfo
from shared.database import utc_now
from shared.sealing import Purpose, keys
from shared.settings import Settings

if TYPE_CHECKING:
    from sqlmodel import Session

Door = Literal["family", "staff", "api", "system"]

APPEND = """
INSERT INTO audit_entry (at, door, actor, institution, action, subject, sealed_detail)
VALUES (%(at)s, %(door)s, %(actor)s, %(institution)s, %(action)s, %(subject)s, %(sealed_detail)s)
"""
APPEND_ALL = """
INSERT INTO audit_entry (at, door, actor, institution, action, subject)
SELECT %(at)s, %(door)s, %(actor)s, %(institution)s, %(action)s, subject FROM unnest(%(subjects)s::text[]) AS subject
"""
ONE_WRITER = "SELECT pg_try_advisory_xact_lock(hashtext('sila.audit.chain'))"
HEAD = "SELECT sequence, digest, seal FROM audit_head"
ENTRY = "id, at, door, actor, institution, action, subject, sealed_detail, sequence, digest"
UNCHAINED = f"SELECT {ENTRY} FROM audit_entry WHERE sequence IS NULL ORDER BY id LIMIT 1000"  # noqa: S608
CHAINED = f"""
SELECT {ENTRY} FROM audit_entry WHERE sequence > %(after)s ORDER BY sequence LIMIT 1000
"""  # noqa: S608
CHAIN = """
UPDATE audit_entry SET sequence = new.sequence, digest = new.digest
FROM unnest(%(ids)s::bigint[], %(sequences)s::bigint[], %(digests)s::text[]) AS new (id, sequence, digest)
WHERE audit_entry.id = new.id
"""
MOVE_HEAD = """
INSERT INTO audit_head (sequence, digest, seal) VALUES (%(sequence)s, %(digest)s, %(seal)s)
ON CONFLICT (only_row) DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest, seal = excluded.seal
"""
START = "sila"


async def append(
    cursor: Cursor,
    at: datetime,
    door: Door,
    action: str,
    subject: str,
    *,
    actor: UUID | None = None,
    institution: str | None = None,
    detail: str | None = None,
) -> None:
    """Put on record that somebody looked at or changed something.

    `subject` is a report's reference or another thing's id; `detail`, free words such as a reason, is sealed.
    """
    await cursor.execute(APPEND, _entry(at, door, action, subject, actor, institution, detail))


async def append_all(
    cursor: Cursor, at: datetime, door: Door, action: str, subjects: Sequence[str], *, institution: str | None = None
) -> None:
    """Put the same look or change of several things on record, an entry for each."""
    entry = _entry(at, door, action, "", None, institution, None)
    await cursor.execute(APPEND_ALL, {**entry, "subjects": list(subjects)})


def append_on(
    db: psycopg.Connection[Any],
    at: datetime,
    door: Door,
    action: str,
    subject: str,
    *,
    actor: UUID | None = None,
    institution: str | None = None,
    detail: str | None = None,
) -> None:
    """As `append`, in the transaction of a plain connection."""
    db.execute(APPEND, _entry(at, door, action, subject, actor, institution, detail))


def append_now(settings: Settings, action: str, subject: Mapping[str, object] | str, detail: str | None = None) -> None:
    """Put on record what an operator does by the command line."""
    named = subject if isinstance(subject, str) else json.dumps(subject, default=str)
    entry = _entry(utc_now(), "system", action, named, None, None, detail)
    with psycopg.connect(conninfo(settings)) as connection:
        connection.execute(APPEND, entry)


def _entry(
    at: datetime, door: Door, action: str, subject: str, actor: UUID | None, institution: str | None, detail: str | None
) -> dict[str, object]:
    sealed = keys().seal(Purpose.PORTAL, detail.encode(), f"audit:{subject}") if detail else None
    return {
        "at": at,
        "door": door,
        "actor": actor,
        "institution": institution,
        "action": action,
        "subject": subject,
        "sealed_detail": sealed,
    }


def chain(db: Session) -> int:
    """Chain what was appended since; does nothing where another writer is at it. Returns how many entries."""
    if not db.connection().exec_driver_sql(ONE_WRITER).scalar():
        return 0
    entries = db.connection().exec_driver_sql(UNCHAINED).all()
    if not entries:
        return 0
    head = db.connection().exec_driver_sql(HEAD).first()
    sequence, digest = (head.sequence, head.digest) if head else (0, START)
    sequences, digests = list(range(sequence + 1, sequence + 1 + len(entries))), list[str]()
    for number, entry in zip(sequences, entries, strict=True):
        digest = _digest(number, entry, digest)
        digests.append(digest)
    places = {"ids": [e.id for e in entries], "sequences": sequences, "digests": digests}
    db.connection().exec_driver_sql(CHAIN, places)
    head_now = {"sequence": sequences[-1], "digest": digest, "seal": _seal_of_head(sequences[-1], digest)}
    db.connection().exec_driver_sql(MOVE_HEAD, head_now)
    return len(entries)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the whole trail found: how many entries hold, and the first that does not."""

    entries: int
    broken_at: int | None = None
    """The place in the chain of the first entry that was changed, moved or removed."""
    why: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed."""
        return self.broken_at is None


def verify(db: Session) -> Verdict:
    """Prove the trail whole, or name its first broken entry."""
    expected, digest = 1, START
    for entry in _chained(db):
        if entry.sequence != expected:
            return Verdict(expected - 1, expected, "missing")
        digest = _digest(expected, entry, digest)
        if digest != entry.digest:
            return Verdict(expected - 1, expected, "changed")
        expected += 1
    return _verify_end(db, expected - 1, digest)


def _verify_end(db: Session, entries: int, digest: str) -> Verdict:
    head = db.connection().exec_driver_sql(HEAD).first()
    if head is None:
        return Verdict(entries) if entries == 0 else Verdict(entries, entries, "end missing")
    if head.seal != _seal_of_head(head.sequence, head.digest):
        return Verdict(entries, head.sequence, "end changed")
    if (head.sequence, head.digest) != (entries, digest):
        return Verdict(entries, entries + 1, "missing")
    return Verdict(entries)


def _chained(db: Session) -> Iterator[Any]:
    after = 0
    while rows := db.connection().exec_driver_sql(CHAINED, {"after": after}).all():
        yield from rows
        after = rows[-1].sequence


def _digest(sequence: int, entry: Any, before: str) -> str:
    content = [
        sequence, before, entry.id, entry.at.isoformat(), entry.door, str(entry.actor), entry.institution, entry.action,
        entry.subject, entry.sealed_detail,
    ]  # fmt: skip
    return keys().blind_index(Purpose.AUDIT, json.dumps(content, ensure_ascii=False))


def _seal_of_head(sequence: int, digest: str) -> str:
    return keys().blind_index(Purpose.AUDIT, f"head:{sequence}:{digest}")

"""The custody chain of a sample: who had it, where, when. Links are only added; each carries a digest over itself and
the one before it (SHA-256), so that a changed or missing link is found and named."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from sqlmodel import Session, col, select

from services.appointments.tables import CustodyEvent
from shared.database import now

CustodyKind = Literal["collected", "handed_over", "received", "destroyed"]


@dataclass(frozen=True, slots=True)
class BrokenChain(Exception):
    """A sample's custody chain is not whole: this link is changed or missing."""

    sample: UUID
    number: int


def add_link(
    db: Session, sample: UUID, kind: CustodyKind, *, site: UUID | None, happened_at: datetime, by: UUID
) -> CustodyEvent:
    """Add a link to a sample's chain. Two at once collide on the link's number, and one is tried again."""
    before = chain(db, sample)
    link = CustodyEvent(
        sample=sample,
        number=len(before) + 1,
        kind=kind,
        site=site,
        happened_at=happened_at,
        recorded_at=now(db),
        recorded_by=by,
        digest="",
    )
    link.digest = digest_of(link, before[-1].digest if before else "")
    db.add(link)
    db.flush()
    return link


def chain(db: Session, sample: UUID) -> list[CustodyEvent]:
    """A sample's links, oldest first."""
    found = select(CustodyEvent).where(CustodyEvent.sample == sample).order_by(col(CustodyEvent.number))
    return list(db.exec(found))


def verify(db: Session, sample: UUID) -> int:
    """Check that a sample's chain is whole; returns how many links it has. Raises BrokenChain."""
    before, links = "", chain(db, sample)
    for number, link in enumerate(links, start=1):
        if link.number != number or link.digest != digest_of(link, before):
            raise BrokenChain(sample, number)
        before = link.digest
    return len(links)


def digest_of(link: CustodyEvent, before: str) -> str:
    """The digest of a link that follows the one with digest `before` (hex)."""
    said = [before, str(link.sample), link.number, link.kind, str(link.site), str(link.recorded_by)]
    said += [at.astimezone(UTC).isoformat() for at in (link.happened_at, link.recorded_at)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()

"""The custody chain of a sample: who had it, where, when. Links are only added; each carries a digest over itself and
the one before it (SHA-256), so that a changed or missing link is found and named."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlmodel import Session, col, select

from services.appointments.tables import CustodyEvent, Sample, Site
from shared.database import now
from shared.messages.appointments import RecordCustody
from shared.messages.model import StaffCommand
from shared.messaging.refusal import Refusal
from shared.ownership import refuse_unless_may_change

CustodyKind = Literal["collected", "handed_over", "received", "destroyed"]


FOLLOWS: dict[str, frozenset[str]] = {
    "handed_over": frozenset({"collected", "received"}),
    "received": frozenset({"handed_over"}),
    "destroyed": frozenset({"received"}),
}
"""Which link may follow which: nothing is received that was not handed over, and nothing is handed over twice."""
CLOCKS_DIFFER = timedelta(hours=1)


class UnknownBarcode(Refusal):
    """No sample has this barcode."""

    reason = "unknown_barcode"


class RecipientNeeded(Refusal):
    """A sample is handed over to an institution, which has to be named."""

    reason = "recipient_needed"


class ChainWouldBreak(Refusal):
    """This cannot come after `last`, the newest link of the sample's chain."""

    reason = "chain_would_break"


class BeforeLastLink(Refusal):
    """This is said to have happened before the newest link of the sample's chain, or in the future."""

    reason = "before_last_link"


@dataclass(frozen=True, slots=True)
class BrokenChain(Exception):
    """A sample's custody chain is not whole: this link is changed or missing."""

    sample: UUID
    number: int


def add_link(
    db: Session,
    sample: UUID,
    kind: CustodyKind,
    command: StaffCommand,
    *,
    site: UUID | None,
    happened_at: datetime,
    holder: str | None = None,
    seal: str | None = None,
    recipient: str | None = None,
) -> CustodyEvent:
    """Add a link to a sample's chain. Two at once collide on the link's number, and one is tried again."""
    before = chain(db, sample)
    link = CustodyEvent(
        sample=sample,
        number=len(before) + 1,
        kind=kind,
        site=site,
        holder=holder,
        seal=seal,
        institution=command.institution,
        recipient=recipient,
        happened_at=happened_at,
        recorded_at=now(db),
        recorded_by=command.by,
        digest="",
    )
    link.digest = digest_of(link, before[-1].digest if before else "")
    db.add(link)
    db.flush()
    return link


def record(db: Session, command: RecordCustody) -> Sample:
    """Add what happened with a sample to its chain. Who holds it hands it over to an institution, which receives it.

    Refuses with UnknownBarcode, NotYours, RecipientNeeded, ChainWouldBreak or BeforeLastLink.
    """
    wanted = select(Sample).where(Sample.barcode == command.barcode).with_for_update()
    sample = db.exec(wanted.execution_options(populate_existing=True)).first()
    if sample is None:
        raise UnknownBarcode
    holder = sample.held_by or _runs_site(db, sample)
    if command.step == "received" and sample.handed_to is not None:
        holder = sample.handed_to
    refuse_unless_may_change(command.actor, institution=holder)
    if command.step == "handed_over" and command.recipient is None:
        raise RecipientNeeded
    last = chain(db, sample.id)[-1]
    if last.kind not in FOLLOWS[command.step]:
        raise ChainWouldBreak(last=last.kind)
    if not last.happened_at <= command.happened_at <= now(db) + CLOCKS_DIFFER:
        raise BeforeLastLink
    add_link(
        db,
        sample.id,
        command.step,
        command,
        site=command.site,
        holder=command.holder,
        seal=command.seal or None,
        happened_at=command.happened_at,
        recipient=command.recipient if command.step == "handed_over" else None,
    )
    sample.handed_to = command.recipient if command.step == "handed_over" else None
    if command.step == "received":
        sample.held_by = command.institution
    db.add(sample)
    return sample


def _runs_site(db: Session, sample: Sample) -> str | None:
    return db.exec(select(Site.institution).where(Site.id == sample.site)).first()


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


def is_whole(db: Session, sample: UUID) -> bool:
    """Whether no link of a sample's chain is changed or missing."""
    try:
        return verify(db, sample) > 0
    except BrokenChain:
        return False


def digest_of(link: CustodyEvent, before: str) -> str:
    """The digest of a link that follows the one with digest `before` (hex)."""
    said = [before, str(link.sample), link.number, link.kind, str(link.site), str(link.recorded_by)]
    said += [told for told in (link.holder, link.seal) if told is not None]
    # Named, so that none can stand for another; links from before they were recorded have neither.
    named = {"institution": link.institution, "recipient": link.recipient}
    said += [f"{name}:{value}" for name, value in named.items() if value is not None]
    said += [at.astimezone(UTC).isoformat() for at in (link.happened_at, link.recorded_at)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()

"""Consent: per person, purpose and recipient, with the text it was read from. The last word on each counts; every
word stays on record."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, or_, true
from sqlmodel import Session, col, select

from services.reports import files, sharing, status
from services.reports.files import lock_own_open_report
from services.reports.rows import Rows
from services.reports.sealed import seal_if
from services.reports.tables import ClosedInstitution, Consent, Contact, Report
from shared.database import now
from shared.messages.model import FamilyActor
from shared.messages.report_content import ConsentGiven
from shared.messages.reports import SetConsent
from shared.messaging.refusal import Refusal

CHANNELS = ("sms", "call", "whatsapp")
BY_ITSELF = ("compare_abroad", "publish", "use_in_proceedings")
"""Purposes that a family agrees to without naming anybody."""


class RecipientNeeded(Refusal):
    """To share is to share with somebody: a consent to share must name the institution."""

    reason = "recipient_needed"


class RecipientClosed(Refusal):
    """The institution works with the record no more: nothing is shared with it anew."""

    reason = "recipient_closed"


@dataclass(slots=True)
class Standing:
    """The consents that count after the last word on each: purpose → recipients; a purpose without them → itself."""

    given: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def hear(self, purpose: str, recipient: str | None, is_given: bool) -> None:
        """Take the next word."""
        named = {recipient} if recipient else set(CHANNELS if purpose == "contact" else (purpose,))
        if is_given:
            self.given.setdefault(purpose, set()).update(named)
        elif recipient is None:
            self.given.pop(purpose, None)
        else:
            self.given.get(purpose, set()).discard(recipient)

    def recipients(self, purpose: str) -> list[str]:
        """Who may, for a purpose, in order."""
        return sorted(self.given.get(purpose, ()))

    def by_themselves(self) -> list[str]:
        """The purposes agreed to that name nobody."""
        return [purpose for purpose in BY_ITSELF if self.given.get(purpose)]


def standing_of(words: Iterable[Consent]) -> Standing:
    """What counts after these words, in their order: a consent that its receiver entered alone does not."""
    standing = Standing()
    for word in words:
        if word.is_given and is_by_receiver(word.purpose, word.recipient, word.recorded_for):
            continue
        standing.hear(word.purpose, word.recipient, word.is_given)
    return standing


def is_by_receiver(purpose: str, recipient: str | None, recorded_for: str | None) -> bool:
    """Whether the institution that a consent lets read the report has entered it alone."""
    return purpose == "share" and recipient is not None and recipient == recorded_for


def set_consent(db: Session, command: SetConsent) -> None:
    """Record what a family gives or takes back, and let it count at once.

    Taking back the consent to keep closes the file. Refuses with NotYours, FileClosed, RecipientNeeded or
    RecipientClosed.
    """
    report = lock_own_open_report(db, command)
    if command.purpose == "share" and command.is_given:
        if command.recipient is None:
            raise RecipientNeeded
        if db.get(ClosedInstitution, command.recipient) is not None:
            raise RecipientClosed
    contact = files.contact_of(db, command.reference)
    db.add(
        Consent(
            reference=command.reference,
            person=contact.person,
            purpose=command.purpose,
            recipient=command.recipient,
            is_given=command.is_given,
            text_version=command.text_version,
            language=command.language or contact.language,
            read_aloud=command.read_aloud,
            recorded_by=command.by,
            recorded_for=command.institution,
            given_at=now(db),
        )
    )
    is_answered = isinstance(command.actor, FamilyActor) and sharing.answer(db, command)
    if command.purpose == "keep" and not command.is_given:
        status.close(db, report, command.by)
    elif let_count(db, report) or is_answered:
        files.report_changed(db, report)


def record_given(
    rows: Rows,
    report: Report,
    person: UUID,
    given: ConsentGiven,
    contact: Contact,
    by: UUID | None,
    recorded_for: str | None,
) -> None:
    """Record all that a reporter agreed to when reporting, each a word of its own."""
    words = [("keep", None), *(("share", body) for body in given.share), *(("contact", way) for way in given.contact)]
    words += [(purpose, None) for purpose in BY_ITSELF if getattr(given, purpose)]
    witness = seal_if(given.witness, f"witness:{report.reference}")
    standing = Standing()
    for purpose, recipient in words:
        if not is_by_receiver(purpose, recipient, recorded_for):
            standing.hear(purpose, recipient, is_given=True)
        rows.add(
            Consent,
            reference=report.reference,
            person=person,
            purpose=purpose,
            recipient=recipient,
            is_given=True,
            text_version=given.text_version,
            language=given.language or contact.language,
            read_aloud=given.read_aloud,
            sealed_witness=witness,
            recorded_by=by,
            recorded_for=recorded_for,
            given_at=report.received_at,
        )
    report.shared_with = standing.recipients("share")
    report.contact_by = standing.recipients("contact")
    report.agreed_to = standing.by_themselves()


def let_count(db: Session, report: Report) -> bool:
    """Derive what counts now; whether it changed what others are told."""
    words = select(Consent).where(col(Consent.reference) == report.reference).order_by(col(Consent.id))
    standing = standing_of(db.exec(words))
    counts = standing.recipients("share"), standing.recipients("contact"), standing.by_themselves()
    changed = counts != (report.shared_with, report.contact_by, report.agreed_to)
    report.shared_with, report.contact_by, report.agreed_to = counts
    return changed


class HasOwner(Protocol):
    """Whatever says whose file it is, and with whom its family shared it."""

    @property
    def institution(self) -> str:
        """Who took it."""
        ...

    @property
    def shared_with(self) -> list[str]:
        """With whom its family shared it."""
        ...


def visible_to(institution: str | None, report: Any = Report) -> ColumnElement[bool]:
    """The same as `may_see`, as a condition on the report table or an alias of it."""
    if institution is None:
        return true()
    return or_(col(report.institution) == institution, col(report.shared_with).contains([institution]))


def may_see(report: HasOwner, institution: str | None) -> bool:
    """Whether an institution may see a file: its own, or shared with it. None is the coordinator, who sees all."""
    return institution is None or institution == report.institution or institution in report.shared_with

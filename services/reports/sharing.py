"""Families who are asked whether another institution, which may know the same person, may read their report."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from services.reports import contacts, files
from services.reports.tables import Report, ShareAsked
from shared.database import now
from shared.messages.gateway import Template
from shared.messages.reports import SetConsent


def ask_families(db: Session, link: UUID, reports: Sequence[Report]) -> None:
    """Ask each family of a linked pair whether the other's institution may read its report, unless it may already.

    What a family has answered before is not asked again, whatever it was.
    """
    for report, other in zip(reports, reversed(reports), strict=True):
        reader = other.institution
        if not report.is_open or reader == report.institution or reader in report.shared_with:
            continue
        asked = db.get(ShareAsked, (report.reference, reader))
        if asked is None:
            db.add(ShareAsked(reference=report.reference, institution=reader, link=link, asked_at=now(db)))
        elif asked.state == "ended":
            asked.state, asked.link, asked.asked_at = "open", link, now(db)
            db.add(asked)
        else:
            continue
        db.flush()
        files.report_changed(db, report)
        contacts.text_family(db, report, Template.QUESTION_WAITS)


def end_questions(db: Session, link: UUID, reports: Sequence[Report]) -> None:
    """A link was taken back: families who have not answered are not asked any more."""
    wanted = select(ShareAsked).where(col(ShareAsked.link) == link, col(ShareAsked.state) == "open")
    ended = {asked.reference: asked for asked in db.exec(wanted)}
    for report in reports:
        if asked := ended.get(report.reference):
            asked.state = "ended"
            db.add(asked)
            db.flush()
            files.report_changed(db, report)


def answer(db: Session, command: SetConsent) -> bool:
    """Take a family's own word on a share as its answer. Returns whether it was asked."""
    if command.purpose != "share" or command.recipient is None:
        return False
    asked = db.get(ShareAsked, (command.reference, command.recipient))
    if asked is None or asked.state != "open":
        return False
    asked.state, asked.answered_at = "yes" if command.is_given else "no", now(db)
    db.add(asked)
    db.flush()
    return True

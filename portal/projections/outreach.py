"""Meetings, the notices that contacts were sent, and their answers, as `outreach` tells them; and who stopped texts."""

from sqlmodel import Session

from portal.projections.newest import keep_newest
from portal.projections.settling import note_done
from portal.tables import Meeting, PhoneOptOut, Reply
from shared.messages.gateway import OptOutChanged
from shared.messages.outreach import MeetingChanged, NoticeSent, ReplyRecorded

ASKED = """
INSERT INTO last_question (contact, notice, meeting, asked_at)
SELECT contact, %(notice)s, %(meeting)s, %(at)s FROM unnest(%(contacts)s::uuid[]) AS contact
ON CONFLICT (contact) DO UPDATE SET notice = excluded.notice, meeting = excluded.meeting, asked_at = excluded.asked_at
WHERE last_question.asked_at < excluded.asked_at
"""


def keep_meeting(db: Session, *events: MeetingChanged) -> None:
    """Meetings have new states."""
    keep_newest(db, Meeting, [event.model_dump() for event in events])
    note_done(db, events)


def note_questions(db: Session, event: NoticeSent) -> None:
    """These contacts' next YES or NO answers this notice."""
    # In the order of their ids, so that two batches at once cannot wait for each other.
    asked = {
        "notice": event.notice,
        "meeting": event.meeting,
        "at": event.envelope.at,
        "contacts": sorted(event.contacts),
    }
    db.connection().exec_driver_sql(ASKED, asked)


def keep_reply(db: Session, *events: ReplyRecorded) -> None:
    """Families' answers are on record."""
    keep_newest(db, Reply, [event.model_dump() for event in events])
    note_done(db, events)


def keep_opt_out(db: Session, *events: OptOutChanged) -> None:
    """Phones stopped texts, or take them again."""
    keep_newest(db, PhoneOptOut, [event.model_dump() for event in events])
    note_done(db, events)

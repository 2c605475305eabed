"""Replies: a family's yes or no to a notice, one a contact and notice; the latest counts."""

from collections.abc import Iterator
from itertools import groupby, islice
from uuid import UUID

from sqlmodel import Session, col, select

from services.outreach.tables import AudienceMember, LastQuestion, Meeting, Notice, Recipient, Reply
from shared.database import now
from shared.messages.model import FamilyActor
from shared.messages.outreach import NoticeSent, RecordReply, ReplyRecorded
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal
from shared.ownership import refuse_unless_may_change

AT_A_TIME = 200


class NoQuestion(Refusal):
    """The contact was sent no notice that it could answer, or the notice's meeting is over or off."""

    reason = "no_question"


NEWEST = """
INSERT INTO reply (notice, contact, version, answer, people, replied_at, recorded_by)
VALUES (%(notice)s, %(contact)s, 1, %(answer)s, %(people)s, %(now)s, %(by)s)
ON CONFLICT (notice, contact) DO UPDATE SET version = reply.version + 1, answer = excluded.answer,
    people = excluded.people, replied_at = excluded.replied_at, recorded_by = excluded.recorded_by
RETURNING version
"""


def record_reply(db: Session, command: RecordReply) -> None:
    """Record a family's answer to a notice that it was sent, the last one where none is named.

    Refuses with NotYours (another family's contact, another institution's notice) or NoQuestion. A desk may enter
    answers of a meeting that is over; a family's own come too late then.
    """
    notice = (
        command.notice or db.exec(select(LastQuestion.notice).where(LastQuestion.contact == command.contact)).first()
    )
    _refuse_foreign(db, notice, command)
    if notice is None or not _was_asked(db, notice, command):
        raise NoQuestion
    reply = command.model_dump(include={"contact", "answer", "people"}) | {
        "notice": notice,
        "now": now(db),
        "by": command.by,
    }
    version = db.connection().exec_driver_sql(NEWEST, reply).scalar_one()
    publish(
        db,
        ReplyRecorded(
            contact=command.contact, notice=notice, version=version, answer=command.answer, people=command.people
        ),
    )


def _refuse_foreign(db: Session, notice: UUID | None, command: RecordReply) -> None:
    """A family answers for its own contact; an institution enters answers to its own notices."""
    if isinstance(command.actor, FamilyActor):
        own = select(AudienceMember.reference).where(AudienceMember.contact == command.contact)
        refuse_unless_may_change(command.actor, reference=db.exec(own).first())
    elif notice is not None:
        asked_by = select(Notice.institution).where(Notice.id == notice)
        refuse_unless_may_change(command.actor, institution=db.exec(asked_by).first())


def _was_asked(db: Session, notice: UUID, command: RecordReply) -> bool:
    asked = (
        select(Notice.id)
        .join(Meeting, col(Meeting.id) == Notice.meeting)
        .join(Recipient, col(Recipient.notice) == Notice.id)
        .where(
            Notice.id == notice,
            Recipient.contact == command.contact,
            col(Recipient.contact) <= col(Notice.sent_through),
        )
    )
    if command.by is None:
        asked = asked.where(Meeting.starts_at > now(db), ~col(Meeting.is_cancelled))
    return db.exec(asked).first() is not None


def states(db: Session) -> Iterator[NoticeSent | ReplyRecorded]:
    """Every contact's last question, and every answer, as they are now."""
    asked = select(LastQuestion, Notice.meeting).join(Notice, col(Notice.id) == LastQuestion.notice)
    in_order = db.exec(
        asked.order_by(col(LastQuestion.notice), col(LastQuestion.contact)).execution_options(yield_per=1000)
    )
    for (notice, meeting), rows in groupby(in_order, lambda row: (row[0].notice, row[1])):
        while contacts := [question.contact for question, _ in islice(rows, AT_A_TIME)]:
            yield NoticeSent(notice=notice, meeting=meeting, contacts=contacts)
    for reply in db.exec(select(Reply).execution_options(yield_per=1000)):
        yield ReplyRecorded(**reply.model_dump(include={"contact", "notice", "version", "answer", "people"}))

"""Pacing: a running notice goes to the gateway in batches, in turns, no faster than the carrier takes texts."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlmodel import Session

from services.outreach.tables import Meeting, Notice
from shared.database import now
from shared.messages.gateway import SendBatch, Template
from shared.messages.model import Lane
from shared.messages.outreach import BatchDue, NoticeSent
from shared.messaging.outbox import publish, schedule, unschedule
from shared.settings import settings

BATCH = 100
"""Contacts in a message to the gateway."""
SEGMENTS = 2
"""Segments of a notice's text in Arabic and in Kurdish; in English it is one."""
TURN_S = 1.0
"""How long a turn should take the carrier at least: at a fast carrier, several batches leave in one turn."""
LONGEST_TURN = 50
"""Batches in a turn at most, so that a pause is heeded soon and a transaction stays short."""
AT_ONCE = timedelta(milliseconds=50)
"""A turn due sooner than this is not worth a row in the table of what is due later."""

# Whoever took back their consent since the audience was frozen is left out, and counted as refused.
NEXT_RECIPIENTS = """
SELECT r.contact, EXISTS (SELECT FROM audience_member a WHERE a.contact = r.contact AND a.may_be_told) AS may
FROM recipient r WHERE r.notice = %(notice)s AND r.contact > %(after)s ORDER BY r.contact LIMIT %(limit)s
"""
FIRST = UUID(int=0)
WRITE_BATCHES = """
INSERT INTO batch (id, notice, version, sent_at, left_out, waiting, handed_over, delivered, failed, expired, refused,
                   unsettled)
SELECT id, %(notice)s, 0, %(now)s, left_out, waiting, 0, 0, 0, 0, left_out, 0
FROM unnest(%(ids)s::uuid[], %(waiting)s::int[], %(left_out)s::int[]) AS b(id, waiting, left_out)
"""
WRITE_QUESTIONS = """
INSERT INTO last_question (contact, notice, sent_at)
SELECT contact, %(notice)s, %(now)s FROM unnest(%(contacts)s::uuid[]) AS contact
ON CONFLICT (contact) DO UPDATE SET notice = excluded.notice, sent_at = excluded.sent_at
"""


def batch_due(db: Session, due: BatchDue) -> None:
    """Give the next batches of a running notice to the gateway, and set the time of the next turn.

    Does nothing for a notice that is not running; one whose meeting has begun expires.
    """
    notice = db.get(Notice, due.notice, with_for_update=True, populate_existing=True)
    if notice is None or notice.state != "running":
        return
    if notice.next_batch_at and notice.next_batch_at > now(db):
        next_turn(db, notice)  # a turn too many, after a pause: it becomes the one that is due
        return
    meeting = db.get_one(Meeting, notice.meeting, populate_existing=True)
    if meeting.starts_at <= now(db):
        notice.state = "expired"
    else:
        _take_turn(db, notice, meeting)
    notice.version += 1
    db.flush()


def turn(segments_per_s: float) -> tuple[int, timedelta]:
    """How many batches make a turn at this rate, and how long the carrier is busy with them."""
    batch_s = BATCH * SEGMENTS / segments_per_s
    batches = min(max(int(TURN_S / batch_s), 1), LONGEST_TURN)
    return batches, timedelta(seconds=batches * batch_s)


def next_turn(db: Session, notice: Notice) -> None:
    """Have a running notice's next turn come at its time."""
    due = BatchDue(notice=notice.id)
    at = notice.next_batch_at
    if at is None or at - now(db) < AT_ONCE:
        publish(db, due, lane=Lane.BULK)
    else:
        schedule(db, due, at, _key(notice.id), lane=Lane.BULK)


def no_turn(db: Session, notice: UUID) -> None:
    """Have no further turn of a notice come."""
    unschedule(db, _key(notice))


def _take_turn(db: Session, notice: Notice, meeting: Meeting) -> None:
    batches, busy = turn(settings().carrier_segments_per_s)
    window = {"notice": notice.id, "after": notice.sent_through or FIRST, "limit": batches * BATCH}
    rows = db.connection().exec_driver_sql(NEXT_RECIPIENTS, window).mappings().all()
    _send(db, notice, meeting, [rows[i : i + BATCH] for i in range(0, len(rows), BATCH)])
    notice.sent, notice.sent_through = notice.sent + len(rows), rows[-1]["contact"]
    if notice.sent == notice.asked:
        notice.state = "done"
        return
    notice.next_batch_at = now(db) + busy
    next_turn(db, notice)


def _send(db: Session, notice: Notice, meeting: Meeting, batches: list[Any]) -> None:
    ids = [uuid5(notice.id, str(rows[0]["contact"])) for rows in batches]
    told = [[r["contact"] for r in rows if r["may"]] for rows in batches]
    written = {
        "ids": ids,
        "waiting": [len(contacts) for contacts in told],
        "left_out": [len(rows) - len(contacts) for rows, contacts in zip(batches, told, strict=True)],
    }
    at = {"notice": notice.id, "now": now(db)}
    db.connection().exec_driver_sql(WRITE_BATCHES, {**at, **written})
    for batch, contacts in zip(ids, told, strict=True):
        if contacts:
            publish(db, _texts(batch, notice, meeting, contacts), lane=Lane.BULK)
    if notice.template != Template.TOWNHALL_CANCELLED:
        _ask(db, notice, told, at)


def _texts(batch: UUID, notice: Notice, meeting: Meeting, contacts: list[UUID]) -> SendBatch:
    assert notice.words_digest is not None
    return SendBatch(
        batch=batch,
        words_digest=notice.words_digest,
        notice=notice.id,
        contacts=contacts,
        template=Template(notice.template),
        values={"starts_at": meeting.starts_at, "place": meeting.place},
        not_after=meeting.starts_at,
        time_zone=meeting.time_zone,
    )


def _ask(db: Session, notice: Notice, told: list[list[UUID]], at: dict[str, Any]) -> None:
    everybody = [contact for contacts in told for contact in contacts]
    db.connection().exec_driver_sql(WRITE_QUESTIONS, {**at, "contacts": everybody})
    for contacts in filter(None, told):
        publish(db, NoticeSent(notice=notice.id, meeting=notice.meeting, contacts=contacts), lane=Lane.BULK)


def _key(notice: UUID) -> str:
    return f"notice:{notice}"

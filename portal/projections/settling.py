"""How what was asked at a door ended: the event that carried it out, or the refusal, finds who waits for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb
from sqlmodel import Session

from portal.phone.conversations import KEEP, Question, kept
from shared.database import now
from shared.messages.gateway import Send, Template, Values
from shared.messages.model import CommandRefused, Event, Lane, Language
from shared.messaging.outbox import publish

DONE = """
WITH settled AS (
    UPDATE outcome SET state = 'done', settled_at = %(at)s
    WHERE command_id = ANY(%(ids)s) AND state = 'asked' AND settled_by = %(event)s RETURNING command_id
)
SELECT pg_notify('outcome', command_id::text) FROM settled
"""
REFUSED = """
WITH settled AS (
    UPDATE outcome SET state = 'refused', settled_at = %(at)s, reason = %(reason)s, "values" = "values" || %(values)s
    WHERE command_id = %(id)s AND state = 'asked' RETURNING command_id, kind, contact, tell_by
)
SELECT kind, contact, tell_by, pg_notify('outcome', command_id::text) FROM settled
"""
PLACE_OF_SESSION = """
SELECT site.name, site.time_zone FROM collection_session JOIN site USING (site) WHERE session = %(session)s
"""
CONTACT = "SELECT reference, phone_index, is_verified FROM contact WHERE contact = %(contact)s"
ANSWER_WITHIN = timedelta(hours=1)


def note_done(db: Session, events: Sequence[Event]) -> None:
    """The commands behind events of one kind were carried out, where a door waits for just this event."""
    ids = [event.envelope.correlation for event in events]
    parameters = {"ids": ids, "event": events[0].kind, "at": now(db)}
    db.connection().exec_driver_sql(DONE, parameters)


def note_refused(db: Session, refusal: CommandRefused) -> None:
    """A command was refused: tell the page that waits; where none does, text the one who asked."""
    parameters = {
        "id": refusal.envelope.correlation,
        "at": now(db),
        "reason": refusal.reason,
        "values": Jsonb(refusal.model_dump(mode="json")["values"]),
    }
    found = db.connection().exec_driver_sql(REFUSED, parameters).first()
    if found and found.tell_by == "text" and found.contact:
        text_refusal(db, found.contact, found.kind, refusal)


def text_refusal(db: Session, contact: UUID, kind: str, refusal: CommandRefused) -> None:
    """Tell a family by text that what it asked for cannot be, and what can."""
    template, values, zone = _answer(db, contact, kind, refusal)
    if template is Template.NO_PLACES:
        _offer_the_line(db, contact)
    text = Send(
        text=uuid4(),
        contact=contact,
        template=template,
        values=values,
        text_class="answer",
        not_after=now(db) + ANSWER_WITHIN,
        time_zone=zone,
    )
    publish(db, text, lane=Lane.URGENT)


def _answer(db: Session, contact: UUID, kind: str, refusal: CommandRefused) -> tuple[Template, Values, str]:
    if kind == "join_waiting_list":
        template = Template.ON_WAITING_LIST if refusal.reason == "already_waiting" else Template.CONTACT_US
        return template, {"ref": _contact(db, contact).reference}, "Asia/Baghdad"
    if kind == "answer_offer":
        template = Template.NO_PLACES if refusal.reason == "offer_over" else Template.REPLY_THANKS
        return template, {}, "Asia/Baghdad"
    if kind not in {"book_visit", "reschedule_visit"} or refusal.reason == "transfer_consent_needed":
        return Template.HELP, {}, "Asia/Baghdad"
    offered = _next_session(db, refusal.values)
    return offered or (Template.NO_PLACES, {}, "Asia/Baghdad")


def _offer_the_line(db: Session, contact: UUID) -> None:
    """As in a conversation by text: the next YES from the family's phone joins the waiting list."""
    found = _contact(db, contact)
    if found and found.is_verified and found.phone_index:
        question = Question("join_waiting", found.reference)
        db.connection().exec_driver_sql(KEEP, kept(found.phone_index, question, now(db)))


def _contact(db: Session, contact: UUID) -> Any:
    return db.connection().exec_driver_sql(CONTACT, {"contact": contact}).first()


def _next_session(db: Session, values: Mapping[str, Any]) -> tuple[Template, Values, str] | None:
    session, starts_at = values.get("next_session"), values.get("next_starts_at")
    if not session or not isinstance(starts_at, datetime):
        return None
    site = db.connection().exec_driver_sql(PLACE_OF_SESSION, {"session": session}).first()
    if site is None:
        return None
    place: dict[Language, str] = dict(site.name)
    return Template.SESSION_FULL, {"starts_at": starts_at, "place": place}, site.time_zone

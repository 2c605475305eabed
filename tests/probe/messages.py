"""A made-up owner, `probe`, for tests and benchmarks of the messaging core: its messages, its table, its topology."""

from uuid import UUID

from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel

from shared.messages.model import Command, Event, Lane
from shared.messages.subscriptions import LISTENS, OWNERS, PART_OF
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal
from shared.messaging.tables import add_messaging_tables
from shared.parts import Part


class Note(Command, owner="probe", key="about", lanes=(Lane.NORMAL, Lane.URGENT)):
    """Write something down."""

    note: UUID
    about: str = ""
    text: str = "x"


class Noted(Event, owner="probe"):
    """Something was written down."""

    note: UUID


class ProbeTable(SQLModel, registry=registry()):
    """Base of the probe's tables."""


class NoteRow(ProbeTable, table=True):
    """A note."""

    __tablename__ = "note"
    id: UUID = Field(primary_key=True)
    text: str


class NotWelcome(Refusal):
    """The probe does not want this note."""

    reason = "not_welcome"


add_messaging_tables(ProbeTable.metadata)
OWNERS["probe"] = (Note, Noted)
LISTENS["probe"] = ()
LISTENS["probe-reader"] = (Noted, Note.refused)
PART_OF["probe"] = Part.MATCHING
PART_OF["probe-reader"] = Part.OUTREACH


def write_note(db: Session, message: Note) -> None:
    """Write a note; `refuse` is refused, `fail` fails, `break` breaks a constraint of the database."""
    if message.text == "refuse":
        raise NotWelcome(note=message.note)
    if message.text == "fail":
        raise RuntimeError("told to")
    db.add(NoteRow(id=message.note, text=message.text if message.text != "break" else "\x00"))
    publish(db, Noted(note=message.note))

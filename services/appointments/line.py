"""The waiting line's entries: read, locked, changed, and told to others."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from services.appointments.tables import WaitingEntry
from shared.messages.appointments import WaitingChanged
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal


class UnknownEntry(Refusal):
    """No such entry in the waiting line."""

    reason = "unknown_entry"


@dataclass(frozen=True, slots=True)
class Entry:
    """A family's entry in the waiting line."""

    id: UUID
    version: int
    reference: str
    contact: UUID
    session: UUID | None
    site: UUID | None
    governorate: str | None
    places: int
    takes_women_only: bool
    consents_to_transfer: bool
    since: datetime
    state: str
    offer: UUID | None
    offered_session: UUID | None
    offer_ends_at: datetime | None
    unanswered: int
    ended_because: str | None

    @classmethod
    def of(cls, row: Any) -> "Entry":
        """The entry in a row of these columns and perhaps others."""
        return cls(**{name: row[name] for name in cls.__slots__})


LOCK = "SELECT * FROM waiting_entry WHERE id = %(entry)s FOR UPDATE"
LOCK_OFFERED = """
SELECT * FROM waiting_entry WHERE state = 'offered' AND offered_session = %(session)s ORDER BY id FOR UPDATE
"""
LOCK_OF_DAY = """
SELECT * FROM waiting_entry WHERE state = 'waiting' AND session = %(session)s ORDER BY id FOR UPDATE
"""
LOCK_OF_FILE = """
SELECT * FROM waiting_entry WHERE reference = %(reference)s AND state IN ('waiting', 'offered') FOR UPDATE
"""
ADD = """
INSERT INTO waiting_entry (id, version, reference, contact, session, site, governorate, places, takes_women_only,
                           consents_to_transfer, since, state, unanswered)
VALUES (%(entry)s, 1, %(reference)s, %(contact)s, %(session)s, %(site)s, %(governorate)s, %(places)s,
        %(takes_women_only)s, %(consents_to_transfer)s, %(since)s, 'waiting', 0)
RETURNING *
"""
CHANGE = """
UPDATE waiting_entry SET version = version + 1, state = %(state)s, offer = %(offer)s, offered_session = %(session)s,
    offer_ends_at = %(ends_at)s, session = %(day)s, unanswered = %(unanswered)s, ended_because = %(because)s
WHERE id = %(entry)s RETURNING *
"""


def lock_entry(db: Session, entry: UUID) -> Entry:
    """An entry, locked until the transaction ends. Refuses with UnknownEntry."""
    found = _entries(db, LOCK, entry=entry)
    if not found:
        raise UnknownEntry(entry=entry)
    return found[0]


def lock_offered(db: Session, session: UUID) -> list[Entry]:
    """The entries that hold places at a session, locked."""
    return _entries(db, LOCK_OFFERED, session=session)


def lock_waiting_for(db: Session, session: UUID) -> list[Entry]:
    """The entries that wait for just this session, locked."""
    return _entries(db, LOCK_OF_DAY, session=session)


def lock_of_file(db: Session, reference: str) -> list[Entry]:
    """A file's entry that is still of interest, locked; one at most."""
    return _entries(db, LOCK_OF_FILE, reference=reference)


def add(db: Session, **entry: Any) -> Entry:
    """A new entry that waits."""
    [added] = _entries(db, ADD, **entry)
    return _told(db, added)


def offered(db: Session, entry: Entry, offer: UUID, session: UUID, ends_at: datetime) -> Entry:
    """The entry holds places at a session until then."""
    return _change(db, entry, "offered", offer=offer, session=session, ends_at=ends_at)


def waits_on(db: Session, entry: Entry, *, unanswered: int = 0) -> Entry:
    """The entry holds nothing and waits for the next offer."""
    return _change(db, entry, "waiting", unanswered=unanswered)


def waits_for_any_day(db: Session, entry: Entry) -> Entry:
    """The day that the entry waited for does not take place: it waits for any at that site."""
    return _change(db, entry, "waiting", day=None)


def booked(db: Session, entry: Entry) -> Entry:
    """The entry became a visit."""
    return _change(db, entry, "booked")


def ended(db: Session, entry: Entry, because: str) -> Entry:
    """The entry waits no more."""
    return _change(db, entry, "ended", because=because)


def states(db: Session) -> Iterator[WaitingChanged]:
    """Every entry as it is now."""
    for entry in db.exec(select(WaitingEntry).execution_options(populate_existing=True, yield_per=1000)):
        yield _state(Entry.of(entry.model_dump()))


def _change(db: Session, entry: Entry, state: str, **values: Any) -> Entry:
    nothing: dict[str, Any] = {"offer": None, "session": None, "ends_at": None, "because": None}
    nothing |= {"unanswered": entry.unanswered, "day": entry.session}
    [changed] = _entries(db, CHANGE, entry=entry.id, state=state, **(nothing | values))
    return _told(db, changed)


def _told(db: Session, entry: Entry) -> Entry:
    publish(db, _state(entry))
    return entry


def _state(entry: Entry) -> WaitingChanged:
    named = {name: getattr(entry, name) for name in WaitingChanged.model_fields if name != "entry"}
    return WaitingChanged(entry=entry.id, **named)


def _entries(db: Session, statement: str, **values: Any) -> list[Entry]:
    return [Entry.of(row) for row in db.connection().exec_driver_sql(statement, values).mappings()]

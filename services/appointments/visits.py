"""A visit as its rules see it, with its session and site; what others hear of it; what its family is told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlmodel import Session, col, select

from services.appointments.tables import CollectionSession, FileState, Site, Visit
from shared.database import now
from shared.messages.appointments import VisitBooked, VisitState
from shared.messages.gateway import Send, Template, Values
from shared.messages.model import Actor, FamilyActor, Lane, LocalText
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal
from shared.ownership import refuse_unless_may_change

TellingClass = Literal["answer", "reminder", "case"]


class UnknownVisit(Refusal):
    """No such visit."""

    reason = "unknown_visit"


class NotBooked(Refusal):
    """The visit is not booked any more: `state` says what it is."""

    reason = "not_booked"


class VisitPast(Refusal):
    """The visit's session is over."""

    reason = "visit_past"


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A visit with what its session and site say of when and where."""

    id: UUID
    version: int
    reference: str
    contact: UUID
    places: int
    state: str
    session: UUID
    starts_at: datetime
    ends_at: datetime
    site: UUID
    site_name: LocalText
    time_zone: str

    @classmethod
    def of(cls, row: Any) -> "PlannedVisit":
        """The visit in a row of these columns and perhaps others."""
        return cls(**{name: row[name] for name in cls.__slots__})


def lock_visits(db: Session, *conditions: sa.ColumnElement[bool]) -> list[PlannedVisit]:
    """The visits that meet the conditions, locked until the transaction ends, in one order for everybody."""
    asked = PLANNED.where(*conditions).order_by(col(Visit.id)).with_for_update(of=Visit)
    return [PlannedVisit.of(row) for row in db.connection().execute(asked).mappings()]


def lock_expected(
    db: Session,
    visit: UUID,
    refuse_foreign: Callable[[PlannedVisit], None],
    states: frozenset[str] = frozenset({"booked", "missed"}),
) -> PlannedVisit:
    """A visit in one of these states, locked; `refuse_foreign` decides first whether the actor may change it.

    Refuses with UnknownVisit, NotYours or NotBooked.
    """
    found = lock_visits(db, col(Visit.id) == visit)
    if not found:
        raise UnknownVisit(visit=visit)
    refuse_foreign(found[0])
    if found[0].state not in states:
        raise NotBooked(visit=visit, state=found[0].state)
    return found[0]


def lock_coming(db: Session, visit: UUID, actor: Actor | FamilyActor) -> PlannedVisit:
    """A booked visit whose session is not over, locked, where the actor may change it.

    Refuses with UnknownVisit, NotYours, NotBooked or VisitPast.
    """

    def refuse_foreign(found: PlannedVisit) -> None:
        refuse_unless_familys(db, actor, found.reference)

    found = lock_expected(db, visit, refuse_foreign, frozenset({"booked"}))
    if found.ends_at <= now(db):
        raise VisitPast(visit=visit)
    return found


def refuse_unless_familys(db: Session, actor: Actor | FamilyActor, reference: str) -> None:
    """Refuses with NotYours unless it is the family's own, or the desk's that is responsible for its report."""
    responsible = None
    if isinstance(actor, Actor):
        responsible = db.exec(select(FileState.institution).where(FileState.reference == reference)).first()
    refuse_unless_may_change(actor, institution=responsible, reference=reference)


def tell_state(db: Session, visit: PlannedVisit, kind: type[VisitState] = VisitBooked) -> None:
    """Let others hear what a visit's state is now."""
    publish(db, state_of(visit, kind))


def state_of(visit: PlannedVisit, kind: type[VisitState]) -> VisitState:
    """A visit's state, as others hear it."""
    return kind(
        visit=visit.id,
        version=visit.version,
        reference=visit.reference,
        contact=visit.contact,
        session=visit.session,
        site=visit.site,
        starts_at=visit.starts_at,
        places=visit.places,
        state=visit.state,  # pyright: ignore[reportArgumentType]
    )


def tell_family(
    db: Session,
    visit: PlannedVisit,
    template: Template,
    text_class: TellingClass,
    not_after: datetime,
) -> None:
    """Text a visit's family. One text a template, version of the visit and day: asked twice, it is the same text."""
    said = uuid5(visit.id, f"{template}:{visit.version}:{now(db):%Y-%m-%d}")
    values: Values = {"ref": visit.reference, "starts_at": visit.starts_at, "place": visit.site_name}
    text_contact(db, said, visit.contact, template, values, text_class, not_after, visit.time_zone)


def text_contact(
    db: Session,
    text: UUID,
    contact: UUID,
    template: Template,
    values: Values,
    text_class: TellingClass,
    not_after: datetime,
    time_zone: str,
) -> None:
    """Have the gateway text a family member, once for each id `text`."""
    told = Send(
        text=text,
        contact=contact,
        template=template,
        values=values,
        text_class=text_class,
        not_after=not_after,
        time_zone=time_zone,
    )
    publish(db, told, lane=Lane.URGENT if text_class == "answer" else Lane.NORMAL)


PLANNED = (
    sa.select(
        col(Visit.id),
        col(Visit.version),
        col(Visit.reference),
        col(Visit.contact),
        col(Visit.places),
        col(Visit.state),
        col(Visit.session),
        col(CollectionSession.starts_at),
        col(CollectionSession.ends_at),
        col(CollectionSession.site),
        col(Site.name).label("site_name"),
        col(Site.time_zone),
    )
    .join(CollectionSession, col(CollectionSession.id) == col(Visit.session))
    .join(Site, col(Site.id) == col(CollectionSession.site))
)

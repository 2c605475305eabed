"""What the call desk and the case managers see of contact requests: the same for a routine one and a grave one."""

from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from services.matching.tables import ContactRequest, Family

WHAT_TO_DO = {"none": "answer_questions", "requested": "arrange_meeting", "assigned": "put_through_to_contact_person"}
"""What the desk does for who calls, by the state of their request; the page has the words."""

ASKED = ("requested", "assigned")


def call_desk(db: Session, reference: str, institution: str) -> dict[str, Any]:
    """What the desk of the responsible institution does for a family that calls. A request that is planned and not made
    yet is not shown. Raises LookupError where the institution is not responsible for such a report."""
    family = db.get(Family, reference)
    if family is None or family.institution != institution:
        raise LookupError("no such report")
    wanted = select(ContactRequest).where(ContactRequest.reference == reference, col(ContactRequest.state).in_(ASKED))
    request = db.exec(wanted).first()
    if request is None:
        return {"contact_request": None, **_shown(None)}
    return {"contact_request": str(request.id), **_shown(request)}


def _shown(request: ContactRequest | None) -> dict[str, Any]:
    state = request.state if request else "none"
    return {
        "state": state,
        "case_manager": str(request.case_manager) if request and request.case_manager else None,
        "requested_at": request.requested_at.isoformat() if request and request.requested_at else None,
        "what_to_do": WHAT_TO_DO[state],
    }


def contact_requests(db: Session, institution: str, state: str = "requested") -> list[dict[str, Any]]:
    """An institution's families with an open request, for the call-back queue: `requested`, `assigned`, or `planned`.

    In an order that says nothing, with no time but the round's. `can_be_asked`: whether a text may reach them.
    """
    wanted = (
        select(ContactRequest, Family)
        .join(Family, col(Family.reference) == col(ContactRequest.reference))
        .where(Family.institution == institution, ContactRequest.state == state, Family.is_open)
    )
    return [
        _listed(r, f) for r, f in db.exec(wanted.order_by(col(ContactRequest.requested_at), col(ContactRequest.id)))
    ]


def my_families(db: Session, case_manager: str, institution: str) -> list[dict[str, Any]]:
    """The families of an institution that a case manager of its staff has taken on and not met yet."""
    wanted = (
        select(ContactRequest, Family)
        .join(Family, col(Family.reference) == col(ContactRequest.reference))
        .where(ContactRequest.case_manager == UUID(case_manager), ContactRequest.state != "met")
        .where(Family.institution == institution)
    )
    return [
        _listed(r, f) for r, f in db.exec(wanted.order_by(col(ContactRequest.requested_at), col(ContactRequest.id)))
    ]


def _listed(request: ContactRequest, family: Family) -> dict[str, Any]:
    return {
        "contact_request": str(request.id),
        "reference": request.reference,
        "state": request.state,
        "case_manager": str(request.case_manager) if request.case_manager else None,
        "requested_at": request.requested_at.isoformat() if request.requested_at else None,
        "can_be_asked": family.can_be_asked,
    }

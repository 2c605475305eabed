"""Visits to give reference samples: the open days, and a family's bookings."""

from typing import Any
from uuid import UUID, uuid4, uuid5

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal import audit
from portal.family import words
from portal.family.answering import database_of, form_page, limits_of, outcomes_of, see
from portal.family.views import SessionOffer, VisitView
from portal.files import FamilyFile, of_family
from portal.forms import Form, posted
from portal.limits import Limit, reference_index
from portal.outcomes import Outcome, ask
from portal.visits import find_session, find_visit, offer_view, open_sessions, visit_view
from shared.database import utc_now
from shared.messages.appointments import BookVisit, CancelVisit, VisitBooked, VisitCancelled

MOST_PLACES = 6
CLOSED = frozenset({"session_closed", "session_over", "visit_over"})


async def show_samples(request: Request) -> Response:
    """The open days, near the family first; those of one governorate where it is chosen."""
    governorate = request.query_params.get("governorate", "")
    chosen = governorate if governorate in words.GOVERNORATES else ""
    return await _samples_page(request, await of_family(request), chosen)


async def _samples_page(
    request: Request,
    file: FamilyFile | None,
    governorate: str = "",
    errors: dict[str, str] | None = None,
    chosen: str = "",
    places: str = "",
) -> Response:
    near = file.governorate if file else None
    days = await open_sessions(database_of(request), utc_now(), governorate=governorate or None, near=near)
    shown: dict[str, Any] = {
        "offers": [offer_view(day, request.state.lang) for day in days],
        "governorate": governorate,
        "is_signed_in": file is not None,
        "errors": errors or {},
        "chosen": chosen,
        "places": places,
        "request_id": str(uuid4()),
        "at": "samples",
    }
    return form_page(request, "family/samples.html", 422 if errors else 200, **shown)


async def book(request: Request) -> Response:
    """Places at a session, for one or more relatives: asked for, and shown as soon as it is decided."""
    form = await posted(request)
    file = await of_family(request)
    if file is None:
        return see(request, "status")
    session, places = _uuid(form["session"]), _places(form)
    errors = ({} if session else {"session": "choose"}) | ({} if places else {"places": "places"})
    if session is None or places is None:
        return await _samples_page(request, file, "", errors, form["session"], form["places"])
    return await _book(request, file, _visit_of(form, session, places), session, places)


async def _book(request: Request, file: FamilyFile, visit: UUID, session: UUID, places: int) -> Response:
    day = await find_session(database_of(request), session)
    if day is None:
        return await _samples_page(request, file, "", {"session": "choose"})
    await limits_of(request).count(Limit.REQUESTS_FOR_CASE, reference_index(file.reference))
    at = utc_now()
    command = BookVisit(visit=visit, reference=file.reference, session=session, places=places, contact=file.contact)
    async with database_of(request).transaction() as cursor:
        command_id = await ask(cursor, command, at, settled_by=VisitBooked, contact=file.contact, request_id=visit)
        await audit.append(cursor, at, "family", "asked_visit", file.reference)
    outcome = await outcomes_of(request).wait_for(command_id)
    return await _booking_page(request, file, outcome, visit, places)


async def _booking_page(request: Request, file: FamilyFile, outcome: Outcome, visit: UUID, places: int) -> Response:
    if outcome.state == "asked":
        return form_page(request, "family/kept.html", at="samples")
    booked = await _visit(request, file, visit)
    if not outcome.is_refused:
        return _outcome_page(request, "booked", booked, None, places)
    offered = await _offered(request, outcome)
    return _outcome_page(request, _refused(outcome.reason), booked, offered, places)


def _refused(reason: str | None) -> str:
    if reason in CLOSED:
        return "closed"
    return "already" if reason and reason.startswith("already") else "full"


async def _offered(request: Request, outcome: Outcome) -> SessionOffer | None:
    session = _uuid(str((outcome.values or {}).get("next_session") or ""))
    day = await find_session(database_of(request), session) if session else None
    return offer_view(day, request.state.lang) if day and day["is_open"] else None


def _outcome_page(
    request: Request, outcome: str, visit: VisitView | None, offered: SessionOffer | None, places: int
) -> Response:
    shown: dict[str, Any] = {
        "outcome": outcome,
        "visit": visit,
        "next_offer": offered,
        "places": places,
        "request_id": str(uuid4()),
        "at": "samples",
    }
    return form_page(request, "family/booking.html", 409 if outcome in {"full", "closed"} else 200, **shown)


async def show_visit(request: Request) -> Response:
    """A visit of the family's."""
    file = await of_family(request)
    if file is None:
        return see(request, "status")
    visit = await _visit(request, file, request.path_params["visit"])
    if visit is None:
        raise HTTPException(404)
    return _visit_page(request, visit)


def _visit_page(request: Request, visit: VisitView) -> Response:
    return form_page(request, "family/visit.html", visit=visit, request_id=str(uuid4()), at="status")


async def cancel(request: Request) -> Response:
    """Give a visit's places back."""
    await posted(request)
    file = await of_family(request)
    if file is None:
        return see(request, "status")
    visit = await _visit(request, file, request.path_params["visit"])
    if visit is None:
        raise HTTPException(404)
    outcome = await _cancel(request, file, visit.id) if visit.state == "booked" else Outcome("done")
    if outcome.state == "asked":
        return form_page(request, "family/kept.html", at="samples")
    if outcome.is_refused:
        return _visit_page(request, visit)
    cancelled = await _visit(request, file, visit.id)
    return _outcome_page(request, "cancelled", cancelled, None, visit.places)


async def _cancel(request: Request, file: FamilyFile, visit: UUID) -> Outcome:
    await limits_of(request).count(Limit.REQUESTS_FOR_CASE, reference_index(file.reference))
    at = utc_now()
    async with database_of(request).transaction() as cursor:
        command = CancelVisit(visit=visit)
        command_id = await ask(cursor, command, at, settled_by=VisitCancelled, contact=file.contact)
        await audit.append(cursor, at, "family", "cancelled_visit", file.reference)
    return await outcomes_of(request).wait_for(command_id)


async def _visit(request: Request, file: FamilyFile, visit: UUID) -> VisitView | None:
    row = await find_visit(database_of(request), file.reference, visit)
    return visit_view(row, request.state.lang) if row else None


def _places(form: Form) -> int | None:
    written = form["places"]
    return int(written) if written.isdecimal() and len(written) < 4 and 1 <= int(written) <= MOST_PLACES else None


def _uuid(written: str) -> UUID | None:
    try:
        return UUID(written)
    except ValueError:
        return None


def _visit_of(form: Form, session: UUID, places: int) -> UUID:
    """The visit that a form asks for: the same one however often the form is sent, another for another choice."""
    request_id = _uuid(form["request_id"])
    if request_id is None:
        raise HTTPException(400)
    return uuid5(request_id, f"{session}:{places}")

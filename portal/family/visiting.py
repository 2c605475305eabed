"""A family's visit: shown, moved to another day, given back; its calendar file and its directions to print."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from icalendar import Alarm, Calendar, Event
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal import audit
from portal.at_hand import database_of, limits_of, outcomes_of
from portal.database import Row
from portal.family import words
from portal.family.answering import form_page, see
from portal.family.samples import id_from, outcome_page, refused_page, session_over, uuid_of, visit_of, wanted_by
from portal.family.views import VisitView
from portal.files import FamilyFile, of_family
from portal.forms import posted
from portal.languages import LANGUAGES
from portal.limits import Limit, reference_index
from portal.outcomes import Outcome, ask
from portal.visits import find_session, find_visit, nearest_sessions, offer_view, sites_with_more, visit_view
from shared.database import utc_now
from shared.messages.appointments import CancelVisit, RescheduleVisit, VisitBooked, VisitCancelled
from shared.messages.model import Command
from shared.messages.model import Event as Told

USUAL_STAY = timedelta(hours=2)


async def show_visit(request: Request) -> Response:
    """A visit of the family's."""
    file = await of_family(request)
    return _visit_page(request, await _own(request, file)) if file else see(request, "status")


async def show_directions(request: Request) -> Response:
    """How to find the place, to be printed or shown to a driver."""
    file = await of_family(request)
    if file is None:
        return see(request, "status")
    visit = await _own(request, file)
    return form_page(request, "family/directions.html", visit=visit, code=_code(visit))


def _code(visit: VisitView) -> str:
    """A picture (SVG) of the visit's id: scanned at the entrance, it says nothing to anybody else."""
    # Imported late: only this page draws one.
    import segno

    return segno.make(str(visit.id), error="m").svg_inline(scale=5, border=4, svgclass="code")


async def calendar(request: Request) -> Response:
    """The visit for the calendar of a phone (RFC 5545): neutral words, since others may read that calendar."""
    file = await of_family(request)
    if file is None:
        return see(request, "status")
    visit = request.path_params["visit"]
    row = await find_visit(database_of(request), file.reference, visit)
    if row is None:
        raise HTTPException(404)
    headers = {"cache-control": "no-store", "content-disposition": 'attachment; filename="appointment.ics"'}
    body = _calendar(row, visit_view(row, request.state.lang), _summary(request))
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)


def _summary(request: Request) -> str:
    return LANGUAGES[request.state.lang].translations.gettext(words.APPOINTMENT)


def _calendar(row: Row, visit: VisitView, summary: str) -> bytes:
    entry = Event()
    entry.add("uid", f"{visit.id}@sila")
    entry.add("sequence", row["version"])
    entry.add("dtstamp", utc_now())
    entry.add("dtstart", visit.starts_at)
    entry.add("dtend", visit.starts_at + USUAL_STAY)
    entry.add("summary", summary)
    entry.add("location", ", ".join(part for part in (visit.site.name, visit.site.address) if part))
    entry.add("class", "PRIVATE")
    entry.add("status", "CANCELLED" if visit.state == "cancelled" else "CONFIRMED")
    entry.add_component(_alarm(summary))
    shown = Calendar()
    shown.add("prodid", "-//Sila//visit//")
    shown.add("version", "2.0")
    shown.add_component(entry)
    return shown.to_ical()


def _alarm(summary: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -timedelta(days=1))
    alarm.add("description", summary)
    return alarm


async def show_move(request: Request) -> Response:
    """The days to which a visit can be moved."""
    file = await of_family(request)
    if file is None:
        return see(request, "status")
    return await _move_page(request, file, await _own(request, file))


async def _move_page(
    request: Request, file: FamilyFile, visit: VisitView, errors: dict[str, str] | None = None
) -> Response:
    wanted = wanted_by(request.query_params, file)
    days = await nearest_sessions(database_of(request), utc_now(), wanted)
    offers = [offer_view(day, request.state.lang) for day in days if day["free"] >= visit.places]
    more = sites_with_more(offers, wanted)
    there = [o for o in offers if not (o.starts_at == visit.starts_at and o.site == visit.site)]
    shown: dict[str, Any] = {"visit": visit, "offers": there, "more": more, "wanted": wanted, "errors": errors or {}}
    again = {"request_id": str(uuid4()), "at": f"samples/visit/{visit.id}/move"}
    return form_page(request, "family/move.html", 422 if errors else 200, **shown, **again)


async def move(request: Request) -> Response:
    """The visit at another session: the old places are kept unless the new ones are there."""
    form = await posted(request)
    file = await of_family(request)
    if file is None:
        return session_over(request)
    visit, session = await _own(request, file), uuid_of(form["session"])
    day = await find_session(database_of(request), session) if session else None
    if session is None or day is None:
        return await _move_page(request, file, visit, {"session": "choose"})
    command = RescheduleVisit(
        actor=file.actor, visit=visit.id, session=session, consents_to_transfer=form.has("transfer")
    )
    request_id = id_from(form, "move", visit.id, session)
    outcome = await _tell(request, file, command, VisitBooked, "moved_visit", request_id)
    if outcome.state == "asked":
        return form_page(request, "family/kept.html", at="samples")
    stands = await visit_of(request, file, visit.id)
    if outcome.is_refused:
        return await refused_page(request, outcome, visit=stands, places=visit.places, session=session, moving=visit.id)
    return outcome_page(request, "moved", visit=stands, places=visit.places)


async def cancel(request: Request) -> Response:
    """Give a visit's places back."""
    form = await posted(request)
    file = await of_family(request)
    if file is None:
        return session_over(request)
    visit = await _own(request, file)
    outcome = await _cancel(request, file, visit.id, form["request_id"]) if visit.state == "booked" else Outcome("done")
    if outcome.state == "asked":
        return form_page(request, "family/kept.html", at="samples")
    if outcome.is_refused:
        return _visit_page(request, visit)
    cancelled = await visit_of(request, file, visit.id)
    return outcome_page(request, "cancelled", visit=cancelled, places=visit.places)


async def _cancel(request: Request, file: FamilyFile, visit: UUID, request_id: str) -> Outcome:
    once = uuid_of(request_id)
    return await _tell(
        request, file, CancelVisit(visit=visit, actor=file.actor), VisitCancelled, "cancelled_visit", once
    )


async def _tell(
    request: Request, file: FamilyFile, command: Command, settled_by: type[Told], action: str, once: UUID | None
) -> Outcome:
    await limits_of(request).count(Limit.REQUESTS_FOR_CASE, reference_index(file.reference))
    at = utc_now()
    async with database_of(request).transaction() as cursor:
        told = await ask(cursor, command, at, settled_by=settled_by, contact=file.contact, request_id=once)
        await audit.append(cursor, at, "family", action, file.reference)
    return await outcomes_of(request).wait_for(told)


async def _own(request: Request, file: FamilyFile) -> VisitView:
    """The visit that the page's address names, where it is this family's. Raises HTTPException 404."""
    visit = await visit_of(request, file, request.path_params["visit"])
    if visit is None:
        raise HTTPException(404)
    return visit


def _visit_page(request: Request, visit: VisitView) -> Response:
    return form_page(request, "family/visit.html", visit=visit, request_id=str(uuid4()), at="status")

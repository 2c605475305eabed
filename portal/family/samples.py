"""Visits to give reference samples: the open days, nearest first, and places booked at one."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4, uuid5

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal import audit
from portal.at_hand import database_of, limits_of, outcomes_of
from portal.distances import ABROAD
from portal.family import words
from portal.family.answering import form_page
from portal.family.views import SessionOffer, VisitView
from portal.files import FamilyFile, of_family
from portal.forms import Form, posted
from portal.limits import Limit, reference_index
from portal.outcomes import Outcome, ask
from portal.visits import Wanted, find_session, find_visit, nearest_sessions, offer_view, sites_with_more, visit_view
from shared.database import utc_now
from shared.messages.appointments import BookVisit, VisitBooked

MOST_PLACES = 6
CLOSED = frozenset({"session_closed", "session_over", "visit_over", "unknown_session"})
NO_FILTER = QueryParams("")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a family has chosen on the page of days so far, and what is wrong with it."""

    session: str = ""
    places: str = ""
    errors: dict[str, str] | None = None


async def show_samples(request: Request) -> Response:
    """The open days, the nearest to the family or to the place it chose first."""
    return await samples_page(request, await of_family(request), Chosen())


async def samples_page(request: Request, file: FamilyFile | None, chosen: Chosen) -> Response:
    """The page of days; with `chosen` again what was chosen."""
    wanted = wanted_by(request.query_params if request.method == "GET" else NO_FILTER, file)
    days = await nearest_sessions(database_of(request), utc_now(), wanted)
    offers = [offer_view(day, request.state.lang) for day in days]
    shown: dict[str, Any] = {
        "offers": offers,
        "more": sites_with_more(offers, wanted),
        "wanted": wanted,
        "is_signed_in": file is not None,
        "errors": chosen.errors or {},
        "chosen": chosen.session,
        "places": chosen.places,
        "request_id": str(uuid4()),
        "at": "samples",
    }
    return form_page(request, "family/samples.html", 422 if chosen.errors else 200, **shown)


def wanted_by(asked: QueryParams, file: FamilyFile | None) -> Wanted:
    """What a family looks for, as the page's address says; near its own governorate where it says nothing."""
    near = asked.get("governorate", file.governorate or "" if file else "")
    known = near if near in words.GOVERNORATES or near == ABROAD else ""
    site = uuid_of(asked.get("site", ""))
    return Wanted(near=known, women_only="women" in asked, step_free="step_free" in asked, site=site)


async def book(request: Request) -> Response:
    """Places at a session, for one or more relatives: asked for, and shown as soon as it is decided."""
    form = await posted(request)
    file = await of_family(request)
    if file is None:
        return session_over(request)
    session, places = uuid_of(form["session"]), places_of(form)
    errors = ({} if session else {"session": "choose"}) | ({} if places else {"places": "places"})
    if session is None or places is None:
        return await samples_page(request, file, Chosen(form["session"], form["places"], errors))
    return await _book(request, file, form, session, places)


async def _book(request: Request, file: FamilyFile, form: Form, session: UUID, places: int) -> Response:
    day = await find_session(database_of(request), session)
    if day is None:
        return await samples_page(request, file, Chosen(errors={"session": "choose"}))
    offer = offer_view(day, request.state.lang)
    if offer.site.is_abroad and not form.has("transfer"):
        return _transfer_page(request, offer, places, is_asked_again=form.has("transfer_asked"))
    visit = id_from(form, session, places)
    command = BookVisit(
        visit=visit,
        actor=file.actor,
        reference=file.reference,
        session=session,
        places=places,
        contact=file.contact,
        consents_to_transfer=form.has("transfer"),
    )
    outcome = await tell_booking(request, file, command, visit)
    return await _booking_page(request, file, outcome, command)


def _transfer_page(request: Request, offer: SessionOffer, places: int, *, is_asked_again: bool) -> Response:
    """A sample that is given abroad travels to Iraq: that is asked in words of its own before anything is booked."""
    errors = {"transfer": "transfer"} if is_asked_again else {}
    shown = {"offer": offer, "places": places, "errors": errors, "request_id": str(uuid4()), "at": "samples"}
    return form_page(request, "family/transfer.html", 422 if errors else 200, **shown)


async def tell_booking(request: Request, file: FamilyFile, command: BookVisit, request_id: UUID) -> Outcome:
    """Ask for a visit, once for each form, and wait a moment for what becomes of it."""
    await limits_of(request).count(Limit.REQUESTS_FOR_CASE, reference_index(file.reference))
    at = utc_now()
    async with database_of(request).transaction() as cursor:
        told = await ask(cursor, command, at, settled_by=VisitBooked, contact=file.contact, request_id=request_id)
        await audit.append(cursor, at, "family", "asked_visit", file.reference)
    return await outcomes_of(request).wait_for(told)


async def _booking_page(request: Request, file: FamilyFile, outcome: Outcome, command: BookVisit) -> Response:
    if outcome.state == "asked":
        return form_page(request, "family/kept.html", at="samples")
    booked = await visit_of(request, file, command.visit)
    if not outcome.is_refused:
        return outcome_page(request, "booked", visit=booked, places=command.places)
    if outcome.reason == "already_booked":
        booked = booked or await visit_of(request, file, uuid_of(str((outcome.values or {}).get("visit") or "")))
    return await refused_page(request, outcome, visit=booked, places=command.places, session=command.session)


async def refused_page(request: Request, outcome: Outcome, **shown: Any) -> Response:
    """What was refused, and what there is instead: the next day with room, and the waiting list."""
    session = uuid_of(str((outcome.values or {}).get("next_session") or ""))
    day = await find_session(database_of(request), session) if session else None
    offered = offer_view(day, request.state.lang) if day and day["is_open"] else None
    return outcome_page(request, _refused(outcome.reason), next_offer=offered, **shown)


def _refused(reason: str | None) -> str:
    if reason in CLOSED:
        return "closed"
    return "already" if reason and reason.startswith("already") else "full"


def outcome_page(request: Request, outcome: str, **shown: Any) -> Response:
    """The page that tells how a wish for places ended."""
    usual: dict[str, Any] = {"visit": None, "next_offer": None, "places": 1, "session": None, "moving": None}
    status = 409 if outcome in {"full", "closed"} else 200
    again = {"request_id": str(uuid4()), "at": "samples", "outcome": outcome}
    return form_page(request, "family/booking.html", status, **(usual | shown | again))


def session_over(request: Request) -> Response:
    """A form came after the family's session had ended: the page says so, and how to go on."""
    return form_page(request, "family/session_over.html", 403, at="samples")


async def visit_of(request: Request, file: FamilyFile, visit: UUID | None) -> VisitView | None:
    """A visit of the family's, as pages show it."""
    row = await find_visit(database_of(request), file.reference, visit) if visit else None
    return visit_view(row, request.state.lang) if row else None


def places_of(form: Form) -> int | None:
    """How many relatives come."""
    written = form["places"]
    return int(written) if written.isdecimal() and len(written) < 4 and 1 <= int(written) <= MOST_PLACES else None


def uuid_of(written: str) -> UUID | None:
    """An id as a form has it."""
    try:
        return UUID(written)
    except ValueError:
        return None


def id_from(form: Form, *choice: object) -> UUID:
    """The id of what a form asks for: the same one however often the form is sent, another for another choice.

    Raises HTTPException 400 where the form has no id of its own.
    """
    request_id = uuid_of(form["request_id"])
    if request_id is None:
        raise HTTPException(400)
    return uuid5(request_id, ":".join(str(each) for each in choice))

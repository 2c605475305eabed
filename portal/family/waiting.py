"""The waiting list at the door: a family joins it, sees what is held for it, takes that or leaves it."""

from typing import Any
from uuid import UUID, uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal import audit
from portal.at_hand import database_of, limits_of, outcomes_of
from portal.family import words
from portal.family.answering import form_page, see
from portal.family.samples import id_from, outcome_page, places_of, session_over, uuid_of, visit_of
from portal.family.views import WaitingView
from portal.files import FamilyFile, of_family
from portal.forms import Form, posted
from portal.limits import Limit, reference_index
from portal.outcomes import Outcome, ask
from portal.visits import find_waiting, open_sites, site_view, waiting_view
from shared.database import utc_now
from shared.messages.appointments import AnswerOffer, JoinWaitingList, LeaveWaitingList, WaitingChanged
from shared.messages.model import Command


async def show_form(request: Request) -> Response:
    """Where to wait: at one site, or anywhere in a governorate."""
    file = await of_family(request)
    return await _form_page(request, file, Form(())) if file else see(request, "status")


async def _form_page(request: Request, file: FamilyFile, form: Form, errors: dict[str, str] | None = None) -> Response:
    rows = await open_sites(database_of(request), file.governorate)
    lang = request.state.lang
    names = {f"site:{row['site']['site']}": site_view(row["site"], lang).name for row in rows}
    there = {row["site"]["governorate"] for row in rows}
    shown: dict[str, Any] = {
        "sites": names,
        "areas": [code for code in words.GOVERNORATES if code in there],
        "where": form["where"] or file.governorate or "",
        "places": form["places"],
        "women": form.has("women"),
        "errors": errors or {},
        "request_id": str(uuid4()),
        "at": "samples/wait",
    }
    return form_page(request, "family/wait.html", 422 if errors else 200, **shown)


async def join(request: Request) -> Response:
    """A family wants to be told of what becomes free."""
    form = await posted(request)
    file = await of_family(request)
    if file is None:
        return session_over(request)
    where, places = _where(form), places_of(form)
    errors = ({} if where else {"where": "choose"}) | ({} if places else {"places": "places"})
    if not where or places is None:
        return await _form_page(request, file, form, errors)
    entry = id_from(form, "wait", *where.items(), places)
    command = JoinWaitingList(
        actor=file.actor,
        entry=entry,
        reference=file.reference,
        contact=file.contact,
        places=places,
        takes_women_only=form.has("women"),
        consents_to_transfer=form.has("transfer"),
        **where,  # pyright: ignore[reportArgumentType]
    )
    return await _joined(request, file, await _tell(request, file, command, "joined_waiting_list", entry), entry)


def _where(form: Form) -> dict[str, UUID | str] | None:
    """What a form waits for: a session, a site or a governorate."""
    kind, _, chosen = form["where"].partition(":")
    if form["where"] in words.GOVERNORATES:
        return {"governorate": form["where"]}
    found = uuid_of(chosen)
    return {kind: found} if found and kind in {"session", "site"} else None


async def _joined(request: Request, file: FamilyFile, outcome: Outcome, entry: UUID) -> Response:
    if outcome.state == "asked":
        return form_page(request, "family/kept.html", at="samples")
    if outcome.reason == "already_waiting":
        entry = uuid_of(str((outcome.values or {}).get("entry") or "")) or entry
    elif outcome.is_refused:
        return outcome_page(request, "already" if outcome.reason == "already_booked" else "closed")
    return _sent_on(request, entry) if await _find(request, file, entry) else see(request, "status")


async def show_entry(request: Request) -> Response:
    """A family's place in the line, and what is held for it."""
    file = await of_family(request)
    return _entry_page(request, await _own(request, file)) if file else see(request, "status")


def _entry_page(request: Request, waiting: WaitingView, *, is_over: bool = False) -> Response:
    shown = {"waiting": waiting, "is_over": is_over, "request_id": str(uuid4()), "at": "status"}
    return form_page(request, "family/waiting.html", 409 if is_over else 200, **shown)


async def answer(request: Request) -> Response:
    """A yes or no to what is held."""
    form = await posted(request)
    file = await of_family(request)
    if file is None:
        return session_over(request)
    waiting, offer = await _own(request, file), uuid_of(form["offer"])
    if offer is None or form["answer"] not in {"yes", "no"}:
        raise HTTPException(400)
    accepts = form["answer"] == "yes"
    command = AnswerOffer(actor=file.actor, entry=waiting.id, offer=offer, accepts=accepts)
    outcome = await _tell(request, file, command, "answered_offer", id_from(form, offer, accepts))
    if outcome.state == "asked":
        return form_page(request, "family/kept.html", at="samples")
    visit = await visit_of(request, file, offer) if accepts else None
    if visit:
        return outcome_page(request, "booked", visit=visit, places=visit.places)
    return _entry_page(request, await _own(request, file), is_over=outcome.is_refused)


async def leave(request: Request) -> Response:
    """A family waits no more."""
    form = await posted(request)
    file = await of_family(request)
    if file is None:
        return session_over(request)
    waiting = await _own(request, file)
    command = LeaveWaitingList(entry=waiting.id, actor=file.actor)
    outcome = await _tell(request, file, command, "left_waiting_list", id_from(form, "leave", waiting.id))
    if outcome.state == "asked":
        return form_page(request, "family/kept.html", at="samples")
    return _sent_on(request, waiting.id)


def _sent_on(request: Request, entry: UUID) -> Response:
    return see(request, f"samples/waiting/{entry}")


async def _tell(request: Request, file: FamilyFile, command: Command, action: str, once: UUID) -> Outcome:
    await limits_of(request).count(Limit.REQUESTS_FOR_CASE, reference_index(file.reference))
    at = utc_now()
    async with database_of(request).transaction() as cursor:
        told = await ask(cursor, command, at, settled_by=WaitingChanged, contact=file.contact, request_id=once)
        await audit.append(cursor, at, "family", action, file.reference)
    return await outcomes_of(request).wait_for(told)


async def _find(request: Request, file: FamilyFile, entry: UUID) -> WaitingView | None:
    row = await find_waiting(database_of(request), file.reference, entry)
    return waiting_view(row, request.state.lang) if row else None


async def _own(request: Request, file: FamilyFile) -> WaitingView:
    """The entry that the page's address names, where it is this family's. Raises HTTPException 404."""
    found = await _find(request, file, request.path_params["entry"])
    if found is None:
        raise HTTPException(404)
    return found

"""A day without power, entered afterwards: a scanner goes from field to field, and each row is saved by itself."""

from typing import Any
from uuid import UUID, uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.forms import Form, posted
from portal.staff.console import Asked, form_page, note, read, see, tell, told, who
from portal.staff.fields import Fields
from portal.staff.samples.arrivals import contact_of
from portal.staff.samples.days import session_with_site
from portal.staff.samples.registering import BIOLOGICAL, RELATIONS, SPECIMENS
from shared.messages.appointments import EnterRow, SampleDetails
from shared.messages.model import seal_content

KEPT = ("specimen", "kit_lot", "collected_by", "witness", "clock")
"""What usually stays the same from row to row, and is filled in again."""


async def show_form(request: Request) -> Response:
    """The form for the next row, and what was entered so far."""
    ended = await told(request, lambda asked: _is_entered(request, asked))
    return await _page(request, told=ended)


async def _page(request: Request, status: int = 200, **context: Any) -> Response:
    session: UUID = request.path_params["session"]
    await note(request, "listed_session", str(session))
    details, site, zone = await session_with_site(request, session)
    if details is None:
        raise HTTPException(404)
    entered = await read(
        request, "appointments", "samples_of_session", session=str(session), institution=who(request).institution
    )
    shown: dict[str, Any] = {
        "session": details,
        "site": site,
        "zone": zone,
        "id": session,
        "entered": entered,
        "specimens": SPECIMENS,
        "biological": BIOLOGICAL,
        "relatives": RELATIONS,
        "form": Form([(name, request.query_params.get(name, "")) for name in KEPT]),
        **context,
    }
    return form_page(request, "staff/samples/entering.html", status, **shown)


async def enter(request: Request) -> Response:
    """A row is entered."""
    session: UUID = request.path_params["session"]
    fields = Fields(await posted(request))
    command = await _command(request, fields, session)
    if command is None:
        return await _page(request, 422, form=fields.form, errors=fields.errors)
    values = {"sample": str(command.sample), "session": str(session)}
    asked = await tell(request, fields.form, command, "entered_row", str(command.sample), values=values)
    response = see(f"/staff/days/sessions/{session}/enter", asked)
    response.headers["location"] += "".join(f"&{name}={_safe(fields.form[name])}" for name in KEPT)
    return response


def _safe(value: str) -> str:
    from urllib.parse import quote

    return quote(value, safe="")


async def _command(request: Request, fields: Fields, session: UUID) -> EnterRow | None:
    sample = uuid4()
    _, _, zone = await session_with_site(request, session)
    barcode, sheet = fields.barcode("barcode"), fields.barcode("sheet_barcode")
    if fields.are_right and barcode != sheet:
        fields.wrong("sheet_barcode", "Card and consent sheet bear different codes. Please look for the right pair.")
    reference = fields.reference("reference")
    said: dict[str, Any] = {
        "sample": sample,
        "donor": uuid4(),
        "session": session,
        "reference": reference,
        "contact": await contact_of(request, fields, "reference", reference),
        "barcode": barcode,
        "sheet_barcode": sheet,
        "specimen": fields.choice("specimen", SPECIMENS),
        "taken_at": fields.moment("day", "clock", zone),
        "actor": who(request).actor,
    }
    details = _details(fields)
    if not fields.are_right:
        return None
    return EnterRow.model_validate({**said, "details": seal_content(details, str(sample))})


def _details(fields: Fields) -> SampleDetails:
    said = {
        "donor_name": fields.text("donor_name", is_required=True) or "–",
        "relation": fields.choice("relation", RELATIONS) or "other",
        "biological": fields.choice("biological", BIOLOGICAL) or "unknown",
        "identity_document_seen": fields.form.has("identity_document_seen"),
        "collected_by": fields.text("collected_by")[:200],
        "witness": fields.text("witness")[:200],
        "kit_lot": fields.text("kit_lot", longest=60)[:60],
    }
    return SampleDetails.model_validate(said) if fields.are_right else SampleDetails(donor_name="–", relation="other")


async def _is_entered(request: Request, asked: Asked) -> bool:
    session = str(asked.values.get("session", ""))
    entered = await read(
        request, "appointments", "samples_of_session", session=session, institution=who(request).institution
    )
    return any(each["sample"] == asked.values.get("sample") for each in entered)

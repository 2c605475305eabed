"""At the entrance of a collection day: who is there is checked in by a scan or by its reference, booked or not."""

from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of
from portal.forms import posted
from portal.look_alikes import contact_of_none
from portal.one_time_codes import digits_of
from portal.staff.console import OWN_RELATIVE, is_refused, read_unguarded, see, tell, who
from portal.staff.fields import Fields
from portal.staff.samples.days import session_page
from shared.messages.appointments import CheckIn, ReceiveWalkIn, VisitAttended
from shared.references import show_reference

FILE = "SELECT contact, is_open, institution FROM family_file WHERE reference = %(reference)s"
EXPECTED = frozenset({"booked", "missed"})


async def check_in(request: Request) -> Response:
    """A family came: found on the session's list by the code on its paper, or by its reference."""
    session, fields = request.path_params["session"], Fields(await posted(request))
    visits = await read_unguarded(
        request, "appointments", "visits_of_session", session=str(session), institution=who(request).institution
    )
    visit = _found(fields.form["scan"], visits)
    if visit is not None and await is_refused(request, visit["reference"]):
        visit = None
    people = fields.whole("people", 0, 12, is_required=False)
    if visit is None:
        fields.wrong("scan", "Nobody on this list has this reference or code. If the family has no booking, see below.")
    elif visit["state"] not in EXPECTED:
        fields.wrong("scan", f"{show_reference(visit['reference'])} is checked in already.")
    if not fields.are_right or visit is None:
        return await session_page(request, 422, form=fields.form, errors=fields.errors)
    count = visit["places"] if people is None else people
    command = CheckIn(visit=UUID(visit["id"]), people=count, actor=who(request).actor)
    asked = await tell(request, fields.form, command, "checked_in", visit["id"], settled_by=VisitAttended)
    return see(f"/staff/days/sessions/{session}", asked)


def _found(scanned: str, visits: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The visit that a scanned code (its id) or a written reference names."""
    try:
        key, wanted = "id", str(UUID(scanned))
    except ValueError:
        key, wanted = "reference", digits_of(scanned) or ""
    named = [visit for visit in visits if visit[key] == wanted]
    return next((visit for visit in named if visit["state"] in EXPECTED), named[0] if named else None)


async def receive_walk_in(request: Request) -> Response:
    """A family came without a booking."""
    session, fields = request.path_params["session"], Fields(await posted(request))
    reference, people = fields.reference("reference"), fields.whole("walk_ins", 1, 12)
    contact = await contact_of(request, fields, "reference", reference)
    if contact is None or people is None or not fields.are_right:
        return await session_page(request, 422, form=fields.form, errors=fields.errors)
    command = ReceiveWalkIn(
        visit=uuid4(), reference=reference, contact=contact, session=session, people=people, actor=who(request).actor
    )
    asked = await tell(request, fields.form, command, "received_walk_in", reference, settled_by=VisitAttended)
    return see(f"/staff/days/sessions/{session}", asked)


async def contact_of(request: Request, fields: Fields, name: str, reference: str) -> UUID | None:
    """The contact behind a file, for the command that takes its family in; None where no reference was written.

    Families come to any site with any institution's reference. Whether there is such a report is told to nobody, so
    that one which is nowhere gets a contact of its own. Only the own institution's closed file is said at the field.
    """
    if not reference:
        return None
    if await is_refused(request, reference):
        fields.wrong(name, OWN_RELATIVE)
        return None
    row = await database_of(request).one(FILE, {"reference": reference})
    if row and not row["is_open"] and row["institution"] == who(request).institution:
        fields.wrong(name, "The family has closed this file.")
    return row["contact"] if row else contact_of_none(reference)

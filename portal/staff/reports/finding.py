"""A file of the central record: found by its reference and with a reason, read, and shown as far as one may see it."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal import foreign_references
from portal.accounts import Role
from portal.at_hand import database_of, limits_of
from portal.forms import posted
from portal.institutions import institutions_to_share_with
from portal.limits import Limit
from portal.staff.console import (
    Asked,
    form_page,
    note,
    permit_in,
    permitted,
    read,
    refuse_own_relative,
    see,
    told,
    who,
    wrong,
)
from portal.staff.entrance.permits import permit
from portal.staff.fields import Fields

REASONS = (
    "The family is here or on the phone",
    "I check a new report",
    "The family asked for a correction",
    "I prepare a meeting with the family",
)
NOT_FOUND = "There is no report with this reference that your institution may see."
STATUSES_TO_SET = {
    "being_checked": "Being checked",
    "registered": "Registered",
    "more_information_needed": "More information needed",
    "samples_needed": "Relatives' samples needed",
    "search_continues": "The search continues",
}
HOW_VERIFIED = {
    "document": "They showed a document here",
    "known_number": "I called them on the number on file",
    "second_contact": "The person whom they trust confirmed it",
}
"""How a desk knows that it speaks with the family, by code."""
PURPOSES = {
    "share": "Share with an institution",
    "contact": "Be contacted",
    "publish": "Publish the name",
    "compare_abroad": "Compare abroad",
    "use_in_proceedings": "Use in criminal proceedings",
    "keep": "Keep the data (taking it back closes the file)",
}


async def show_finder(request: Request) -> Response:
    """The form that finds a file."""
    return form_page(request, "staff/reports/find.html", reasons=REASONS)


async def find(request: Request) -> Response:
    """A reference and a reason were written."""
    fields = Fields(await posted(request))
    reference, reason = fields.reference("reference"), fields.text("reason", is_required=True)
    if not fields.are_right:
        return wrong(request, "staff/reports/find.html", fields, reasons=REASONS)
    if await find_file(request, reference, reason) is None:
        fields.wrong("reference", NOT_FOUND)
        return wrong(request, "staff/reports/find.html", fields, reasons=REASONS)
    return see(f"/staff/reports/file/{permit_in(request, permit('report', reference, reason))}")


async def show_file(request: Request) -> Response:
    """A whole file, by a permit."""
    given = permitted(request, "report")
    await note(request, "looked", given.subject, given.reason)
    ended = await told(request, lambda asked: _is_seen(request, given.subject, asked))
    return await file_page(request, given.subject, told=ended)


async def file_page(request: Request, reference: str, status: int = 200, **context: Any) -> Response:
    """The page of a file."""
    institutions = await institutions_to_share_with(database_of(request), "en")
    file = await read_file(request, reference)
    shown = {
        "file": file,
        "may_change": Role.INTAKE in who(request).roles and is_responsible(request, file),
        "path": f"/staff/reports/file/{request.path_params['permit']}",
        "statuses_to_set": STATUSES_TO_SET,
        "purposes": PURPOSES,
        "how_verified": HOW_VERIFIED,
        "institutions": {each.code: each.name for each in institutions},
        "others": {each.code: each.name for each in institutions if each.code != file["institution"]},
    }
    return form_page(request, "staff/reports/file.html", status, **shown, **context)


async def find_file(request: Request, reference: str, reason: str) -> dict[str, Any] | None:
    """A file that this staff member may see; that one was asked for in vain is put on record.

    Raises TooMany where she has asked in vain too often within the hour.
    """
    own = str(who(request).staff)
    await foreign_references.refuse_if_over(limits_of(request), Limit.FOREIGN_REFERENCES_BY_STAFF, own)
    try:
        return await read_file(request, reference)
    except HTTPException:
        await note_in_vain(request, reference, reason)
        return None


async def note_in_vain(request: Request, reference: str, reason: str) -> None:
    """Put on record that a reference was asked for that is unknown, or another institution's; and if that is often."""
    await note(request, "looked_in_vain", reference, reason)
    own = str(who(request).staff)
    if await foreign_references.count_in_vain(limits_of(request), Limit.FOREIGN_REFERENCES_BY_STAFF, own):
        await note(request, "foreign_references", own)


def is_responsible(request: Request, file: dict[str, Any]) -> bool:
    """Whether the staff member's institution is responsible for a file: it alone changes it."""
    return file["institution"] == who(request).institution


async def read_file(request: Request, reference: str) -> dict[str, Any]:
    """A file as its owner tells it to this staff member. Raises HTTPException 404, StaffReadUnavailable.

    An own relative's file answers as one that is not there.
    """
    await refuse_own_relative(request, reference)
    return await read(request, "reports", "report", reference=reference, institution=who(request).sees_as)


async def _is_seen(request: Request, reference: str, asked: Asked) -> bool:
    file = await read_file(request, reference)
    if asked.kind == "set_consent":
        return any(asked.is_before(word["given_at"]) for word in file["consents"])
    if asked.kind == "withdraw_report":
        return not file["is_open"]
    return asked.kind == "set_status" and file["status"] == asked.values.get("status")

"""Answers to a notice that a family gives at the desk or on the phone."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of
from portal.forms import posted
from portal.look_alikes import contact_of_none
from portal.staff.console import OWN_RELATIVE, is_refused, see, tell, who
from portal.staff.fields import Fields
from portal.staff.outreach.notices import find_notice, notice_page
from shared.messages.outreach import RecordReply, ReplyRecorded

CONTACT = "SELECT contact FROM family_file WHERE reference = %(reference)s"


async def tally(request: Request) -> Response:
    """A family's yes or no, by its reference."""
    notice, fields = request.path_params["notice"], Fields(await posted(request))
    reference = fields.reference("reference")
    answer, people = fields.choice("answer", {"yes", "no"}), fields.whole("people", 1, 12)
    if fields.are_right and await is_refused(request, reference):
        fields.wrong("reference", OWN_RELATIVE)
    if not fields.are_right:
        return await notice_page(request, notice, 422, form=fields.form, errors=fields.errors)
    await find_notice(request, notice)
    contact = await _contact(request, reference)
    said = {"contact": contact, "notice": notice, "answer": answer, "people": people, "actor": who(request).actor}
    command = RecordReply.model_validate(said)
    asked = await tell(request, fields.form, command, "tallied_reply", reference, settled_by=ReplyRecorded)
    return see(f"/staff/notices/{notice}", asked)


async def _contact(request: Request, reference: str) -> UUID:
    row = await database_of(request).one(CONTACT, {"reference": reference})
    return row["contact"] if row else contact_of_none(reference)

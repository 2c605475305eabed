"""A report is handed over: offered with a reason, agreed to by its family, taken on or declined by the other side.

Nobody can override a side or the family. Of an institution that is closed, a coordinator gives the reports to others.
"""

from typing import Any
from uuid import UUID, uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of
from portal.forms import posted
from portal.institutions import institutions_to_share_with
from portal.staff.console import (
    form_page,
    is_refused,
    note,
    permitted,
    read,
    read_unguarded,
    see,
    tell,
    told,
    who,
    wrong,
)
from portal.staff.fields import Fields
from portal.staff.reports.finding import NOT_FOUND, file_page, find_file, is_responsible, read_file
from shared.messages.model import seal_content
from shared.messages.reports import (
    AgreeToHandOver,
    AnswerHandOver,
    EndHandOver,
    OfferHandOver,
    Remark,
    ReportChanged,
    TakeOverReport,
)

OFFERS = "staff/reports/offers.html"
TAKE_OVER = "staff/reports/take_over.html"


async def offer(request: Request) -> Response:
    """Ask another institution, and the family."""
    given, fields = permitted(request, "report"), Fields(await posted(request))
    file = await _own_file(request, given.subject)
    to = fields.choice("to", await _others(request, file["institution"]))
    reason = fields.text("hand_over_reason", is_required=True, longest=2000)
    if not fields.are_right:
        return await file_page(request, given.subject, 422, form=fields.form, errors=fields.errors)
    hand_over = uuid4()
    command = OfferHandOver(
        reference=given.subject,
        hand_over=hand_over,
        to=to,
        reason=seal_content(Remark(text=reason), str(hand_over)),
        actor=who(request).actor,
    )
    asked = await tell(
        request, fields.form, command, "offered_report", given.subject, settled_by=ReportChanged, reason=reason
    )
    return _see_file(request, asked)


async def record_agreement(request: Request) -> Response:
    """The family said at this desk whether the other institution may look after its report."""
    given, fields = permitted(request, "report"), Fields(await posted(request))
    found = (await _own_file(request, given.subject))["hand_over"]
    agrees = fields.choice("agrees", {"yes", "no"})
    if not fields.form.has("hand_over_read_aloud"):
        fields.wrong("hand_over_read_aloud", "Please tell the family who would look after its report, and ask.")
    if not fields.are_right or found is None:
        return await file_page(request, given.subject, 422, form=fields.form, errors=fields.errors)
    command = AgreeToHandOver(
        reference=given.subject,
        hand_over=UUID(found["hand_over"]),
        agrees=agrees == "yes",
        read_aloud=True,
        actor=who(request).actor,
    )
    asked = await tell(request, fields.form, command, "family_agreed", given.subject, settled_by=ReportChanged)
    return _see_file(request, asked)


async def end(request: Request) -> Response:
    """The report stays where it is."""
    given, form = permitted(request, "report"), await posted(request)
    found = (await _own_file(request, given.subject))["hand_over"]
    if found is None:
        return _see_file(request, None)
    command = EndHandOver(reference=given.subject, hand_over=UUID(found["hand_over"]), actor=who(request).actor)
    return _see_file(
        request, await tell(request, form, command, "kept_report", given.subject, settled_by=ReportChanged)
    )


async def _own_file(request: Request, reference: str) -> dict[str, Any]:
    file = await read_file(request, reference)
    if not is_responsible(request, file):
        raise HTTPException(404)
    return file


def _see_file(request: Request, asked: UUID | None) -> Response:
    return see(f"/staff/reports/file/{request.path_params['permit']}", asked)


async def _others(request: Request, responsible: str) -> dict[str, str]:
    institutions = await institutions_to_share_with(database_of(request), "en")
    return {each.code: each.name for each in institutions if each.code != responsible}


async def show_offers(request: Request) -> Response:
    """The reports that this institution is asked to look after: nothing of what they say."""
    await note(request, "listed_offers", "reports")
    return await _offers_page(request, told=await told(request))


async def _offers_page(request: Request, status: int = 200, **context: Any) -> Response:
    offers = await read(request, "reports", "hand_overs", institution=who(request).institution)
    institutions = await institutions_to_share_with(database_of(request), "en")
    names = {each.code: each.name for each in institutions}
    return form_page(request, OFFERS, status, offers=offers, institutions=names, **context)


async def answer(request: Request) -> Response:
    """Take a report on, or do not."""
    fields = Fields(await posted(request))
    hand_over, accepts = fields.uuid("hand_over"), fields.choice("accepts", {"yes", "no"})
    offers = await read_unguarded(request, "reports", "hand_overs", institution=who(request).institution)
    found = next((each for each in offers if each["hand_over"] == str(hand_over)), None)
    if not fields.are_right or found is None or await is_refused(request, found["reference"]):
        fields.wrong("accepts", "This hand-over was done, declined or taken back meanwhile.")
        return await _offers_page(request, 422, form=fields.form, errors=fields.errors)
    command = AnswerHandOver(
        reference=found["reference"], hand_over=hand_over, accepts=accepts == "yes", actor=who(request).actor
    )
    asked = await tell(request, fields.form, command, "answered_offer", found["reference"], settled_by=ReportChanged)
    return see("/staff/reports/offered", asked)


async def show_take_over(request: Request) -> Response:
    """The form that gives a report of a closed institution to another."""
    return form_page(request, TAKE_OVER, institutions=await _others(request, ""), told=await told(request))


async def take_over(request: Request) -> Response:
    """A coordinator named report, institution and reason."""
    fields, institutions = Fields(await posted(request)), await _others(request, "")
    reference, to = fields.reference("reference"), fields.choice("to", institutions)
    reason = fields.text("why", is_required=True, longest=2000)
    if fields.are_right and await find_file(request, reference, reason) is None:
        fields.wrong("reference", NOT_FOUND)
    if not fields.are_right:
        return wrong(request, TAKE_OVER, fields, institutions=institutions)
    command = TakeOverReport(
        reference=reference,
        to=to,
        reason=seal_content(Remark(text=reason), reference),
        actor=who(request).acting_as("coordinator"),
    )
    asked = await tell(request, fields.form, command, "gave_report", reference, settled_by=ReportChanged, reason=reason)
    return see("/staff/reports/take-over", asked)

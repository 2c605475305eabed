"""A report taken at the desk: it gets its reference and its PIN at once, and goes into the record by a command."""

from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of
from portal.database import Cursor, Row
from portal.forms import posted
from portal.institutions import institutions_to_share_with
from portal.outcomes import ask
from portal.pins import make_pin
from portal.references import allocate_reference
from portal.staff.console import Asked, form_page, outcome_of, record, request_id_of, who, wrong
from portal.staff.fields import Fields
from portal.staff.reports.report_form import RELATIONS, report_in
from shared.database import utc_now
from shared.messages.model import seal_content
from shared.messages.report_content import ReportContent
from shared.messages.reports import AcceptReport, ContactDetails, ReportAccepted
from shared.sealing import keys

TEMPLATE = "staff/reports/new.html"
BEFORE = """
SELECT command_id, "values" ->> 'reference' AS reference FROM outcome
WHERE request_id = %(request_id)s AND kind = 'accept_report'
"""


async def show_form(request: Request) -> Response:
    """An empty form."""
    return form_page(request, TEMPLATE, **await _choices(request))


async def _choices(request: Request) -> dict[str, Any]:
    institutions = await institutions_to_share_with(database_of(request), "en")
    others = {each.code: each.name for each in institutions if each.code != who(request).institution}
    return {"institutions": others, "relatives": {code: code.replace("_", " ") for code in RELATIONS}}


async def take_report(request: Request) -> Response:
    """A report was written: reference, PIN and record, once, however often the form is sent."""
    fields, choices = Fields(await posted(request)), await _choices(request)
    content = report_in(fields, set(choices["institutions"]))
    if content is None:
        return wrong(request, TEMPLATE, fields, **choices)
    request_id = request_id_of(fields.form, AcceptReport.kind)
    before = await database_of(request).one(BEFORE, {"request_id": request_id})
    if before:
        return await _receipt(request, before, pin=None)
    by_phone = fields.form["came_by"] == "phone"
    async with database_of(request).transaction() as cursor:
        reference = await allocate_reference(cursor, who(request).institution)
        command_id = await _accept(request, cursor, reference, content, request_id, by_phone=by_phone)
        pin = await make_pin(cursor, reference, utc_now())
    return await _receipt(request, {"command_id": command_id, "reference": reference}, pin)


async def _accept(
    request: Request, cursor: Cursor, reference: str, content: ReportContent, request_id: UUID, *, by_phone: bool
) -> UUID:
    member, at = who(request), utc_now()
    command = AcceptReport(
        reference=reference,
        content=seal_content(content, reference),
        contact=_contact(content),
        actor=member.actor,
        channel="phone" if by_phone else "desk",
    )
    await record(cursor, member, at, "entered_report", reference)
    return await ask(
        cursor, command, at, settled_by=ReportAccepted, request_id=request_id, values={"reference": reference}
    )


def _contact(content: ReportContent) -> ContactDetails:
    reporter = content.reporter
    return ContactDetails(
        contact=uuid4(),
        phone=keys().seal_for_gateway(reporter.phone) if reporter.phone else None,
        phone_index=keys().phone_index(reporter.phone) if reporter.phone else None,
        is_verified=reporter.phone_verified,
        language=reporter.language,
        channel=reporter.channel,
        detail=reporter.detail,
    )


async def _receipt(request: Request, accepted: Row, pin: str | None) -> Response:
    asked = Asked("accept_report", ReportAccepted.kind, utc_now(), {})
    outcome = await outcome_of(request, accepted["command_id"], asked)
    shown: dict[str, Any] = {"reference": accepted["reference"], "pin": pin, "is_in_record": outcome.state == "done"}
    return form_page(request, "staff/reports/entered.html", **shown)

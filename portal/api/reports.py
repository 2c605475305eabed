"""Reports by institutions: one comes in and gets its reference at once; later it tells its status and its links."""

from time import monotonic
from typing import Any
from uuid import uuid4

from portal import foreign_references
from portal.api.answers import ReportStatus, ReportTaken, as_json
from portal.api.calls import Call
from portal.api.idempotency import Taken, carry_out_once
from portal.api.problems import FieldError, Refused, invalid
from portal.database import Cursor, Database
from portal.limits import Limit
from portal.look_alikes import next_step
from portal.references import allocate_reference
from shared.messages.model import Actor, seal_content
from shared.messages.report_content import ReportContent, Reporter
from shared.messages.reports import AcceptReport, ContactDetails
from shared.messaging.outbox import publish_async
from shared.messaging.rpc import StaffReadUnavailable
from shared.phones import InvalidPhone, parse_phone
from shared.references import InvalidReference, parse_reference
from shared.sealing import keys

OURS = "SELECT 1 AS ours FROM reference_allocation WHERE reference = %(reference)s AND institution = %(institution)s"
KNOWN_INSTITUTIONS = "SELECT institution FROM institution WHERE is_active AND 'takes_reports' = ANY(kinds)"
AWAY_RETRY_S = "5"


async def take_report(call: Call, content: ReportContent) -> Taken:
    """Take a report into the record, and say its reference."""
    content, errors = checked(content, await known_institutions(call.database))
    if errors:
        raise invalid(errors)

    async def accept(cursor: Cursor) -> Taken:
        reference = await allocate_reference(cursor, call.institution)
        await publish_async(cursor, accepting(call.actor, reference, content), at=call.at)
        await call.note(cursor, "reported", reference)
        return Taken(body=as_json(ReportTaken(reference=reference)), location=f"/api/v1/reports/{reference}")

    return await carry_out_once(call, accept)


async def known_institutions(database: Database) -> frozenset[str]:
    """With whom a report may be shared."""
    return frozenset(row["institution"] for row in await database.all(KNOWN_INSTITUTIONS))


def checked(content: ReportContent, institutions: frozenset[str]) -> tuple[ReportContent, list[FieldError]]:
    """A report with its phone in E.164, and what no model can know to be wrong in it."""
    errors = [
        _wrong(f"/consent/share/{place}", "unknown_institution", "No such institution works with the record.")
        for place, institution in enumerate(content.consent.share)
        if institution not in institutions
    ]
    reporter = content.reporter
    try:
        reporter = reporter.model_copy(update={"phone": parse_phone(reporter.phone) if reporter.phone else None})
    except InvalidPhone:
        errors.append(_wrong("/reporter/phone", "phone", "This is not a phone number that can exist."))
    if reporter.phone_verified and not reporter.phone:
        errors.append(_wrong("/reporter/phone_verified", "phone_missing", "There is no phone to be verified."))
    return content.model_copy(update={"reporter": reporter}), errors


def _wrong(pointer: str, code: str, message: str) -> FieldError:
    return FieldError(pointer=pointer, code=code, message=message)


def accepting(actor: Actor, reference: str, content: ReportContent, channel: Any = "api") -> AcceptReport:
    """The command that takes a checked report into the record."""
    return AcceptReport(
        reference=reference,
        content=seal_content(content, reference),
        contact=_contact(content.reporter),
        actor=actor,
        channel=channel,
    )


def _contact(reporter: Reporter) -> ContactDetails:
    phone = reporter.phone
    return ContactDetails(
        contact=uuid4(),
        phone=keys().seal_for_gateway(phone) if phone else None,
        phone_index=keys().phone_index(phone) if phone else None,
        is_verified=reporter.phone_verified,
        language=reporter.language,
        channel=reporter.channel,
        detail=reporter.detail,
    )


async def show_report(call: Call, _: None) -> ReportStatus:
    """Where a report stands; the same answer whether there is none or it is not for this institution."""
    began = monotonic()
    reference, key = _asked_reference(call), str(call.caller.key)
    await foreign_references.refuse_if_over(call.limits, Limit.FOREIGN_REFERENCES_BY_KEY, key)
    await call.note_look("looked", reference)
    try:
        found = await call.staff_reads.call(
            "reports", "report_status", reference=reference, institution=call.institution
        )
    except StaffReadUnavailable:
        raise away() from None
    except LookupError:
        return await _on_its_way(call, reference, began)
    return ReportStatus.model_validate(found)


def _asked_reference(call: Call) -> str:
    try:
        return parse_reference(call.request.path_params["reference"])
    except InvalidReference:
        raise Refused(404) from None


async def _on_its_way(call: Call, reference: str, began: float) -> ReportStatus:
    # The record may not have it yet: whoever was given the reference knows that it was received.
    if await call.database.one(OURS, {"reference": reference, "institution": call.institution}):
        return ReportStatus(reference=reference, status="received", links=[])
    if await foreign_references.count_in_vain(call.limits, Limit.FOREIGN_REFERENCES_BY_KEY, str(call.caller.key)):
        await call.note_look("foreign_references", str(call.caller.key))
    await next_step(call, began)  # nor does the time tell whether it is another's
    raise Refused(404)


def away() -> Refused:
    """The part that owns what was asked does not answer (503); what is sent in is still taken."""
    return Refused(503, "The record does not answer just now.", headers={"retry-after": AWAY_RETRY_S})

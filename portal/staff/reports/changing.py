"""Changes of a file that an intake officer asks for: its status, how the family is reached, consents, its end."""

from typing import get_args
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal import desk_verifications
from portal.at_hand import database_of
from portal.forms import Form, posted
from portal.institutions import institutions_to_share_with
from portal.numbers import give_up_number
from portal.outcomes import ask
from portal.staff.console import permitted, record, refuse_own_relative, request_id_of, see, tell, who
from portal.staff.fields import Fields
from portal.staff.reports.finding import HOW_VERIFIED, PURPOSES, STATUSES_TO_SET, file_page, is_responsible, read_file
from shared.database import utc_now
from shared.messages.model import Language, seal_content
from shared.messages.report_content import Channel, Detail
from shared.messages.reports import (
    DeskVerification,
    PhoneNumber,
    ReportChanged,
    SetConsent,
    SetContact,
    SetStatus,
    WithdrawReport,
)
from shared.sealing import keys

LANGUAGES = get_args(Language)
CHANNELS = get_args(Channel)
DETAILS = get_args(Detail)


async def set_status(request: Request) -> Response:
    """Another status."""
    given, fields = permitted(request, "report"), Fields(await posted(request))
    status = fields.choice("status", STATUSES_TO_SET)
    if not fields.are_right:
        return await _again(request, given.subject, fields)
    command = SetStatus.model_validate({"reference": given.subject, "status": status, "actor": who(request).actor})
    asked = await tell(
        request,
        fields.form,
        command,
        "set_status",
        given.subject,
        settled_by=ReportChanged,
        values={"status": status},
    )
    return _see_file(request, asked)


async def set_contact(request: Request) -> Response:
    """Another language, way, level of detail, or number."""
    given, fields = permitted(request, "report"), Fields(await posted(request))
    verification = None
    if fields.form["phone"] or fields.form.has("phone_verified"):
        verification = await _how_verified(request, given.subject, fields)
    command = contact_command(request, given.subject, fields, verification)
    if not fields.are_right:
        return await _again(request, given.subject, fields)
    return _see_file(request, await tell_contact(request, fields.form, command))


async def _how_verified(request: Request, reference: str, fields: Fields) -> DeskVerification | None:
    """How the desk made sure that the family is here: put on record before its number changes."""
    how = fields.choice("how_verified", HOW_VERIFIED)
    if not fields.are_right or not is_responsible(request, await read_file(request, reference)):
        return None
    at, member = utc_now(), who(request)
    async with database_of(request).transaction() as cursor:
        desk = desk_verifications.Desk(member.staff, member.institution)
        said = await desk_verifications.remember(cursor, desk, reference, [how], at)
        await record(cursor, member, at, "verified_caller", reference, how)
    return said


def contact_command(
    request: Request, reference: str, fields: Fields, verification: DeskVerification | None
) -> SetContact:
    """What a form says of a family's contact. A new number counts as verified where the desk has verified it."""
    phone = fields.phone("phone")
    is_verified = fields.form.has("phone_verified")
    chosen = {
        "language": fields.choice("language", LANGUAGES, is_required=False) or None,
        "channel": fields.choice("channel", CHANNELS, is_required=False) or None,
        "detail": fields.choice("detail", DETAILS, is_required=False) or None,
    }
    number = {
        "phone": keys().seal_for_gateway(phone) if phone else None,
        "phone_index": keys().phone_index(phone) if phone else None,
        "phone_for_record": seal_content(PhoneNumber(number=phone), reference) if phone else None,
        "is_verified": True if is_verified else None,
        "verification": verification,
    }
    if not phone and not is_verified and not any(chosen.values()):
        fields.wrong("phone", "Nothing is changed by this.")
    return SetContact.model_validate(
        {"reference": reference, "actor": who(request).actor, **(chosen if fields.are_right else {}), **number}
    )


async def tell_contact(request: Request, form: Form, command: SetContact) -> UUID:
    """Tell a change of a contact. Where the number changes, whoever came in by the old one is put out at once."""
    await refuse_own_relative(request, command.reference)
    at, request_id = utc_now(), request_id_of(form, command.kind)
    action = "verified_phone" if command.is_verified else "set_contact"
    async with database_of(request).transaction() as cursor:
        command_id = await ask(cursor, command, at, settled_by=ReportChanged, request_id=request_id)
        if command.phone_index:
            await give_up_number(cursor, command.reference, command.phone_index)
        await record(cursor, who(request), at, action, command.reference)
    return command_id


async def set_consent(request: Request) -> Response:
    """A consent is given or taken back."""
    given, fields = permitted(request, "report"), Fields(await posted(request))
    purpose = fields.choice("purpose", PURPOSES)
    is_given = fields.choice("is_given", {"yes", "no"}) == "yes"
    recipient = await _recipient(request, given.subject, fields, purpose, is_given=is_given)
    language = fields.choice("read_in", LANGUAGES, is_required=False)
    if not fields.are_right:
        return await _again(request, given.subject, fields)
    said = {
        "reference": given.subject,
        "purpose": purpose,
        "recipient": recipient or None,
        "is_given": is_given,
        "language": language or None,
        "read_aloud": fields.form.has("read_aloud"),
        "actor": who(request).actor,
    }
    asked = await tell(request, fields.form, SetConsent.model_validate(said), "set_consent", given.subject)
    return _see_file(request, asked)


async def _recipient(request: Request, reference: str, fields: Fields, purpose: str, *, is_given: bool) -> str:
    """Whom a consent is for: a channel, an institution, or nobody in particular.

    It is given to an institution that works with the record. It is taken back from one of those, from one that had it,
    or from all.
    """
    if purpose == "contact":
        return fields.choice("recipient_channel", CHANNELS, is_required=False)
    if purpose != "share":
        return ""
    bodies = {each.code for each in await institutions_to_share_with(database_of(request), "en")}
    if not is_given:
        bodies |= {word["recipient"] for word in (await read_file(request, reference))["consents"]} - {None}
    return fields.choice("recipient_institution", bodies, is_required=is_given)


async def withdraw(request: Request) -> Response:
    """The family wants its file closed."""
    given, fields = permitted(request, "report"), Fields(await posted(request))
    if not fields.form.has("sure"):
        fields.wrong("sure", "Please tick the box: closing a file is grave.")
        return await _again(request, given.subject, fields)
    command = WithdrawReport(reference=given.subject, actor=who(request).actor)
    return _see_file(
        request, await tell(request, fields.form, command, "withdrew", given.subject, settled_by=ReportChanged)
    )


def _see_file(request: Request, asked: UUID) -> Response:
    return see(f"/staff/reports/file/{request.path_params['permit']}", asked)


async def _again(request: Request, reference: str, fields: Fields) -> Response:
    if not fields.errors:
        raise HTTPException(400)
    return await file_page(request, reference, 422, form=fields.form, errors=fields.errors)

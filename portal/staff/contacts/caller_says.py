"""What a caller who proved to be the family asks the desk to write down: its wishes, whom it trusts, what is wrong."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal import desk_verifications
from portal.at_hand import database_of
from portal.concerns import raising
from portal.forms import posted
from portal.staff.console import permitted, request_id_of, see, tell, who
from portal.staff.contacts.call_desk import caller_page, caller_path, desk_of, verify_again
from portal.staff.contacts.concerns import KINDS
from portal.staff.contacts.wishes import wishes_in
from portal.staff.entrance.permits import Permit
from portal.staff.fields import Fields
from shared.database import utc_now
from shared.messages.model import Command, Event, seal_content
from shared.messages.reports import (
    ConcernChanged,
    RaiseConcern,
    SecondContactChanged,
    SetSecondContact,
    SetWishes,
    WishesChanged,
)
from shared.sealing import keys


async def _caller_says(request: Request) -> tuple[Permit, Fields]:
    given, fields = permitted(request, "caller"), Fields(await posted(request))
    if not given.is_verified:
        raise HTTPException(403)
    return given, fields


async def _told(
    request: Request, given: Permit, fields: Fields, command: Command, action: str, settled_by: type[Event]
) -> Response:
    asked = await tell(request, fields.form, command, action, given.subject, settled_by=settled_by)
    return see(caller_path(request, given), asked)


async def set_wishes(request: Request) -> Response:
    """What the family wishes."""
    given, fields = await _caller_says(request)
    wishes = wishes_in(fields)
    if not fields.are_right:
        return await caller_page(request, given, 422, form=fields.form, errors=fields.errors)
    command = SetWishes(reference=given.subject, wishes=seal_content(wishes, given.subject), actor=who(request).actor)
    return await _told(request, given, fields, command, "set_wishes", WishesChanged)


async def set_second_contact(request: Request) -> Response:
    """Whom the family trusts to confirm a new number of its own; nobody, where no number was written."""
    given, fields = await _caller_says(request)
    phone = fields.phone("second_phone")
    if phone and not fields.form.has("second_verified"):
        fields.wrong("second_verified", "Please say that you called this number and its owner agreed.")
    async with database_of(request).transaction() as cursor:
        verification = await desk_verifications.fresh(cursor, desk_of(who(request)), given.subject, utc_now())
    if verification is None:
        return await verify_again(request, given)
    if not fields.are_right:
        return await caller_page(request, given, 422, form=fields.form, errors=fields.errors)
    command = SetSecondContact(
        reference=given.subject,
        phone=keys().seal_for_gateway(phone) if phone else None,
        phone_index=keys().phone_index(phone) if phone else None,
        verification=verification,
        actor=who(request).actor,
    )
    return await _told(request, given, fields, command, "set_second_contact", SecondContactChanged)


async def raise_concern(request: Request) -> Response:
    """A correction, a complaint or a question, taken down."""
    given, fields = await _caller_says(request)
    kind = fields.choice("concern_kind", KINDS)
    words = fields.text("concern_words", is_required=True, longest=2000)
    if not fields.are_right:
        return await caller_page(request, given, 422, form=fields.form, errors=fields.errors)
    concern = request_id_of(fields.form, RaiseConcern.kind)
    command = raising(given.subject, concern, kind, "desk", words, actor=who(request).actor)
    return await _told(request, given, fields, command, "raised_concern", ConcernChanged)

"""The second phone that a family trusts: named from its own page, and proved by a code that its owner reads out."""

from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from portal import phone_proofs
from portal.at_hand import database_of, limits_of, settings_of
from portal.browsers import browser_of
from portal.cookies import set_cookie
from portal.family.answering import form_page, see
from portal.family.own.numbers import PROVING, proof_of
from portal.family.own.sent import Sent, carry_out, sent
from portal.files import FamilyFile, of_family
from portal.limits import Limit, address_index, reference_index
from portal.one_time_codes import Receiver
from portal.phone_proofs import Asked, Proven
from shared.database import utc_now
from shared.messages.model import Language
from shared.messages.reports import SecondContactChanged, SetSecondContact
from shared.phones import InvalidPhone, parse_phone
from shared.sealing import keys

FORM = "second"
HAS_ONE = "SELECT 1 AS one FROM second_contact WHERE reference = %(reference)s AND phone_index IS NOT NULL"


async def show_form(request: Request) -> Response:
    """The form that names the phone."""
    file = await of_family(request)
    return await _page(request, file) if file else see(request, "status")


async def _page(request: Request, file: FamilyFile, errors: dict[str, str] | None = None, **shown: Any) -> Response:
    has_one = await database_of(request).one(HAS_ONE, {"reference": file.reference}) is not None
    values = {"phone": "", "is_asked": False, **shown, "has_one": has_one, "request_id": str(uuid4())}
    values |= {"errors": errors or {}, "at": "status/second"}
    return form_page(request, "family/own/second_contact.html", 422 if errors else 200, **values)


async def ask_for_code(request: Request) -> Response:
    """A number was written: send the code there."""
    given = await sent(request, FORM)
    if given is None:
        return see(request, "status")
    written, errors = given.form["phone"], dict[str, str]()
    number = _number(written)
    if number is None:
        errors["phone"] = "phone"
    elif keys().phone_index(number) == given.file.phone_index:
        errors["phone"] = "same_phone"
    if number is None or errors or given.is_stale:
        return await _page(request, given.file, errors or {"phone": "stale"}, phone=written[:40])
    return await _asked(request, given, number)


def _number(written: str) -> str | None:
    try:
        return parse_phone(written)
    except InvalidPhone:
        return None


async def _asked(request: Request, given: Sent, number: str) -> Response:
    limits, reference = limits_of(request), given.file.reference
    await limits.count(Limit.REQUESTS_FOR_CASE, reference_index(reference))
    await limits.count(Limit.CODES_FOR_UNVERIFIED_PHONE, keys().phone_index(number))
    lang: Language = request.state.lang
    receiver = Receiver(phone=keys().seal_for_gateway(number), language=lang)
    asked, lives_s = Asked("second_contact", reference, number, receiver), settings_of(request).code_lifetime_s
    async with database_of(request).transaction() as cursor:
        proof = await phone_proofs.begin_proof(cursor, browser_of(request), asked, utc_now(), lives_s)
    response = see(request, "status/second/confirm")
    set_cookie(request, response, PROVING, str(proof), lives_s)
    return response


async def show_code(request: Request) -> Response:
    """The form that asks for the code."""
    file = await of_family(request)
    return await _page(request, file, is_asked=True) if file else see(request, "status")


async def confirm(request: Request) -> Response:
    """The code was written: the phone is trusted from now on."""
    given = await sent(request, "second/confirm")
    if given is None:
        return see(request, "status")
    await limits_of(request).count(Limit.TRIES_BY_ADDRESS, address_index(request))
    proven = None if given.is_stale else await _prove(request, given.form["code"])
    if proven is None and await phone_proofs.was_met(
        database_of(request), proof_of(request), browser_of(request), utc_now()
    ):
        return see(request, "status")
    if proven is None or proven.reference != given.file.reference:
        return await _page(request, given.file, {"code": "stale" if given.is_stale else "code"}, is_asked=True)
    command = SetSecondContact(
        reference=proven.reference,
        actor=given.file.actor,
        phone=keys().seal_for_gateway(proven.number),
        phone_index=keys().phone_index(proven.number),
    )
    return await _tell(request, given, command)


async def _prove(request: Request, code: str) -> Proven | None:
    async with database_of(request).transaction() as cursor:
        return await phone_proofs.try_proof(
            cursor, proof_of(request), browser_of(request), "second_contact", (code, ""), utc_now()
        )


async def remove(request: Request) -> Response:
    """Nobody is trusted any more."""
    given = await sent(request, "second/remove")
    if given is None or given.is_stale:
        return see(request, "status")
    return await _tell(request, given, SetSecondContact(reference=given.file.reference, actor=given.file.actor))


async def _tell(request: Request, given: Sent, command: SetSecondContact) -> Response:
    return await carry_out(request, given, FORM, "set_second_contact", [(command, SecondContactChanged)])

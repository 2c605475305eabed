"""“My number has changed”: proved by a code to the new phone and one to the second phone that the family has named.

Known references and unknown ones, and those without a second phone, are answered alike, by like work. Without a second
phone a desk changes the number.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from portal import audit, phone_proofs
from portal.at_hand import database_of, limits_of, settings_of
from portal.browsers import browser_of
from portal.cookies import cookie_of, set_cookie
from portal.family.answering import form_page, see
from portal.files import of_family
from portal.forms import StaleForm, posted
from portal.limits import Limit, address_index, reference_index
from portal.numbers import give_up_number
from portal.one_time_codes import Receiver
from portal.outcomes import ask
from portal.phone_proofs import Asked, Proven
from portal.sessions import begin_session, hand_over, token_of
from shared.database import utc_now
from shared.messages.model import FamilyActor, Language, seal_content
from shared.messages.reports import PhoneNumber, ReportChanged, SetContact
from shared.phones import InvalidPhone, parse_phone
from shared.references import InvalidReference, parse_reference
from shared.sealing import keys

PROVING = "sila_proving"
"""The cookie that names the proof which this browser is meeting."""
CAME_BY_CODE = """
SELECT reference FROM family_session
WHERE token_digest = %(token)s AND by = 'code' AND expires_at > %(at)s
"""
"""Whose number a browser's session was opened by."""
TRUSTED = """
SELECT f.reference, f.is_demo, s.phone_index, s.sealed_phone FROM family_file f JOIN second_contact s USING (reference)
WHERE f.reference = %(reference)s AND f.is_open AND s.sealed_phone IS NOT NULL
"""


async def show_form(request: Request) -> Response:
    """The form that asks for reference and new number."""
    return _page(request)


def _page(request: Request, errors: dict[str, str] | None = None, **shown: Any) -> Response:
    values = {"reference": "", "phone": "", "is_asked": False, **shown}
    values |= {"errors": errors or {}, "at": "status/number"}
    return form_page(request, "family/own/new_number.html", 422 if errors else 200, **values)


async def ask_for_codes(request: Request) -> Response:
    """Reference and new number were written: send the codes where there is somebody to send them to."""
    form = await posted(request)
    await limits_of(request).count(Limit.REFERENCES_BY_ADDRESS, address_index(request))
    written, errors = {"reference": form["reference"][:40], "phone": form["phone"][:40]}, dict[str, str]()
    reference = number = ""
    try:
        reference = parse_reference(form["reference"])
    except InvalidReference:
        errors["reference"] = "reference"
    try:
        number = parse_phone(form["phone"])
    except InvalidPhone:
        errors["phone"] = "phone"
    if errors:
        return _page(request, errors, **written)
    return await _asked(request, reference, number)


async def _asked(request: Request, reference: str, number: str) -> Response:
    asked, lives_s = await _whom_to_text(request, reference, number), settings_of(request).code_lifetime_s
    async with database_of(request).transaction() as cursor:
        proof = await phone_proofs.begin_proof(cursor, browser_of(request), asked, utc_now(), lives_s)
    response = see(request, "status/number/confirm")
    set_cookie(request, response, PROVING, str(proof), lives_s)
    return response


async def _whom_to_text(request: Request, reference: str, number: str) -> Asked:
    """Every limit is counted for everybody, so that none answers faster."""
    typed, index = reference_index(reference), keys().phone_index(number)
    row = await database_of(request).one(TRUSTED, {"reference": reference})
    trusted_index: str = row["phone_index"] if row else typed
    counted = (
        (Limit.CODES_FOR_UNVERIFIED_PHONE, index),
        (Limit.CODES_FOR_UNVERIFIED_PHONE, trusted_index),
        (Limit.CODES_FOR_CASE, typed),
        (Limit.CODES_FOR_CASE_DAILY, typed),
    )
    rooms = [await limits_of(request).has_room(limit, about) for limit, about in counted]
    may_text = row is not None and (settings_of(request).carrier_is_simulated or not row["is_demo"])
    if row is None or not may_text or not all(rooms):
        return Asked("new_number", None, number, None)
    lang: Language = request.state.lang
    receiver = Receiver(phone=keys().seal_for_gateway(number), language=lang)
    return Asked("new_number", reference, number, receiver, Receiver(phone=row["sealed_phone"], language=lang))


async def show_codes(request: Request) -> Response:
    """The form that asks for both codes."""
    return _page(request, is_asked=True)


async def change(request: Request) -> Response:
    """Both codes were written: the new number counts, and the old one is put out.

    This browser is let in where it had come in by the old number. Else the new number, which the old one did not
    confirm, opens nothing for a while: whoever has both other phones by theft finds nothing, and the old one is told.
    """
    try:
        form = await posted(request)
    except StaleForm:
        return _page(request, {"code": "stale"}, is_asked=True)
    await limits_of(request).count(Limit.TRIES_BY_ADDRESS, address_index(request))
    is_changed, token = await _change(request, form["code"], form["trusted_code"])
    if not is_changed:
        proof = proof_of(request), browser_of(request)
        if not await phone_proofs.was_met(database_of(request), *proof, utc_now()):
            return _page(request, {"code": "codes"}, is_asked=True)
        return see(request, "status" if await of_family(request) else "status/number/changed")
    if token is None:
        return see(request, "status/number/changed")
    response = see(request, "status")
    hand_over(request, response, token)
    return response


async def show_changed(request: Request) -> Response:
    """That the number was changed, and from when on it opens the report."""
    opens_from = utc_now() + timedelta(seconds=settings_of(request).new_number_waits_s)
    shown: dict[str, Any] = {"opens_from": opens_from, "zone": "Asia/Baghdad", "at": "status/number/changed"}
    return form_page(request, "family/own/number_waits.html", **shown)


async def _change(request: Request, code: str, trusted_code: str) -> tuple[bool, str | None]:
    at, browser, proof = utc_now(), browser_of(request), proof_of(request)
    by_old = await database_of(request).one(CAME_BY_CODE, {"token": token_of(request), "at": at})
    async with database_of(request).transaction() as cursor:
        proven = await phone_proofs.try_proof(cursor, proof, browser, "new_number", (code, trusted_code), at)
        if proven is None:
            return False, None
        is_confirmed = by_old is not None and by_old["reference"] == proven.reference
        await ask(cursor, new_number(proven, is_confirmed_by_old=is_confirmed), at, settled_by=ReportChanged)
        await give_up_number(cursor, proven.reference, keys().phone_index(proven.number))
        await audit.append(cursor, at, "family", "changed_number", proven.reference)
        if not is_confirmed and settings_of(request).new_number_waits_s:
            return True, None
        return True, await begin_session(cursor, proven.reference, "code", at, "number_changed")


def proof_of(request: Request) -> UUID:
    """The proof that this browser is meeting; one that there is not, where it names none."""
    try:
        return UUID(cookie_of(request, PROVING))
    except ValueError:
        return UUID(int=0)


def new_number(proven: Proven, *, is_confirmed_by_old: bool = False) -> SetContact:
    """What the record is told of a number that was proved."""
    return SetContact(
        reference=proven.reference,
        actor=FamilyActor(reference=proven.reference),
        phone=keys().seal_for_gateway(proven.number),
        phone_index=keys().phone_index(proven.number),
        phone_for_record=seal_content(PhoneNumber(number=proven.number), proven.reference),
        is_verified=True,
        is_confirmed_by_old=is_confirmed_by_old,
    )

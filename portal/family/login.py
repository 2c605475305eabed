"""A family's way in: its reference, then a one-time code to the registered phone, or its PIN.

Known references and unknown ones, those without a phone and those over their limit are answered alike, by like work.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal import audit, one_time_codes, pins
from portal.at_hand import database_of, limits_of, settings_of
from portal.browsers import LIVES_S, browser_of
from portal.cookies import cookie_of, delete_cookie, set_cookie
from portal.database import Cursor
from portal.family import log_in_limits
from portal.family.answering import form_page, see
from portal.family.log_in_limits import KNOWN
from portal.files import WhoLogsIn, of_family, to_log_in
from portal.forms import Form, posted
from portal.limits import Limit, address_index, reference_index
from portal.look_alikes import answered_in_steps
from portal.metrics import note_log_in
from portal.one_time_codes import Challenge, Receiver
from portal.pages import NEUTRAL_SITE
from portal.sessions import begin_session, end_session, hand_over
from shared.database import utc_now
from shared.messages.gateway import CarriedAs
from shared.messages.model import FamilyActor
from shared.messages.reports import SetContact
from shared.messaging.outbox import publish_async
from shared.references import InvalidReference, parse_reference

TRYING = "sila_trying"
"""The cookie that names the challenge which this browser is meeting."""


async def ask_reference(request: Request, reference: str = "", errors: dict[str, str] | None = None) -> Response:
    """The page that asks for the reference."""
    shown = {"reference": reference, "errors": errors or {}, "at": "status"}
    return form_page(request, "family/login_reference.html", 422 if errors else 200, **shown)


@answered_in_steps
async def take_reference(request: Request) -> Response:
    """A reference was written: send a code where there is somebody to send it to, and ask for it."""
    form = await posted(request)
    try:
        reference = parse_reference(form["reference"])
    except InvalidReference:
        await limits_of(request).count(Limit.REFERENCES_BY_ADDRESS, address_index(request))
        return await ask_reference(request, reference=form["reference"][:40], errors={"reference": "reference"})
    await log_in_limits.count_reference(request, reference_index(reference))
    challenge = await _challenge(request, reference, _way(form))
    response = see(request, "status/enter")
    set_cookie(request, response, TRYING, str(challenge), settings_of(request).code_lifetime_s)
    return response


def _way(form: Form) -> CarriedAs | None:
    return "call" if form["by"] == "call" else None


async def _challenge(request: Request, reference: str, by: CarriedAs | None) -> UUID:
    database, at = database_of(request), utc_now()
    typed = reference_index(reference)
    found = await to_log_in(database, reference)
    receiver = await _receiver(request, found, typed, by)
    async with database.transaction() as cursor:
        return await one_time_codes.send_code(
            cursor,
            browser_of(request),
            typed,
            found.reference if found else None,
            found.contact if found else None,
            receiver,
            at,
            settings_of(request).code_lifetime_s,
        )


async def _receiver(request: Request, found: WhoLogsIn | None, typed: str, by: CarriedAs | None) -> Receiver | None:
    """Who gets a code; None where nobody may or can."""
    may_text = await log_in_limits.may_text(request, found, typed)
    if found is None or not may_text:
        return None
    receiver = _way_to(found, is_simulated=settings_of(request).carrier_is_simulated)
    return replace(receiver, by=by) if receiver else None


def _way_to(found: WhoLogsIn, *, is_simulated: bool) -> Receiver | None:
    """The contact, once its phone is verified; until then the phone itself, which a code may verify."""
    if found.is_verified:
        return Receiver(contact=found.contact) if found.phone_index else None
    if found.sealed_phone is None or (found.is_demo and not is_simulated):
        return None
    return Receiver(phone=found.sealed_phone, language=found.language)


async def ask_proof(request: Request) -> Response:
    """The page that asks for the code or the PIN."""
    challenge = await _open_challenge(request)
    return _proof_page(request) if challenge else see(request, "status")


def _proof_page(request: Request, errors: dict[str, str] | None = None) -> Response:
    status = 422 if errors else 200
    return form_page(request, "family/login_proof.html", status, errors=errors or {}, at="status/enter")


async def _open_challenge(request: Request) -> Challenge | None:
    try:
        challenge = UUID(cookie_of(request, TRYING))
    except ValueError:
        return None
    return await one_time_codes.open_challenge(database_of(request), challenge, browser_of(request), utc_now())


@answered_in_steps
async def take_proof(request: Request) -> Response:
    """A code or a PIN was written: open the report, or ask again."""
    form = await posted(request)
    challenge = await _open_challenge(request)
    await log_in_limits.count_try(request, challenge.typed_digest if challenge else "")
    if challenge is None and await of_family(request):  # the button was pressed twice
        return see(request, "status")
    if challenge is None:
        return await ask_reference(request, errors={"reference": "again"})
    if form["pin"]:
        return await _enter_by_pin(request, challenge, form["pin"])
    return await _enter_by_code(request, challenge, form["code"])


async def _enter_by_code(request: Request, challenge: Challenge, code: str) -> Response:
    at, token = utc_now(), None
    async with database_of(request).transaction() as cursor:
        reference = await one_time_codes.try_code(cursor, challenge.challenge, browser_of(request), code, at)
        if reference:
            notice = "phone_confirmed" if await confirm_phone(cursor, reference, at) else ""
            token = await begin_session(cursor, reference, "code", at, notice)
            await audit.append(cursor, at, "family", "logged_in_by_code", reference)
    note_log_in("family", "code", is_right=token is not None)
    return _entered(request, token, challenge) if token else _proof_page(request, {"code": "code"})


UNVERIFIED = """
SELECT 1 AS found FROM family_file f JOIN contact c ON c.contact = f.contact
WHERE f.reference = %(reference)s AND NOT c.is_verified
"""


async def confirm_phone(cursor: Cursor, reference: str, at: datetime) -> bool:
    """Whoever met a code has the phone that it went to in hand: tell the record, where it does not know yet."""
    await cursor.execute(UNVERIFIED, {"reference": reference})
    if await cursor.fetchone() is None:
        return False
    await publish_async(
        cursor, SetContact(reference=reference, is_verified=True, actor=FamilyActor(reference=reference)), at=at
    )
    return True


async def _enter_by_pin(request: Request, challenge: Challenge, pin: str) -> Response:
    await log_in_limits.count_pin(request, challenge.typed_digest)
    is_right = await pins.is_pin(database_of(request), challenge.reference, pin)
    note_log_in("family", "pin", is_right=is_right)
    if not is_right or challenge.reference is None:
        return _proof_page(request, {"pin": "pin"})
    at = utc_now()
    async with database_of(request).transaction() as cursor:
        await one_time_codes.use_up(cursor, challenge.challenge, at)
        token = await begin_session(cursor, challenge.reference, "pin", at)
        await audit.append(cursor, at, "family", "logged_in_by_pin", challenge.reference)
    await log_in_limits.forget_pins(request, challenge.typed_digest)
    return _entered(request, token, challenge)


def _entered(request: Request, token: str, challenge: Challenge) -> Response:
    response = see(request, "status")
    hand_over(request, response, token)
    set_cookie(request, response, KNOWN, browser_of(request).mark(challenge.typed_digest), LIVES_S)
    delete_cookie(request, response, TRYING)
    return response


@answered_in_steps
async def send_again(request: Request) -> Response:
    """Another code for the same reference."""
    form = await posted(request)
    challenge = await _open_challenge(request)
    await log_in_limits.count_reference(request, challenge.typed_digest if challenge else "")
    if challenge is None:
        return see(request, "status")
    again = await _challenge_again(request, challenge, _way(form))
    response = see(request, "status/enter")
    set_cookie(request, response, TRYING, str(again), settings_of(request).code_lifetime_s)
    return response


async def _challenge_again(request: Request, challenge: Challenge, by: CarriedAs | None) -> UUID:
    at, database = utc_now(), database_of(request)
    found = await to_log_in(database, challenge.reference or "")
    receiver = await _receiver(request, found, challenge.typed_digest, by)
    async with database.transaction() as cursor:
        await one_time_codes.use_up(cursor, challenge.challenge, at)
        return await one_time_codes.send_code(
            cursor,
            browser_of(request),
            challenge.typed_digest,
            challenge.reference,
            challenge.contact,
            receiver,
            at,
            settings_of(request).code_lifetime_s,
        )


async def end(request: Request) -> Response:
    """“I am done”: close the report for everybody who uses this phone."""
    await posted(request)
    response = form_page(request, "family/left.html", at="")
    await end_session(database_of(request), request, response)
    return response


async def leave(request: Request) -> Response:
    """“Leave this page quickly”: end the session, and show a page that anybody may have open."""
    response = RedirectResponse(NEUTRAL_SITE, 303, headers={"cache-control": "no-store"})
    await end_session(database_of(request), request, response)
    return response

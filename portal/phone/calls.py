"""A call: language, reference and PIN by keypad, then the status. What was keyed in is kept here, never in a URL."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from twilio.twiml.voice_response import Gather, VoiceResponse

from portal import audit, pins
from portal.database import Database
from portal.files import to_log_in
from portal.forms import Form
from portal.limits import Limit, Limits, reference_index
from portal.metrics import note_log_in
from portal.phone import prompts
from portal.phone.conversations import Question, ask_question, end_question, open_question
from portal.phone.signatures import signed_form
from shared.database import utc_now
from shared.references import InvalidReference, parse_reference
from shared.sealing import Purpose, keys
from shared.settings import Settings

MOST_TRIES = 3
WAIT_S = 12
STATUS_OF = "SELECT status FROM family_file WHERE reference = %(reference)s"


@dataclass(frozen=True, slots=True)
class Call:
    """A request of a call: what it is called here, what was keyed in, and where it stands."""

    request: Request
    id: str
    digits: str
    at: datetime
    standing: Question

    @property
    def lang(self) -> str:
        """The language that the caller chose."""
        return self.standing.language or "ar"

    @property
    def database(self) -> Database:
        """The portal's database."""
        return self.request.app.state.database


async def take_call(request: Request) -> Response:
    """One step of a call: the words to say, and what to wait for."""
    form = await signed_form(request)
    call = await _call(request, form)
    step = STEPS.get(request.query_params.get("step", ""), _begin)
    return Response(str(await step(call)), media_type="text/xml")


async def _call(request: Request, form: Form) -> Call:
    call_id = "call:" + keys().blind_index(Purpose.CODES, form["CallSid"][:64])
    at = utc_now()
    database: Database = request.app.state.database
    async with database.transaction() as cursor:
        standing = await open_question(cursor, call_id, at)
    return Call(request, call_id, form["Digits"][:40], at, standing or Question("call"))


async def _keep(call: Call, **changes: object) -> Call:
    standing = replace(call.standing, **changes)  # pyright: ignore[reportArgumentType]
    async with call.database.transaction() as cursor:
        await ask_question(cursor, call.id, standing, call.at)
    return replace(call, standing=standing)


def _gather(call: Call, response: VoiceResponse, step: str, digits: int, finish: str = "#") -> Gather:
    settings: Settings = call.request.app.state.settings
    action = f"{settings.base_url.rstrip('/')}/webhooks/twilio/voice?step={step}"
    gather = Gather(
        input="dtmf",
        num_digits=digits,
        finish_on_key=finish,
        timeout=WAIT_S,
        action=action,
        action_on_empty_result=True,
    )
    response.append(gather)
    return gather


async def _begin(call: Call) -> VoiceResponse:
    return _ask_language(call)


def _ask_language(call: Call) -> VoiceResponse:
    response = VoiceResponse()
    gather = _gather(call, response, "language", 1)
    for lang, words in prompts.CHOICES:
        prompts.say_words(gather, lang, words)
    return response


async def _language(call: Call) -> VoiceResponse:
    if call.digits not in {str(n) for n in range(1, len(prompts.CHOICES) + 1)}:
        return await _again(call, _ask_language)
    call = await _keep(call, language=prompts.CHOICES[int(call.digits) - 1][0], tries=0)
    response = _ask_reference(call, prompts.WELCOME)
    return response


def _ask_reference(call: Call, before: str = "") -> VoiceResponse:
    response = VoiceResponse()
    if before:
        prompts.say(response, call.lang, before)
    gather = _gather(call, response, "reference", 12)
    prompts.say(gather, call.lang, prompts.ENTER_REFERENCE)
    return response


async def _reference(call: Call) -> VoiceResponse:
    try:
        reference = parse_reference(call.digits)
    except InvalidReference:
        return await _again(call, _ask_reference)
    call = await _keep(call, reference=reference)
    response = VoiceResponse()
    gather = _gather(call, response, "pin", 6)
    prompts.say(gather, call.lang, prompts.ENTER_PIN)
    return response


async def _pin(call: Call) -> VoiceResponse:
    """An unknown reference, a wrong PIN and one that was tried too often are answered alike."""
    reference, limits = call.standing.reference, _limits(call)
    typed = reference_index(reference)
    has_room = await limits.has_room(Limit.PINS_FOR_CASE, typed)
    is_right = await pins.is_pin(call.database, reference, call.digits)
    note_log_in("voice", "pin", is_right=is_right and has_room)
    if not (is_right and has_room):
        return await _again(call, lambda c: _ask_reference(c, prompts.NOT_RIGHT))
    await limits.forget(Limit.PINS_FOR_CASE, typed)
    call = await _keep(call, state="call", options=["open"], tries=0)
    return await _tell(call)


async def _menu(call: Call) -> VoiceResponse:
    if call.standing.options != ["open"]:
        return _ask_language(call)
    if call.digits == "*":
        return await _tell(call)
    return await _end(call, with_office=call.digits == "0")


async def _tell(call: Call) -> VoiceResponse:
    reference = call.standing.reference
    row = await call.database.one(STATUS_OF, {"reference": reference})
    response = VoiceResponse()
    if row is None or await to_log_in(call.database, reference) is None:
        return _ask_reference(call, prompts.NOT_RIGHT)
    async with call.database.transaction() as cursor:
        await audit.append(cursor, call.at, "family", "heard_status", reference)
    gather = _gather(call, response, "menu", 1, finish="")
    prompts.say_status(gather, call.lang, row["status"])
    prompts.say(gather, call.lang, prompts.REPEAT)
    return response


async def _again(call: Call, ask: Callable[[Call], VoiceResponse]) -> VoiceResponse:
    """Three tries, then the office's number: no dead end, and no endless call."""
    if call.standing.tries + 1 >= MOST_TRIES:
        return await _end(call, with_office=True)
    return ask(await _keep(call, tries=call.standing.tries + 1))


async def _end(call: Call, *, with_office: bool) -> VoiceResponse:
    async with call.database.transaction() as cursor:
        await end_question(cursor, call.id)
    response = VoiceResponse()
    if with_office:
        settings: Settings = call.request.app.state.settings
        prompts.say(response, call.lang, prompts.OFFICE)
        prompts.say_digits(response, call.lang, settings.office_phone.removeprefix("+"))
    prompts.say(response, call.lang, prompts.GOODBYE)
    response.hangup()
    return response


def _limits(call: Call) -> Limits:
    return call.request.app.state.limits


STEPS: Final[dict[str, Callable[[Call], Awaitable[VoiceResponse]]]] = {
    "language": _language,
    "reference": _reference,
    "pin": _pin,
    "menu": _menu,
}

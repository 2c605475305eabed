"""Into a call: the language, the reference and the PIN; a number that we ring back needs its PIN alone.

An unknown reference, a wrong PIN and one that was tried too often are answered alike.
"""

from twilio.twiml.voice_response import VoiceResponse

from portal import audit, pins
from portal.limits import Limit, reference_index
from portal.look_alikes import answered_in_steps
from portal.metrics import note_log_in
from portal.phone.callers import find_caller, sender_number
from portal.phone.voice import menu, wording
from portal.phone.voice.call import Call, ask, keep
from portal.phone.voice.speaking import Choice
from shared.references import InvalidReference, parse_reference

MOST_FILES = 6
"""How many files' PINs a shared phone may open: more would make guessing easier."""


async def ask_language(call: Call) -> VoiceResponse:
    """Every language in its own words."""
    return ask(call, "language", *(Choice(lang) for lang, _ in wording.CHOICES))


async def take_language(call: Call) -> VoiceResponse | None:
    """A language was chosen."""
    if call.digits not in {str(n) for n in range(1, len(wording.CHOICES) + 1)}:
        return None
    lang = wording.CHOICES[int(call.digits) - 1][0]
    return await ask_reference(await keep(call, language=lang, tries=0), "welcome")


async def ask_reference(call: Call, *before: str) -> VoiceResponse:
    """Ask for the twelve digits."""
    return ask(call, "reference", "enter-reference", before=before, digits=12)


@answered_in_steps
async def take_reference(call: Call) -> VoiceResponse | None:
    """Twelve digits were keyed in. Their check digits are no secret: what cannot be one is said to be none."""
    try:
        reference = parse_reference(call.digits)
    except InvalidReference:
        return None
    return await ask_pin(await keep(call, reference=reference))


async def ask_pin(call: Call, *before: str) -> VoiceResponse:
    """Ask for the six digits."""
    return ask(call, "pin", "enter-pin", before=before, digits=6)


@answered_in_steps
async def take_pin(call: Call) -> VoiceResponse | None:
    """The PIN of a reference was keyed in."""
    if not await _opens(call, call.standing.reference):
        return None
    return await _enter(call, call.standing.reference)


async def ask_pin_alone(call: Call, *before: str) -> VoiceResponse:
    """Ask whoever has the registered phone in hand for the PIN."""
    return ask(call, "own_pin", "enter-pin", before=before, digits=6)


@answered_in_steps
async def take_pin_alone(call: Call) -> VoiceResponse | None:
    """A PIN was keyed in at a registered phone that we rang: it names its file among those of the phone."""
    number = sender_number(call.phone)
    if number is None or not call.standing.said:
        return None
    async with call.database.transaction() as cursor:
        caller = await find_caller(cursor, number)
    for file in caller.files[:MOST_FILES]:
        if await _opens(call, file.reference):
            return await _enter(call, file.reference)
    return None


async def _opens(call: Call, reference: str) -> bool:
    typed = reference_index(reference)
    has_room = await call.limits.has_room(Limit.PINS_FOR_CASE, typed)
    is_right = await pins.is_pin(call.database, reference, call.digits) and has_room
    note_log_in("voice", "pin", is_right=is_right)
    if is_right:
        await call.limits.forget(Limit.PINS_FOR_CASE, typed)
    return is_right


async def _enter(call: Call, reference: str) -> VoiceResponse:
    call = await keep(call, reference=reference, is_open=True, tries=0)
    async with call.database.transaction() as cursor:
        await audit.append(cursor, call.at, "family", "logged_in_by_call", reference)
    return await menu.tell_status(call)

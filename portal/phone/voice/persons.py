"""From a call to a person: connected at once, or written down to be called."""

from twilio.twiml.voice_response import VoiceResponse

from portal import audit
from portal.phone.voice.call import Call, forget, tell
from portal.phone.voice.speaking import Digits

RINGS_FOR_S = 30
ASK_FOR_CALL = """
INSERT INTO call_request (reference, asked_at) VALUES (%(reference)s, %(at)s) ON CONFLICT DO NOTHING
"""


async def connect(call: Call) -> VoiceResponse:
    """Put the caller through to the office: the call costs the family nothing more."""
    response = VoiceResponse()
    call.speaker.say(response, "connecting")
    response.dial(call.settings.office_phone, timeout=RINGS_FOR_S, action=call.address_of("dialled"))
    return response


async def after_office(call: Call) -> VoiceResponse:
    """The office has spoken with the caller; or nobody was there, and it will call back whoever it knows."""
    if call.dialled == "completed":
        return await hang_up(call)
    if not call.standing.is_open:
        return await give_number(call, "nobody-there")
    async with call.database.transaction() as cursor:
        await cursor.execute(ASK_FOR_CALL, {"reference": call.standing.reference, "at": call.at})
        await audit.append(cursor, call.at, "family", "asked_to_be_called", call.standing.reference)
    return await give_number(call, "nobody-there", "will-be-called")


async def give_number(call: Call, *before: str) -> VoiceResponse:
    """Say the office's number, and end the call: no dead end, and no endless call."""
    await forget(call)
    return tell(call, *before, "office", Digits(call.settings.office_phone.removeprefix("+")))


async def hang_up(call: Call) -> VoiceResponse:
    """End the call without a word."""
    await forget(call)
    response = VoiceResponse()
    response.hangup()
    return response

"""A missed call: whoever rings the number that takes none is rung back, so that asking costs nothing.

Every call there is turned away in the same way. Only a registered number is rung, by the gateway, at the number on
record, a few times a day; what anybody else rings from learns nothing.
"""

from datetime import timedelta
from uuid import uuid4

from twilio.twiml.voice_response import VoiceResponse

from portal import audit
from portal.limits import Limit
from portal.phone.callers import find_caller, sender_number
from portal.phone.voice.call import Call
from shared.messages.gateway import Send, Template
from shared.messages.model import Lane
from shared.messaging.outbox import publish_async

RING_WITHIN = timedelta(minutes=10)


def is_for_missed_calls(call: Call, called: str) -> bool:
    """Whether a call came to the number that takes none."""
    return bool(call.settings.missed_call_number) and called == call.settings.missed_call_number


async def turn_away(call: Call) -> VoiceResponse:
    """Turn a call away unanswered, and ring a registered number back."""
    number = sender_number(call.phone)
    if number:
        await _ring_back(call, number)
    response = VoiceResponse()
    response.reject()
    return response


async def _may_ring(call: Call, phone_index: str) -> bool:
    """Strangers use up nobody's budget, and who rings in a row only the first of them."""
    counted = (
        (Limit.RING_BACKS_AT_ONCE, phone_index),
        (Limit.RING_BACKS_FOR_PHONE, phone_index),
        (Limit.RING_BACKS_EVERYWHERE, "all"),
    )
    for limit, about in counted:
        if not await call.limits.has_room(limit, about):
            return False
    return True


async def _ring_back(call: Call, number: str) -> None:
    async with call.database.transaction() as cursor:
        caller = await find_caller(cursor, number)
    if not caller.files or not await _may_ring(call, caller.phone_index):
        return
    file = caller.files[0]
    ring = Send(
        text=uuid4(),
        contact=file.contact,
        channel="call",
        template=Template.RING_BACK,
        text_class="answer",
        not_after=call.at + RING_WITHIN,
    )
    async with call.database.transaction() as cursor:
        await publish_async(cursor, ring, at=call.at, lane=Lane.URGENT)
        await audit.append(cursor, call.at, "family", "rang", file.reference)

"""One step of a call: who is on the line, where the call stands, and what it answers.

What was keyed in is kept here, sealed by nothing else than this database's walls and for an hour; never in an address.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from starlette.requests import Request
from twilio.twiml.voice_response import Gather, VoiceResponse

from portal.at_hand import AtHand, database_of
from portal.database import Cursor
from portal.forms import Form
from portal.phone import conversations
from portal.phone.voice.speaking import Part, Speaker
from shared.database import utc_now
from shared.messages.model import FamilyActor
from shared.sealing import Purpose, keys

WAIT_S = 12
MOST_TRIES = 3
LONGEST_KEYS = 40


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a call stands between two requests of the carrier."""

    language: str = ""
    reference: str = ""
    is_open: bool = False
    """Whether the PIN was right: nothing of a report is said before."""
    tries: int = 0
    sessions: list[str] = field(default_factory=list[str])
    place: int = 0
    visit: str = ""
    said: str = ""
    """The sealed message that this call was made for."""


@dataclass(frozen=True, slots=True)
class Call(AtHand):
    """A request of a call: what it is called here, what was keyed in, and where it stands."""

    request: Request
    id: str
    carrier_id: str
    phone: str
    """The number at the other end, as the carrier writes it."""
    digits: str
    at: datetime
    standing: Standing
    answered_by: str = ""
    dialled: str = ""

    @property
    def family(self) -> FamilyActor:
        """As whom the family acts whose report the caller has entered."""
        return FamilyActor(reference=self.standing.reference)

    @property
    def lang(self) -> str:
        """The language of the call."""
        return self.standing.language or "ar"

    @property
    def speaker(self) -> Speaker:
        """The voice of the call's language."""
        return Speaker(self.request.app.state.recordings, self.settings.base_url, self.lang)

    def address_of(self, step: str) -> str:
        """Where the carrier goes next."""
        return f"{self.settings.base_url.rstrip('/')}/webhooks/twilio/voice?step={step}"


Step = Callable[[Call], Awaitable[VoiceResponse]]


async def call_of(request: Request, form: Form, *, is_outgoing: bool) -> Call:
    """The call that a request of the carrier is about."""
    call_id = "call:" + keys().blind_index(Purpose.CODES, form["CallSid"])
    at = utc_now()
    row = await database_of(request).one(conversations.LOOK, {"phone": call_id, "at": at})
    return Call(
        request=request,
        id=call_id,
        carrier_id=form["CallSid"],
        phone=form["To" if is_outgoing else "From"][:40],
        digits=form["Digits"][:LONGEST_KEYS],
        at=at,
        standing=Standing(**conversations.known_fields(Standing, row["detail"]))
        if row and row["state"] == "call"
        else Standing(),
        answered_by=form["AnsweredBy"],
        dialled=form["DialCallStatus"],
    )


async def keep(call: Call, **changes: Any) -> Call:
    """Remember how the call stands now."""
    standing = replace(call.standing, **changes)
    async with call.database.transaction() as cursor:
        await _write(cursor, call, standing)
    return replace(call, standing=standing)


async def _write(cursor: Cursor, call: Call, standing: Standing) -> None:
    row = {"phone": call.id, "state": "call", "detail": Jsonb(asdict(standing))}
    await cursor.execute(conversations.KEEP, {**row, "expires": call.at + conversations.LIVES})


def ask(call: Call, step: str, *parts: Part, before: tuple[Part, ...] = (), digits: int = 1) -> VoiceResponse:
    """Say something and wait for keys, which go to a step; a silence goes there too."""
    response = VoiceResponse()
    call.speaker.say(response, *before)
    gather = Gather(
        input="dtmf",
        num_digits=digits,
        # In a menu the hash key leads back; where a number is entered it ends it.
        finish_on_key="" if digits == 1 else "#",
        timeout=WAIT_S,
        action=call.address_of(step),
        action_on_empty_result=True,
    )
    call.speaker.say(gather, *parts)
    response.append(gather)
    return response


def tell(call: Call, *parts: Part) -> VoiceResponse:
    """Say something last, and end the call."""
    response = VoiceResponse()
    call.speaker.say(response, *parts, "goodbye")
    response.hangup()
    return response


async def forget(call: Call) -> None:
    """The call is over: nothing of it is kept."""
    async with call.database.transaction() as cursor:
        await conversations.end_question(cursor, call.id)

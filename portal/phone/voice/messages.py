"""Messages by call: what a family that chose calls hears in the place of texts.

Nothing is said to an answering machine, and to nobody before a key is pressed; only then it counts as told.
"""

from dataclasses import dataclass

from twilio.twiml.voice_response import VoiceResponse

from portal.phone.voice import entering, persons
from portal.phone.voice.call import Call, ask, keep
from portal.phone.voice.speaking import Digits, Moment, Part, Words
from portal.phone.voice.wording import meaning_prompt, status_prompt
from shared.messages.gateway import RecordDelivery, Template
from shared.messages.model import FamilyActor
from shared.messages.outreach import RecordReply
from shared.messages.spoken import SpokenMessage, open_spoken
from shared.messaging.outbox import publish_async

MACHINES = ("machine", "fax")
QUESTIONS = {Template.TOWNHALL, Template.TOWNHALL_CHANGED}
ANSWERS = {"1": "yes", "2": "no"}
OF_CONTACT = "SELECT reference, contact FROM family_file WHERE contact = %(contact)s"


async def begin(call: Call) -> VoiceResponse:
    """Somebody, or something, has picked up a phone that we rang."""
    message = open_spoken(call.request.query_params.get("say", "")[:4000])
    if message is None or message.not_after < call.at or call.answered_by.startswith(MACHINES):
        return await persons.hang_up(call)
    call = await keep(call, said=call.request.query_params["say"], language=message.language, tries=0)
    return await open_message(call)


async def open_message(call: Call) -> VoiceResponse:
    """Say that there is something to hear, and no more."""
    message = _message(call)
    if message is None:
        return await persons.hang_up(call)
    if message.template is Template.RING_BACK:
        return await entering.ask_pin_alone(call, "you-rang")
    return ask(call, "opened", "code-waits" if message.template is Template.OTP else "message-waits")


async def take_opened(call: Call) -> VoiceResponse | None:
    """The key was pressed: the message is told from here on."""
    message = _message(call)
    if call.digits != "1" or message is None:
        return None
    await note_heard(call, message)
    return await tell_message(await keep(call, tries=0))


async def note_heard(call: Call, message: SpokenMessage) -> None:
    """Tell the gateway that somebody listens, so that no other call is made."""
    heard = RecordDelivery(carrier_id=call.carrier_id, text=message.text, status="heard")
    async with call.database.transaction() as cursor:
        await publish_async(cursor, heard, at=call.at)


async def tell_message(call: Call) -> VoiceResponse:
    """The message itself, and the keys that follow it."""
    message = _message(call)
    if message is None:
        return await persons.hang_up(call)
    keys: tuple[Part, ...] = ("answer-keys", "repeat") if message.template in QUESTIONS else ("repeat",)
    return ask(call, "message", *parts_of(message), *keys)


async def take_answer(call: Call) -> VoiceResponse | None:
    """A yes or no to a meeting.

    Whoever answers hears the same, also where the message's contact has no file any more: a number that changed hands
    tells its new owner nothing, and the family is told whom to call.
    """
    message = _message(call)
    if message is None or message.template not in QUESTIONS or call.digits not in ANSWERS:
        return None
    if row := await call.database.one(OF_CONTACT, {"contact": message.contact}):
        reply = RecordReply(
            actor=FamilyActor(reference=row["reference"]),
            contact=row["contact"],
            notice=message.notice,
            answer=ANSWERS[call.digits],  # pyright: ignore[reportArgumentType]
        )
        async with call.database.transaction() as cursor:
            await publish_async(cursor, reply, at=call.at)
    return ask(await keep(call, tries=0), "message", "answer-heard", "repeat")


def _message(call: Call) -> SpokenMessage | None:
    return open_spoken(call.standing.said)


@dataclass(frozen=True, slots=True)
class Wording:
    """How a message is said: prompts before and after its time and place."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


SIMPLE: dict[Template, Wording] = {
    Template.REGISTERED: Wording(("registered",)),
    Template.CONFIRM_PHONE: Wording(("confirm-phone",)),
    Template.STATUS_NEUTRAL: Wording(("nothing-asked",)),
    Template.APPOINTMENT: Wording(("visit-booked",)),
    Template.REMINDER: Wording(("reminder",)),
    Template.CANCELLED: Wording(("visit-cancelled",), ("please-call",)),
    Template.VISIT_MOVED: Wording(("visit-booked",), ("please-call",)),
    Template.CLOSED_OFFER: Wording(("next-place",), ("please-call",)),
    Template.CLOSED_WAITING: Wording(("visit-cancelled",), ("will-tell",)),
    Template.MISSED: Wording(("no-visit", "please-call")),
    Template.ON_WAITING_LIST: Wording(("will-tell",)),
    Template.PLACE_OFFERED: Wording(("next-place",), ("please-call",)),
    Template.SESSION_FULL: Wording(("day-full",), ("please-call",)),
    Template.NO_PLACES: Wording(("no-places",)),
    Template.VISIT: Wording(("next-visit",)),
    Template.NO_VISIT: Wording(("no-visit",)),
    Template.REQUEST_RECEIVED: Wording(("request-kept",)),
    Template.TOWNHALL: Wording(("invited",)),
    Template.TOWNHALL_CHANGED: Wording(("meeting-changed",)),
    Template.TOWNHALL_CANCELLED: Wording(("meeting-cancelled",)),
    Template.REPLY_THANKS: Wording(("answer-kept",)),
    Template.CONTACT_US: Wording(("please-call",)),
    Template.OPTOUT: Wording(("stopped",)),
    Template.OPTOUT_FILE: Wording(("stopped",)),
    Template.OPTIN: Wording(("started-again",)),
    Template.LANGUAGE_CHANGED: Wording(("language-kept",)),
    Template.CALL_REQUESTED: Wording(("will-be-called",)),
    Template.HELP: Wording(("help",)),
}
"""What is no part of a conversation by text. The questions of one are said as a request to call."""


def parts_of(message: SpokenMessage) -> list[Part]:
    """A message in the order in which it is said."""
    if message.template is Template.OTP:
        code = Digits(message.code or "")
        return ["code-is", code, "once-more", code]
    if message.template is Template.STATUS:
        status = str(message.values.get("status", "received"))
        return ["status-is", status_prompt(status), meaning_prompt(status)]
    wording = SIMPLE.get(message.template, Wording(("please-call",)))
    return [*wording.before, *_details(message), *wording.after]


def _details(message: SpokenMessage) -> list[Part]:
    if message.template is Template.REGISTERED:
        reference = Digits(str(message.values.get("ref", "")))
        return [reference, "once-more", reference]
    if message.starts_at is None:
        return []
    place = str(message.values.get("place", ""))
    return [Moment(message.starts_at, message.time_zone), *(["place", Words(place)] if place else [])]

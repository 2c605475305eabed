"""The way through a call: every screen with what its keys do, so that a silence, a wrong key, “again” and “back” are
answered alike everywhere, and no screen is a dead end."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from twilio.twiml.voice_response import VoiceResponse

from portal.limits import Limit
from portal.phone.callers import sender_number
from portal.phone.signatures import signed_form
from portal.phone.signed_parameters import OF_CALLS
from portal.phone.voice import entering, menu, messages, missed, persons, visits
from portal.phone.voice.call import MOST_TRIES, Call, Step, call_of, keep, tell
from shared.messages.gateway import Template
from shared.messages.spoken import open_spoken
from shared.sealing import keys

Take = Callable[[Call], Awaitable[VoiceResponse | None]]


@dataclass(frozen=True, slots=True)
class Screen:
    """What is said at a step, what its keys do, where “back” leads; `wrong` is said where no key was understood."""

    show: Step
    take: Take
    back: Step
    wrong: str = "not-understood"
    again: Step | None = None
    """Where a wrong entry leads, unless to the same screen."""
    is_private: bool = True
    """Whether the PIN must have been right."""


async def take_call(request: Request) -> Response:
    """One step of a call: the words to say, and what to wait for."""
    form = await signed_form(request, OF_CALLS)
    step = request.query_params.get("step", "")
    is_outgoing = form["Direction"].startswith("outbound")
    call = await call_of(request, form, is_outgoing=is_outgoing)
    answer = await _begin(call, form["To"]) if step not in SCREENS else await _at(call, step)
    return Response(str(answer), media_type="text/xml")


async def _begin(call: Call, called: str) -> VoiceResponse:
    step = call.request.query_params.get("step", "")
    if step == "spoken":
        return await messages.begin(call)
    if step == "dialled":
        return await persons.after_office(call)
    if missed.is_for_missed_calls(call, called):
        return await missed.turn_away(call)
    return await entering.ask_language(call) if await _may_call(call) else tell(call, "too-often")


async def _may_call(call: Call) -> bool:
    """Who hides the number shares no budget with strangers, who could use it up; PINs have limits of their own."""
    number = sender_number(call.phone)
    return number is None or await call.limits.has_room(Limit.CALLS_BY_PHONE, keys().phone_index(number))


async def _at(call: Call, step: str) -> VoiceResponse:
    screen = SCREENS[step]
    if screen.is_private and not call.standing.is_open:
        return await entering.ask_language(call)
    if ("*" in call.digits and len(call.digits) > 1) or call.digits == "#":
        return await screen.back(await keep(call, tries=0))
    if call.digits == "0":
        return await persons.connect(call)
    if call.digits == "*":
        return await screen.show(await keep(call, tries=0))
    return await screen.take(call) or await _not_understood(call, screen)


async def _not_understood(call: Call, screen: Screen) -> VoiceResponse:
    """Three tries, then the office's number: no dead end, and no endless call."""
    if call.standing.tries + 1 >= MOST_TRIES:
        return await persons.give_number(call)
    call = await keep(call, tries=call.standing.tries + 1)
    again = await (screen.again or screen.show)(call)
    response = VoiceResponse()
    call.speaker.say(response, screen.wrong)
    for verb in again.verbs:
        response.append(verb)
    return response


async def take_own_pin(call: Call) -> VoiceResponse | None:
    """A PIN at a phone that we rang back: with the first key, somebody is known to listen."""
    message = open_spoken(call.standing.said)
    if call.digits and message and message.template is Template.RING_BACK:
        await messages.note_heard(call, message)
    return await entering.take_pin_alone(call)


SCREENS: Final[Mapping[str, Screen]] = {
    "language": Screen(entering.ask_language, entering.take_language, entering.ask_language, is_private=False),
    "reference": Screen(entering.ask_reference, entering.take_reference, entering.ask_language, is_private=False),
    "pin": Screen(
        entering.ask_pin,
        entering.take_pin,
        entering.ask_reference,
        wrong="not-right",
        again=entering.ask_reference,
        is_private=False,
    ),
    "own_pin": Screen(
        entering.ask_pin_alone, take_own_pin, messages.open_message, wrong="pin-not-right", is_private=False
    ),
    "opened": Screen(messages.open_message, messages.take_opened, messages.open_message, is_private=False),
    "message": Screen(messages.tell_message, messages.take_answer, messages.open_message, is_private=False),
    "menu": Screen(menu.tell_status, menu.take_key, menu.tell_menu),
    "meetings": Screen(menu.tell_meetings, menu.nothing_to_take, menu.tell_menu),
    "stop": Screen(menu.ask_to_stop, menu.take_stop, menu.tell_menu),
    "visit": Screen(visits.tell_next, visits.take_visit, menu.tell_menu),
    "give_back": Screen(visits.ask_to_give_back, visits.take_give_back, visits.tell_next),
    "offer": Screen(visits.offer, visits.take_offer, menu.tell_menu),
    "held": Screen(visits.tell_held, visits.take_held, menu.tell_menu),
    "places": Screen(visits.ask_places, visits.take_places, visits.offer),
}

"""Visits by call: the next one, giving it back, and booking the next free place, day by day."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from twilio.twiml.voice_response import VoiceResponse

from portal import audit
from portal.languages import LANGUAGES
from portal.limits import Limit, reference_index
from portal.local_text import in_language
from portal.outcomes import Outcome
from portal.outcomes import ask as ask_part
from portal.phone.voice import menu
from portal.phone.voice.call import Call, ask, keep
from portal.phone.voice.speaking import Moment, Part, Words
from portal.visits import find_session, find_visit, next_visit, open_offer, open_sessions
from shared.messages.appointments import (
    AnswerOffer,
    BookVisit,
    CancelVisit,
    VisitBooked,
    VisitCancelled,
    WaitingChanged,
)
from shared.messages.model import Command, Event

OFFERED = 5
MOST_PLACES = 6
CONTACT = "SELECT contact, governorate FROM family_file WHERE reference = %(reference)s"


async def tell_next(call: Call) -> VoiceResponse:
    """The next visit of the report."""
    row = await next_visit(call.database, call.standing.reference, call.at)
    if row is None:
        return await menu.tell_menu(call, "no-visit")
    call = await keep(call, visit=str(row["visit"]))
    return ask(call, "visit", "next-visit", *_when_and_where(call, row), "give-back", "back")


async def take_visit(call: Call) -> VoiceResponse | None:
    """7 asks to give the visit back."""
    return await ask_to_give_back(await keep(call, tries=0)) if call.digits == "7" else None


async def ask_to_give_back(call: Call) -> VoiceResponse:
    """Ask once more."""
    return ask(call, "give_back", "sure-give-back", "back")


async def take_give_back(call: Call) -> VoiceResponse | None:
    """The visit is given back, where it is still there."""
    if call.digits != "1" or not call.standing.visit:
        return None
    visit = UUID(call.standing.visit)
    row = await find_visit(call.database, call.standing.reference, visit)
    if row is None or row["state"] != "booked":
        return await menu.tell_menu(call, "no-visit")
    outcome = await _carry_out(call, CancelVisit(visit=visit, actor=call.family), VisitCancelled, "cancelled_visit")
    said = {"done": "given-back", "refused": "no-visit"}.get(outcome.state, "will-tell")
    return await menu.tell_menu(await keep(call, tries=0, visit=""), said)


async def begin_to_offer(call: Call) -> VoiceResponse:
    """What is held for the family comes first; else the days that have room."""
    if await open_offer(call.database, call.standing.reference, call.at):
        return await tell_held(await keep(call, tries=0))
    return await offer_days(call)


async def tell_held(call: Call) -> VoiceResponse:
    """The places that are held for the family, while they are."""
    held = await open_offer(call.database, call.standing.reference, call.at)
    if held is None:
        return await menu.tell_menu(call, "no-longer-free")
    return ask(call, "held", "next-place", *_when_and_where(call, {**held, "site": held}), "offer-keys", "back")


async def take_held(call: Call) -> VoiceResponse | None:
    """1 takes what is held, 2 hears of other days; the family may still take what is held until its time is over."""
    if call.digits == "2":
        return await offer_days(await keep(call, tries=0))
    held = await open_offer(call.database, call.standing.reference, call.at)
    if call.digits != "1" or held is None:
        return None
    command = AnswerOffer(actor=call.family, entry=held["entry"], offer=held["offer"], accepts=True)
    outcome = await _carry_out(call, command, WaitingChanged, "answered_offer")
    return await _tell_booked(await keep(call, tries=0), outcome)


async def offer_days(call: Call) -> VoiceResponse:
    """Offer the first of the next days that have room, those near the family first."""
    file = await call.database.one(CONTACT, {"reference": call.standing.reference})
    near = file["governorate"] if file else None
    days = await open_sessions(call.database, call.at, near=near, most=OFFERED)
    return await offer(await keep(call, sessions=[str(day["session"]) for day in days], place=0))


async def offer(call: Call) -> VoiceResponse:
    """Offer the day that the caller has come to."""
    session = _offered(call)
    day = await find_session(call.database, session) if session else None
    if day is None:
        return await menu.tell_menu(call, "no-places")
    return ask(call, "offer", "next-place", *_when_and_where(call, day), "offer-keys", "back")


async def take_offer(call: Call) -> VoiceResponse | None:
    """1 books this day, 2 asks for another; after the last one comes the first again."""
    if call.digits == "1" and _offered(call):
        return await ask_places(await keep(call, tries=0))
    if call.digits == "2" and call.standing.sessions:
        place = (call.standing.place + 1) % len(call.standing.sessions)
        return await offer(await keep(call, tries=0, place=place))
    return None


async def ask_places(call: Call) -> VoiceResponse:
    """How many come?"""
    return ask(call, "places", "how-many", "back")


async def take_places(call: Call) -> VoiceResponse | None:
    """Book, and say how it ended; where that takes longer, the family hears of it as it chose."""
    session = _offered(call)
    if session is None or call.digits not in {str(n) for n in range(1, MOST_PLACES + 1)}:
        return None
    file = await call.database.one(CONTACT, {"reference": call.standing.reference})
    if file is None or not await _may_ask(call):
        return await menu.tell_menu(call, "no-places")
    command = BookVisit(
        actor=call.family,
        visit=uuid4(),
        reference=call.standing.reference,
        session=session,
        places=int(call.digits),
        contact=file["contact"],
    )
    outcome = await _carry_out(call, command, VisitBooked, "asked_visit")
    return await _tell_booked(await keep(call, tries=0, sessions=[]), outcome)


async def _tell_booked(call: Call, outcome: Outcome) -> VoiceResponse:
    """Whether the places are the family's; who has them already hears the same as who has just got them."""
    said = {"done": "booked", "refused": "no-longer-free"}.get(outcome.state, "will-tell")
    has_already = outcome.is_refused and (outcome.reason or "").startswith("already")
    return await menu.tell_menu(call, "booked" if has_already else said)


async def _may_ask(call: Call) -> bool:
    return await call.limits.has_room(Limit.REQUESTS_FOR_CASE, reference_index(call.standing.reference))


async def _carry_out(call: Call, command: Command, settled_by: type[Event], action: str) -> Outcome:
    file = await call.database.one(CONTACT, {"reference": call.standing.reference})
    contact = file["contact"] if file else None
    async with call.database.transaction() as cursor:
        command_id = await ask_part(cursor, command, call.at, settled_by=settled_by, contact=contact)
        await audit.append(cursor, call.at, "family", action, call.standing.reference)
    return await call.outcomes.wait_for(command_id)


def _offered(call: Call) -> UUID | None:
    sessions, place = call.standing.sessions, call.standing.place
    return UUID(sessions[place]) if place < len(sessions) else None


def _when_and_where(call: Call, row: Any) -> list[Part]:
    site, starts_at = row["site"], row["starts_at"]
    at = datetime.fromisoformat(starts_at) if isinstance(starts_at, str) else starts_at
    return [Moment(at, site["time_zone"]), "place", Words(in_language(site["name"], LANGUAGES[call.lang].code))]

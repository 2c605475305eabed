"""Booking by text: BOOK offers the next days near the family as numbers; a number, and how many come, books. Where
nothing is free, a YES goes on the waiting list."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from portal import audit
from portal.database import Cursor, Row
from portal.languages import LANGUAGES
from portal.local_text import in_language
from portal.outcomes import ask
from portal.phone.answers import answer
from portal.phone.callers import Caller, File
from portal.phone.conversations import Question, ask_question, end_question
from portal.phone.grammar import Wish
from portal.phone.keywords import Keyword
from portal.visits import OFFER, OFFERS, OPEN_OFFER
from shared.messages.appointments import (
    AnswerOffer,
    BookVisit,
    CancelVisit,
    JoinWaitingList,
    VisitBooked,
    VisitCancelled,
    WaitingChanged,
)
from shared.messages.gateway import Template
from shared.messages.model import FamilyActor

OFFERED = 3
MOST_PLACES = 6
LONGEST_NAME = 13
NEXT_VISIT = """
SELECT v.visit, v.reference, v.starts_at, t.name, t.time_zone FROM visit v JOIN site t ON t.site = v.site
WHERE v.reference = ANY(%(references)s) AND v.state = 'booked' AND v.starts_at > %(at)s
    AND v.starts_at < '2101-01-01Z'
ORDER BY v.starts_at LIMIT 1
"""
MINE = "SELECT visit FROM visit WHERE visit = %(visit)s AND reference = %(reference)s AND state = 'booked'"


async def offer(cursor: Cursor, caller: Caller, file: File, places: int | None, at: datetime) -> None:
    """Offer the next days that have room, those near the family first."""
    places = places if places and 1 <= places <= MOST_PLACES else None
    asked = {"at": at, "near": file.governorate, "places": places or 1, "most": OFFERED}
    await cursor.execute(OFFERS, asked)
    days = await cursor.fetchall()
    if not days:
        await _offer_the_line(cursor, caller, file, places, at)
        return
    options = "\n".join(f"{n} {_day(day, file.language)}" for n, day in enumerate(days, 1))
    question = Question("choose_session", file.reference, [str(d["session"]) for d in days], places)
    await ask_question(cursor, caller.phone_index, question, at)
    await answer(cursor, caller, at, Template.OFFER_SESSIONS, {"options": options}, file=file)


def _day(day: Row, language: str) -> str:
    starts = day["starts_at"].astimezone(ZoneInfo(day["site"]["time_zone"]))
    name = in_language(day["site"]["name"], LANGUAGES[language].code)
    return f"{starts:%d/%m %H:%M} {shortened(name)}"


def shortened(name: str) -> str:
    """A name that three lines and the words around them leave room for in two parts."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"


async def tell_visit(cursor: Cursor, caller: Caller, files: Sequence[File], at: datetime) -> None:
    """Tell the next visit of these files; a NO after it asks whether to give it back."""
    await cursor.execute(NEXT_VISIT, {"references": [f.reference for f in files], "at": at})
    row = await cursor.fetchone()
    if row is None:
        await answer(cursor, caller, at, Template.NO_VISIT, file=files[0])
        return
    file = next(f for f in files if f.reference == row["reference"])
    await ask_question(cursor, caller.phone_index, Question("seen_visit", file.reference, [str(row["visit"])]), at)
    values = {"ref": file.reference, "starts_at": row["starts_at"], "place": row["name"]}
    await answer(cursor, caller, at, Template.VISIT, values, file=file, time_zone=row["time_zone"])


async def go_on(cursor: Cursor, caller: Caller, question: Question, wish: Wish, at: datetime) -> bool:
    """Take an answer to an open question. Returns whether it was one."""
    file = caller.file(question.reference)
    if file is None:
        return False
    match question.state:
        case "choose_session":
            return await _choose_session(cursor, caller, file, question, wish, at)
        case "choose_places":
            return await _choose_places(cursor, caller, file, question, wish, at)
        case "seen_visit" if wish.keyword is Keyword.NO:
            await ask_question(
                cursor, caller.phone_index, Question("cancel_visit", file.reference, question.options), at
            )
            await answer(cursor, caller, at, Template.ASK_CANCEL_VISIT, file=file)
            return True
        case "cancel_visit" if wish.keyword is Keyword.YES:
            await _cancel(cursor, caller, file, UUID(question.options[0]), at)
            return True
        case "cancel_visit" if wish.keyword is Keyword.NO:
            await tell_visit(cursor, caller, (file,), at)
            return True
        case "join_waiting" if wish.keyword is Keyword.YES:
            await _join(cursor, caller, file, wish.number or question.places or 1, at)
            return True
        case "join_waiting" if wish.keyword is Keyword.NO:
            await end_question(cursor, caller.phone_index)
            await answer(cursor, caller, at, Template.REPLY_THANKS, file=file)
            return True
        case _:
            return False


async def answer_held(cursor: Cursor, caller: Caller, files: Sequence[File], wish: Wish, at: datetime) -> bool:
    """Take a YES or NO to the places that are held for one of these files. Returns whether any are.

    A number of people beside it that is not the number of these places answers something else.
    """
    await cursor.execute(OPEN_OFFER, {"references": [f.reference for f in files], "at": at})
    held = await cursor.fetchone()
    if held is None or wish.number not in (None, held["places"]):
        return False
    accepts = wish.keyword is Keyword.YES
    command = AnswerOffer(
        actor=FamilyActor(reference=held["reference"]), entry=held["entry"], offer=held["offer"], accepts=accepts
    )
    await ask(cursor, command, at, settled_by=WaitingChanged, contact=held["contact"], by_text=True)
    await audit.append(cursor, at, "family", "answered_offer", held["reference"])
    if not accepts:  # to a yes the appointment's own text is the answer
        file = next(f for f in files if f.reference == held["reference"])
        await answer(cursor, caller, at, Template.REPLY_THANKS, file=file)
    return True


async def _choose_session(
    cursor: Cursor, caller: Caller, file: File, question: Question, wish: Wish, at: datetime
) -> bool:
    if wish.number is None or not 1 <= wish.number <= len(question.options):
        return False
    session = question.options[wish.number - 1]
    if question.places is None:
        await ask_question(cursor, caller.phone_index, Question("choose_places", file.reference, [session]), at)
        await answer(cursor, caller, at, Template.ASK_PLACES, file=file)
        return True
    await _book(cursor, caller, file, UUID(session), question.places, at)
    return True


async def _choose_places(
    cursor: Cursor, caller: Caller, file: File, question: Question, wish: Wish, at: datetime
) -> bool:
    if wish.number is None or not 1 <= wish.number <= MOST_PLACES:
        return False
    await _book(cursor, caller, file, UUID(question.options[0]), wish.number, at)
    return True


async def _book(cursor: Cursor, caller: Caller, file: File, session: UUID, places: int, at: datetime) -> None:
    """Ask for the places. The gateway's text tells that they are booked, the projector's that they are not."""
    await cursor.execute(OFFER, {"session": session})
    if await cursor.fetchone() is None:
        await _offer_the_line(cursor, caller, file, places, at)
        return
    await end_question(cursor, caller.phone_index)
    command = BookVisit(
        actor=file.actor, visit=uuid4(), reference=file.reference, session=session, places=places, contact=file.contact
    )
    await ask(cursor, command, at, settled_by=VisitBooked, contact=file.contact, by_text=True)
    await audit.append(cursor, at, "family", "asked_visit", file.reference)


async def _offer_the_line(cursor: Cursor, caller: Caller, file: File, places: int | None, at: datetime) -> None:
    question = Question("join_waiting", file.reference, places=places)
    await ask_question(cursor, caller.phone_index, question, at)
    await answer(cursor, caller, at, Template.NO_PLACES, file=file)


async def _join(cursor: Cursor, caller: Caller, file: File, places: int, at: datetime) -> None:
    """Put the family into the line of its governorate, which tells it so; without one a person has to ask where."""
    await end_question(cursor, caller.phone_index)
    if file.governorate is None:
        await answer(cursor, caller, at, Template.CONTACT_US, {"ref": file.reference}, file=file)
        return
    command = JoinWaitingList(
        actor=file.actor,
        entry=uuid4(),
        reference=file.reference,
        contact=file.contact,
        places=min(places, MOST_PLACES),
        governorate=file.governorate,
    )
    await ask(cursor, command, at, settled_by=WaitingChanged, contact=file.contact, by_text=True)
    await audit.append(cursor, at, "family", "joined_waiting_list", file.reference)


async def _cancel(cursor: Cursor, caller: Caller, file: File, visit: UUID, at: datetime) -> None:
    await end_question(cursor, caller.phone_index)
    await cursor.execute(MINE, {"visit": visit, "reference": file.reference})
    if await cursor.fetchone() is None:
        await answer(cursor, caller, at, Template.NO_VISIT, file=file)
        return
    await ask(
        cursor,
        CancelVisit(visit=visit, actor=file.actor),
        at,
        settled_by=VisitCancelled,
        contact=file.contact,
        by_text=True,
    )
    await audit.append(cursor, at, "family", "cancelled_visit", file.reference)

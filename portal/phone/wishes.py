"""What a text asks for, carried out. A text can at most ask for the status at the level that the family chose, stop,
change the language, book or give a visit back; each is told to the registered phone."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from portal import audit
from portal.concerns import raising
from portal.database import Cursor
from portal.outcomes import ask
from portal.phone import bookings
from portal.phone.answers import answer
from portal.phone.callers import Caller, File
from portal.phone.conversations import Question, ask_question, end_question, open_question
from portal.phone.grammar import Wish
from portal.phone.keywords import Keyword
from shared.messages.gateway import OptIn, OptOut, Template, Values
from shared.messages.outreach import RecordReply
from shared.messages.reports import ConcernChanged, SetConsent, SetContact
from shared.messaging.outbox import publish_async
from shared.references import show_reference

QUESTION_COUNTS_FOR = timedelta(days=30)
LAST_QUESTION = """
SELECT contact, notice FROM last_question WHERE contact = ANY(%(contacts)s) AND asked_at > %(since)s
ORDER BY asked_at DESC LIMIT 1
"""
ASK_FOR_CALL = """
INSERT INTO call_request (reference, asked_at) VALUES (%(reference)s, %(at)s) ON CONFLICT DO NOTHING
"""
MOST_LISTED = 3
A_STORY = 60
ASKS_SOMETHING = {"please_contact_us", "samples_needed", "more_information_needed"}


@dataclass(frozen=True, slots=True)
class Heard:
    """A text as it was understood, and the transaction in which it is carried out."""

    cursor: Cursor
    caller: Caller
    wish: Wish
    at: datetime
    carrier_handled: str = ""
    has_pictures: bool = False
    words: str = ""
    """What was written, as it came."""

    @property
    def files(self) -> Sequence[File]:
        """The files that the text is about: the one it names, else all of its phone."""
        if self.wish.reference is None:
            return self.caller.files
        named = self.caller.file(self.wish.reference)
        return (named,) if named else ()


async def carry_out(heard: Heard) -> None:
    """Do what a text asks for, and answer it."""
    keyword = heard.wish.keyword
    if heard.carrier_handled in {"STOP", "START", "HELP"}:
        keyword = Keyword(heard.carrier_handled.lower())
    if keyword in (Keyword.STOP, Keyword.START):
        await (_stop if keyword is Keyword.STOP else _start)(heard)
        return
    # A phone without files is looked up as well: it must not be answered sooner.
    question = await open_question(heard.cursor, heard.caller.phone_index, heard.at)
    if not heard.files:
        await _nothing_of_this_phone(heard)
    elif not (question and question.state == "choose_file" and await _choose_file(heard, question)):
        await (CARRIED_OUT_BY[keyword](heard) if keyword in CARRIED_OUT_BY else _answer_to_question(heard, question))


async def _nothing_of_this_phone(heard: Heard) -> None:
    """Whoever names a reference that is not this phone's goes on record, like a family that asks for its own."""
    await _help(heard)
    if heard.wish.reference:
        await audit.append(heard.cursor, heard.at, "family", "named_another_reference", heard.wish.reference)


async def _stop(heard: Heard) -> None:
    """Stop everything to this phone; with a reference of its own, only what concerns that file."""
    named = heard.caller.file(heard.wish.reference) if heard.wish.reference else None
    if named is not None:
        return await _stop_file(heard, named)
    command = OptOut(
        phone=heard.caller.sealed_phone,
        phone_index=heard.caller.phone_index,
        language=heard.caller.language,
        confirmed_by_carrier=heard.carrier_handled == "STOP",
    )
    await publish_async(heard.cursor, command, at=heard.at)
    return await _audit(heard, "stopped_texts")


async def _stop_file(heard: Heard, file: File) -> None:
    command = SetConsent(
        actor=file.actor, reference=file.reference, purpose="contact", is_given=False, language=file.language
    )
    await publish_async(heard.cursor, command, at=heard.at)
    await answer(heard.cursor, heard.caller, heard.at, Template.OPTOUT_FILE, {"ref": file.reference}, file=file)
    await audit.append(heard.cursor, heard.at, "family", "stopped_texts_of_file", file.reference)


async def _start(heard: Heard) -> None:
    command = OptIn(
        phone=heard.caller.sealed_phone, phone_index=heard.caller.phone_index, language=heard.caller.language
    )
    await publish_async(heard.cursor, command, at=heard.at)
    for file in heard.caller.files:
        if not file.consent_contact:
            again = SetConsent(
                actor=file.actor,
                reference=file.reference,
                purpose="contact",
                recipient="sms",
                is_given=True,
                language=file.language,
            )
            await publish_async(heard.cursor, again, at=heard.at)
    await _audit(heard, "resumed_texts")


async def _ask_which(heard: Heard, wish: Keyword) -> None:
    """Several files on one phone: a number names one, or its reference; the wish is kept meanwhile."""
    listed = [file.reference for file in heard.files[:MOST_LISTED]]
    question = Question("choose_file", wish, listed, heard.wish.number if wish is Keyword.BOOK else None)
    await ask_question(heard.cursor, heard.caller.phone_index, question, heard.at)
    options = "\n".join(f"{n} {show_reference(reference)}" for n, reference in enumerate(listed, 1))
    values: Values = {"count": len(heard.files), "options": options}
    await answer(heard.cursor, heard.caller, heard.at, Template.CHOOSE_FILE, values)


async def _choose_file(heard: Heard, question: Question) -> bool:
    """The number of a file, or its reference alone, goes on with what was wished before."""
    wish, chosen = heard.wish, heard.wish.reference
    if wish.number is not None and wish.keyword is None and 1 <= wish.number <= len(question.options):
        chosen = question.options[wish.number - 1]
    if chosen is None or not (wish.keyword is None or wish.is_bare) or question.reference not in set(Keyword):
        return False
    asked = Keyword(question.reference)
    await end_question(heard.cursor, heard.caller.phone_index)
    named = replace(heard, wish=Wish(asked, reference=chosen, number=question.places))
    await (CARRIED_OUT_BY[asked](named) if named.files else _help(heard))
    return True


async def _status(heard: Heard) -> None:
    if len(heard.files) > 1:
        await _ask_which(heard, Keyword.STATUS)
        return
    [file] = heard.files
    template, values = status_answer(file)
    await answer(heard.cursor, heard.caller, heard.at, template, values, file=file)
    await audit.append(heard.cursor, heard.at, "family", "asked_status_by_text", file.reference)


def status_answer(file: File) -> tuple[Template, Values]:
    """A file's status at the level that its family chose: neutral says only whether we would like to hear from them."""
    if file.detail == "detailed":
        return Template.STATUS, {"ref": file.reference, "status": file.status}
    template = Template.CONTACT_US if file.status in ASKS_SOMETHING else Template.STATUS_NEUTRAL
    return template, {"ref": file.reference}


async def _book(heard: Heard) -> None:
    if len(heard.files) > 1:
        await _ask_which(heard, Keyword.BOOK)
        return
    [file] = heard.files
    await bookings.offer(heard.cursor, heard.caller, file, heard.wish.number, heard.at)


async def _visit(heard: Heard) -> None:
    await bookings.tell_visit(heard.cursor, heard.caller, heard.files, heard.at)


async def _language(heard: Heard) -> None:
    language = heard.wish.language
    if language is None:
        await _help(heard)
        return
    for file in heard.files:
        command = SetContact(actor=file.actor, reference=file.reference, language=language)  # pyright: ignore[reportArgumentType]
        await publish_async(heard.cursor, command, at=heard.at)
    await answer(heard.cursor, heard.caller, heard.at, Template.LANGUAGE_CHANGED, language=language)
    await _audit(heard, "changed_language")


async def _call(heard: Heard) -> None:
    for file in heard.files[:1]:
        await heard.cursor.execute(ASK_FOR_CALL, {"reference": file.reference, "at": heard.at})
        await answer(heard.cursor, heard.caller, heard.at, Template.CALL_REQUESTED, file=file)


async def _story(heard: Heard) -> None:
    """Whoever writes so much wants to be read: the words go to the case's desk, and a person calls.

    On a phone with several files nobody knows whose words they are, and another's page must not show them.
    """
    if len(heard.files) == 1:
        [file] = heard.files
        said = raising(file.reference, uuid4(), "question", "text", heard.words)
        await ask(heard.cursor, said, heard.at, settled_by=ConcernChanged, contact=file.contact)
        await audit.append(heard.cursor, heard.at, "family", "raised_concern", file.reference)
    await _call(heard)


async def _help(heard: Heard) -> None:
    template = Template.NO_PICTURES if heard.has_pictures else Template.HELP
    await answer(heard.cursor, heard.caller, heard.at, template)


async def _answer_to_question(heard: Heard, question: Question | None) -> None:
    """A number, a YES or a NO: to the question that is open, else to what is held for the family, for that has an end,
    else to the last notice."""
    if question and await bookings.go_on(heard.cursor, heard.caller, question, heard.wish, heard.at):
        return
    if heard.wish.keyword in (Keyword.YES, Keyword.NO):
        if await bookings.answer_held(heard.cursor, heard.caller, heard.files, heard.wish, heard.at):
            return
        await _reply(heard, "yes" if heard.wish.keyword is Keyword.YES else "no")
    elif sum(map(str.isalpha, heard.words)) >= A_STORY:
        await _story(heard)
    else:
        await _help(heard)


async def _reply(heard: Heard, given: str) -> None:
    asked = {"contacts": [f.contact for f in heard.caller.files], "since": heard.at - QUESTION_COUNTS_FOR}
    await heard.cursor.execute(LAST_QUESTION, asked)
    row = await heard.cursor.fetchone()
    if row is None:
        await _help(heard)
        return
    contact: UUID = row["contact"]
    people = min(max(heard.wish.number or 1, 1), 12)
    file = next(f for f in heard.caller.files if f.contact == contact)
    reply = RecordReply(
        actor=file.actor,
        contact=contact,
        notice=row["notice"],
        answer=given,  # pyright: ignore[reportArgumentType]
        people=people,
    )
    await publish_async(heard.cursor, reply, at=heard.at)
    await answer(heard.cursor, heard.caller, heard.at, Template.REPLY_THANKS, file=file)


async def _audit(heard: Heard, action: str) -> None:
    for file in heard.files:
        await audit.append(heard.cursor, heard.at, "family", action, file.reference)


CARRIED_OUT_BY: Final[dict[Keyword | None, Callable[[Heard], Awaitable[None]]]] = {
    Keyword.STATUS: _status,
    Keyword.BOOK: _book,
    Keyword.VISIT: _visit,
    Keyword.LANGUAGE: _language,
    Keyword.CALL: _call,
    Keyword.HELP: _help,
}

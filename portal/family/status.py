"""A family's own page: where its report stands, and how it wants to be told."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from portal import audit, pins
from portal.at_hand import database_of, limits_of, outcomes_of
from portal.family.answering import form_page, see
from portal.family.login import ask_reference
from portal.family.own.reading import concern_view, day_of, more_view, names_for, questions_of, readable
from portal.family.views import MeetingView, MoreView, Preferences, StatusView, Step, VisitView, WaitingLine
from portal.files import FamilyFile, of_family
from portal.forms import posted
from portal.languages import LANGUAGES
from portal.limits import Limit, reference_index
from portal.meetings import meeting_view
from portal.outcomes import Outcome, ask
from portal.sessions import tell
from portal.visits import visit_view
from shared.database import utc_now
from shared.messages.gateway import OptIn
from shared.messages.model import Command, FamilyActor
from shared.messages.reports import ReportChanged, SetConsent, SetContact
from shared.messaging.outbox import publish_async

CONSENT_TEXT = "2026-11"
"""The version of the words that these pages ask for consent with."""
NEEDS = {
    "first_sample": "samples",
    "more_samples": "more_samples",
    "confirm_phone": "phone",
    "more_information": "question",
}
"""What the record calls a need → what the page calls it."""


async def show_status(request: Request) -> Response:
    """The family's page; without a session, the page that asks for the reference."""
    file = await of_family(request)
    if file is None:
        return await ask_reference(request)
    return await _status_page(request, file, shows_more=file.detail == "detailed")


async def show_more(request: Request) -> Response:
    """The same page with all that there is to read, for a family that chose to be shown little."""
    file = await of_family(request)
    return await _status_page(request, file, shows_more=True) if file else see(request, "status")


async def _status_page(request: Request, file: FamilyFile, *, shows_more: bool) -> Response:
    more = await more_view(database_of(request), file, request.state.lang) if shows_more else None
    names = await names_for(database_of(request), file, request.state.lang)
    report = status_view(file, request.state.lang, more, names)
    request_ids = [str(uuid4()) for _ in report.questions]
    return form_page(request, "family/status.html", report=report, request_ids=request_ids, at="status")


async def show_receipt(request: Request) -> Response:
    """That a report is with us, to be printed: it names nobody."""
    file = await of_family(request)
    if file is None:
        return see(request, "status")
    more = await more_view(database_of(request), file, request.state.lang)
    report = status_view(file, request.state.lang, more)
    return form_page(request, "family/own/receipt.html", report=report, at="status/receipt")


def status_view(
    file: FamilyFile, lang: str, more: MoreView | None = None, names: Mapping[str, str] = MappingProxyType({})
) -> StatusView:
    """A file as its page shows it, in a language; `names` are those of institutions, by code."""
    return StatusView(
        reference=file.reference,
        status=file.status,
        timeline=_timeline(file.timeline),
        preferences=_preferences(file),
        needs=tuple(NEEDS[need] for need in file.needs if need in NEEDS),
        visits=_visits(file, lang),
        waiting=tuple(_waiting(line) for line in file.waiting or ()),
        meetings=_meetings(file, lang),
        concerns=tuple(concern_view(row, names) for row in file.concerns or ()),
        questions=questions_of(file, names),
        more=more,
        wants_to_wait=file.wants_to_wait,
        is_open=file.is_open,
        unsent=file.unsent or "",
        notice=file.notice,
    )


def _timeline(entries: list[dict[str, Any]]) -> tuple[Step, ...]:
    newest_first = sorted(readable(entries), key=lambda entry: entry["at"], reverse=True)
    return tuple(Step(entry["status"], day_of(entry["at"])) for entry in newest_first)


def _visits(file: FamilyFile, lang: str) -> tuple[VisitView, ...]:
    return tuple(visit_view(visit, lang) for visit in file.visits or () if visit["site"])


def _waiting(line: dict[str, Any]) -> WaitingLine:
    until = datetime.fromisoformat(line["until"]) if line["until"] else None
    return WaitingLine(UUID(line["entry"]), line["state"], until, line["zone"] or "Asia/Baghdad")


def _meetings(file: FamilyFile, lang: str) -> tuple[MeetingView, ...]:
    return tuple(meeting_view(meeting, lang) for meeting in file.meetings or ())


def _preferences(file: FamilyFile) -> Preferences:
    return Preferences(file.language, file.channel, file.detail, file.is_stopped)


async def show_preferences(request: Request) -> Response:
    """The page with the family's wishes."""
    file = await of_family(request)
    return _preferences_page(request, _preferences(file)) if file else see(request, "status")


def _preferences_page(request: Request, wishes: Preferences, errors: dict[str, str] | None = None) -> Response:
    shown = {"preferences": wishes, "errors": errors or {}, "at": "status/preferences"}
    return form_page(request, "family/preferences.html", 422 if errors else 200, **shown)


async def save_preferences(request: Request) -> Response:
    """The family's wishes: each change is told to the part that owns it."""
    form = await posted(request)
    file = await of_family(request)
    if file is None:
        return see(request, "status")
    wishes = Preferences(form["language"], form["channel"], form["detail"], form.has("stop"))
    if errors := _wrong(wishes):
        return _preferences_page(request, wishes, errors)
    await limits_of(request).count(Limit.REQUESTS_FOR_CASE, reference_index(file.reference))
    outcomes = await _tell_wishes(request, file, wishes)
    is_done = all(outcome.state == "done" for outcome in outcomes)
    await tell(database_of(request), file.token, "saved" if is_done else "asked")
    return see(request, "status")


def _wrong(wishes: Preferences) -> dict[str, str]:
    allowed = {"language": LANGUAGES.keys(), "channel": {"sms", "call", "whatsapp"}, "detail": {"neutral", "detailed"}}
    return {name: "choose" for name, values in allowed.items() if getattr(wishes, name) not in values}


async def _tell_wishes(request: Request, file: FamilyFile, wishes: Preferences) -> list[Outcome]:
    commands, at = list(_changes(file, wishes)), utc_now()
    async with database_of(request).transaction() as cursor:
        if wakes := _takes_texts_again(file, wishes):
            await publish_async(cursor, wakes, at=at)
        asked = [await ask(cursor, c, at, settled_by=ReportChanged, contact=file.contact) for c in commands]
        if commands:
            await audit.append(cursor, at, "family", "set_preferences", file.reference)
    return [await outcomes_of(request).wait_for(command) for command in asked]


def _changes(file: FamilyFile, wishes: Preferences) -> list[Command]:
    commands = list[Command]()
    if (wishes.language, wishes.channel, wishes.detail) != (file.language, file.channel, file.detail):
        chosen: dict[str, Any] = {"language": wishes.language, "channel": wishes.channel, "detail": wishes.detail}
        commands.append(SetContact(reference=file.reference, actor=file.actor, **chosen))
    if wishes.is_stopped != file.is_stopped and wishes.is_stopped == file.may_be_told:
        commands.append(_contact_consent(file.reference, is_given=not wishes.is_stopped))
    return commands


def _contact_consent(reference: str, *, is_given: bool) -> SetConsent:
    return SetConsent(
        actor=FamilyActor(reference=reference),
        reference=reference,
        purpose="contact",
        recipient=None,
        is_given=is_given,
        text_version=CONSENT_TEXT,
    )


def _takes_texts_again(file: FamilyFile, wishes: Preferences) -> OptIn | None:
    if wishes.is_stopped or not file.has_opted_out or not file.sealed_phone or not file.phone_index:
        return None
    language: Any = wishes.language
    return OptIn(phone=file.sealed_phone, phone_index=file.phone_index, language=language)


async def make_new_pin(request: Request) -> Response:
    """A new PIN, shown this once."""
    await posted(request)
    file = await of_family(request)
    if file is None:
        return see(request, "status")
    await limits_of(request).count(Limit.REQUESTS_FOR_CASE, reference_index(file.reference))
    at = utc_now()
    async with database_of(request).transaction() as cursor:
        pin = await pins.make_pin(cursor, file.reference, at)
        await audit.append(cursor, at, "family", "made_pin", file.reference)
    return form_page(request, "family/new_pin.html", pin=pin, at="status")

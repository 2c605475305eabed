"""How the console's pages are answered: what each shows, how a command is told, and how its outcome is said."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID, uuid4, uuid5

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal import audit
from portal.at_hand import database_of, outcomes_of, staff_reads_of
from portal.browsers import browser_of, remember_browser
from portal.database import Cursor
from portal.forms import Form
from portal.languages import can_be_shown, local_time
from portal.outcomes import Outcome, ask
from portal.pages import page
from portal.relations import named_in, own_relatives
from portal.staff import words
from portal.staff.access import ACCESS
from portal.staff.entrance.permits import Permit, read_permit, sealed_for
from portal.staff.entrance.sessions import Member
from portal.staff.fields import Fields
from shared.database import utc_now
from shared.messages.model import Command, Event

WAIT_S: Final = 2.0
LOOK_AGAIN_S: Final = 0.1
WAIT_FOR_REFUSAL_S: Final = 0.8
"""How long a page waits where only a refusal would be told."""

ASKED_FOR = 'SELECT kind, settled_by, asked_at, "values" FROM outcome WHERE command_id = %(id)s'
EMPTY: Final = Form(())


@dataclass(frozen=True, slots=True)
class Asked:
    """A command that was told, by its kind, since when, and with which values beside it."""

    kind: str
    settled_by: str | None
    asked_at: datetime
    values: Mapping[str, Any]

    def is_before(self, moment: str) -> bool:
        """Whether something that is dated by another part (ISO 8601) came after this was asked."""
        return datetime.fromisoformat(moment) > self.asked_at


Seen = Callable[[Asked], Awaitable[bool]]


def who(request: Request) -> Member:
    """The staff member who asks."""
    return request.state.member


def form_page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A page of the console, with the tokens that its forms carry.

    `form` is what was written before, `errors` what is wrong in it, `told` how a command ended.
    """
    request.state.lang = "en"
    member: Member | None = getattr(request.state, "member", None)
    shown = {
        "member": member,
        "places": [p for p in words.PLACES if member and member.has_totp and ACCESS[p.path] & member.roles],
        "here": request.url.path,
        "form": EMPTY,
        "errors": {},
        "told": None,
        "csrf_token": browser_of(request).csrf_token,
        "request_id": str(uuid4()),
        "when": show_moment,
        "refresh_s": None,
        **context,
    }
    response = page(request, template, status, at="", **shown)
    remember_browser(request, response)
    return response


def wrong(request: Request, template: str, fields: Fields, **context: Any) -> Response:
    """The same form again, with what is wrong in it."""
    return form_page(request, template, 422, form=fields.form, errors=fields.errors, **context)


def see(path: str, command: UUID | None = None) -> Response:
    """Send the browser on to a page, which says how a command ended."""
    return RedirectResponse(f"{path}?asked={command}" if command else path, 303, headers={"cache-control": "no-store"})


def show_moment(moment: datetime | str | None, zone: str = "Asia/Baghdad") -> str:
    """A moment as the clocks of a time zone show it; a dash where there is none."""
    if not moment:
        return "–"
    if not can_be_shown(moment):
        return "a time that is out of range"
    aware = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{local_time(aware, zone):%a %d %b %Y, %H:%M}"


async def read(request: Request, service: str, method: str, **arguments: Any) -> Any:
    """What a service answers: a list without its rows about relatives of whoever asks, or one thing.

    Raises StaffReadUnavailable, HTTPException 404 where the service found nothing, and OwnRelative.
    """
    answer = await read_unguarded(request, service, method, **arguments)
    own = await own_relatives(database_of(request), who(request).staff)
    if isinstance(answer, list):
        return own.shown(cast("list[Any]", answer))
    if await _note_refused(request, own.among(named_in(answer))):
        raise OwnRelative
    if isinstance(answer, dict) and "links" in answer:
        answer["links"] = own.shown(cast("list[Any]", answer["links"]))
    return cast("Any", answer)


async def read_unguarded(request: Request, service: str, method: str, **arguments: Any) -> Any:
    """What a service answers, own relatives' rows and all: for a page that shows none of it before it has asked
    `is_refused`. Raises StaffReadUnavailable, and HTTPException 404 where the service found nothing."""
    try:
        return await staff_reads_of(request).call(service, method, **arguments)
    except LookupError:
        raise HTTPException(404) from None


async def note(request: Request, action: str, subject: str, reason: str | None = None) -> None:
    """Put a look on record, before it is taken."""
    async with database_of(request).transaction() as cursor:
        await record(cursor, who(request), utc_now(), action, subject, reason)


async def record(
    cursor: Cursor, member: Member, at: datetime, action: str, subject: str, reason: str | None = None
) -> None:
    """Put on record, in the cursor's transaction, what a staff member looks at or changes."""
    await audit.append(
        cursor, at, "staff", action, subject, actor=member.staff, institution=member.institution, detail=reason
    )


OWN_RELATIVE = "This was declared as the report of a relative of yours. Please let a colleague do it."
"""Beside a reference that was written. It is declared whether or not there is such a report, so this tells nothing."""


class OwnRelative(HTTPException):
    """What was asked for is about a relative of whoever asks. It is answered as what does not exist."""

    def __init__(self) -> None:
        super().__init__(404)


async def is_refused(request: Request, *references: str) -> bool:
    """Whether one of these reports is about a relative of whoever asks; that it was asked for is then on record."""
    own = await own_relatives(database_of(request), who(request).staff)
    return await _note_refused(request, own.among(references))


async def _note_refused(request: Request, references: Collection[str]) -> bool:
    for reference in sorted(references):
        await note(request, "refused_own_relative", reference)
    return bool(references)


async def refuse_own_relative(request: Request, *references: str) -> None:
    """Put it on record and raise OwnRelative where one of these reports is about a relative of whoever asks."""
    if await is_refused(request, *references):
        raise OwnRelative


def permitted(request: Request, kind: str) -> Permit:
    """The permit in the page's address. Raises PermitOver."""
    return read_permit(who(request).staff, kind, request.path_params["permit"])


def permit_in(request: Request, given: Permit) -> str:
    """A permit for an address of this staff member's pages."""
    return sealed_for(who(request).staff, given)


async def tell(
    request: Request,
    form: Form,
    command: Command,
    action: str,
    subject: str,
    *,
    settled_by: type[Event] | None = None,
    reason: str | None = None,
    values: Mapping[str, Any] | None = None,
    about: Iterable[str] = (),
) -> UUID:
    """Tell a command and put it on record, in one transaction. A form that was sent twice tells it once.

    `about` is the reports that the command is about where it does not name them, by their references. Returns the
    command's id. Raises HTTPException 400 where the form has no id of its own, and OwnRelative.
    """
    named = named_in(command.model_dump(include={"reference", "references"}))
    await refuse_own_relative(request, subject, *named, *about)
    at, request_id = utc_now(), request_id_of(form, command.kind)
    async with database_of(request).transaction() as cursor:
        command_id = await ask(cursor, command, at, settled_by=settled_by, request_id=request_id, values=values)
        await record(cursor, who(request), at, action, subject, reason)
    return command_id


def request_id_of(form: Form, kind: str) -> UUID:
    """By which a form that is sent again is known: the page's id, what is asked, and what was written.

    So the other forms of a page, and the same one with something else in it, count as new. Raises HTTPException 400.
    """
    written = sorted(field for field in form.fields if field[0] not in {"csrf", "request_id"})
    try:
        return uuid5(UUID(form["request_id"]), json.dumps([kind, written]))
    except ValueError:
        raise HTTPException(400) from None


@dataclass(frozen=True, slots=True)
class Told:
    """How a command ended, in words: `done`, `refused`, or still `asked`."""

    state: str
    words: str


async def told(request: Request, seen: Seen | None = None) -> Told | None:
    """How the command ended that the page's address names, waiting up to about 2 s; None where it names none.

    `seen` looks whether its effect can be read, where no event may tell that it was carried out.
    """
    try:
        command_id = UUID(request.query_params.get("asked", ""))
    except ValueError:
        return None
    row = await database_of(request).one(ASKED_FOR, {"id": command_id})
    if row is None:
        return None
    return _in_words(row["kind"], await outcome_of(request, command_id, Asked(**row), seen))


async def outcome_of(request: Request, command_id: UUID, asked: Asked, seen: Seen | None = None) -> Outcome:
    """How a command ended, waiting as long as its answer may take."""
    outcomes = outcomes_of(request)
    if seen is None:
        return await outcomes.wait_for(command_id, WAIT_S if asked.settled_by else WAIT_FOR_REFUSAL_S)
    ends_at = asyncio.get_running_loop().time() + WAIT_S
    while True:
        outcome = await outcomes.look(command_id)
        if outcome.state != "asked":
            return outcome
        if await seen(asked):
            return Outcome("done")
        if asyncio.get_running_loop().time() > ends_at:
            return outcome
        await asyncio.sleep(LOOK_AGAIN_S)


def _in_words(kind: str, outcome: Outcome) -> Told:
    if outcome.is_refused:
        return Told("refused", words.refusal(kind, outcome.reason or ""))
    if outcome.state == "done":
        return Told("done", words.DONE.get(kind, "Done."))
    return Told("asked", words.ASKED_OF.get(kind, words.ASKED))

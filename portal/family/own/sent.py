"""What a family sends from its own pages: read, bound to its session, and kept where the session is over already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal import audit
from portal.at_hand import database_of, limits_of, outcomes_of
from portal.database import Database
from portal.family.answering import see
from portal.files import FamilyFile, of_family
from portal.forms import Form, StaleForm, posted
from portal.limits import Limit, reference_index
from portal.outcomes import ASKED_BEFORE, Outcome, ask
from portal.sealed_words import sealed, unsealed
from portal.sessions import OF_DEAD_SESSION, Notice, tell, token_of
from shared.database import utc_now
from shared.messages.model import Command, Event

KEPT_FOR = timedelta(hours=1)
KEEP = """
INSERT INTO kept_words (reference, form, sealed_words, expires_at)
VALUES (%(reference)s, %(form)s, %(words)s, %(expires_at)s)
ON CONFLICT (reference, form) DO UPDATE SET sealed_words = excluded.sealed_words, expires_at = excluded.expires_at
"""
TAKE = """
SELECT sealed_words FROM kept_words WHERE reference = %(reference)s AND form = %(form)s AND expires_at > now()
"""
REFUSED: Mapping[str, Notice] = {"too_many_photos": "photos_full", "unknown_photo": "photo_removed"}
"""What the page says of a refusal; of any other, that the report is closed."""
FORGET = "DELETE FROM kept_words WHERE reference = %(reference)s AND form = %(form)s"


class Written(BaseModel):
    """A form's fields as they were written, without its tokens."""

    fields: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that a family sent from its own pages. `is_stale`: to be shown again, and not acted on."""

    file: FamilyFile
    form: Form
    is_stale: bool

    @property
    def request_id(self) -> UUID:
        """By which a form that is sent again is known. Raises HTTPException 400."""
        try:
            return UUID(self.form["request_id"])
        except ValueError:
            raise HTTPException(400) from None


async def sent(request: Request, name: str) -> Sent | None:
    """What was sent; None where the session is over. Then the words wait for the same report's next log-in."""
    form, is_stale = await _read(request)
    file = await of_family(request)
    if file is None:
        if not is_stale:
            await _keep_for_later(request, name, form)
        return None
    return Sent(file, form, is_stale)


async def _read(request: Request) -> tuple[Form, bool]:
    try:
        return await posted(request), False
    except StaleForm as stale:
        return stale.form, True


async def _keep_for_later(request: Request, name: str, form: Form) -> None:
    """Only where it is certain whose words they are: a session that was ended, and not only idle, leaves no trace."""
    row = await database_of(request).one(OF_DEAD_SESSION, {"token": token_of(request)})
    written = Written(fields=[f for f in form.fields if f[0] not in {"csrf", "request_id"} and f[1].strip()])
    if row is None or not written.fields:
        return
    words = {
        "reference": row["reference"],
        "form": name,
        "words": sealed(written, _about(row["reference"], name)),
        "expires_at": utc_now() + KEPT_FOR,
    }
    await database_of(request).run(KEEP, words)


async def kept_form(database: Database, reference: str, name: str) -> Form | None:
    """What was written in a form before a session was over."""
    row = await database.one(TAKE, {"reference": reference, "form": name})
    return Form(unsealed(row["sealed_words"], Written, _about(reference, name)).fields) if row else None


def _about(reference: str, name: str) -> str:
    return f"kept:{name}:{reference}"


async def carry_out(
    request: Request,
    given: Sent,
    name: str,
    action: str,
    commands: Sequence[tuple[Command, type[Event]]],
    notice: Notice = "saved",
    back_to: str = "status",
) -> Response:
    """Tell what a form asks for, once, and go back to a page of the family, which says how it ended.

    Several commands of a form share its request: a form that comes again tells none of them again.
    """
    reference = given.file.reference
    await limits_of(request).count(Limit.REQUESTS_FOR_CASE, reference_index(reference))
    asked = await _tell(request, given, name, action, commands, utc_now())
    outcomes = [await outcomes_of(request).wait_for(command) for command in asked]
    await tell(database_of(request), given.file.token, _notice(outcomes, notice))
    return see(request, back_to)


async def _tell(
    request: Request,
    given: Sent,
    name: str,
    action: str,
    commands: Sequence[tuple[Command, type[Event]]],
    at: datetime,
) -> list[UUID]:
    asked, about = list[UUID](), {"reference": given.file.reference, "form": name}
    async with database_of(request).transaction() as cursor:
        await cursor.execute(ASKED_BEFORE, {"request_id": given.request_id})
        is_new = await cursor.fetchone() is None
        for number, (command, settled_by) in enumerate(commands):
            request_id = numbered(given.request_id, number)
            contact = given.file.contact
            asked.append(await ask(cursor, command, at, settled_by=settled_by, contact=contact, request_id=request_id))
        if is_new:
            await audit.append(cursor, at, "family", action, given.file.reference)
        await cursor.execute(FORGET, about)
    return asked


def numbered(request_id: UUID, number: int) -> UUID:
    """The id of a form's first command is the form's own; the others follow from it."""
    return UUID(int=request_id.int ^ number)


def _notice(outcomes: Sequence[Outcome], done: Notice) -> Notice:
    for outcome in outcomes:
        if outcome.is_refused:
            return REFUSED.get(outcome.reason or "", "refused")
    return done if all(outcome.state == "done" for outcome in outcomes) else "asked"

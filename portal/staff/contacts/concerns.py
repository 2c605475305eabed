"""What families said of their files: the desk's tasks, each read with its words and answered once.

The family reads the answer on its own page, on a phone that others may see: nothing that must be told in person
belongs in it."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from portal.forms import posted
from portal.staff.console import (
    Asked,
    form_page,
    note,
    permit_in,
    permitted,
    read,
    see,
    tell,
    told,
    who,
)
from portal.staff.entrance.permits import permit
from portal.staff.fields import Fields
from portal.staff.people import names_of
from shared.messages.model import seal_content
from shared.messages.reports import AnswerConcern, ConcernChanged, Remark

KINDS = {"correction": "Correction", "complaint": "Complaint", "question": "Question"}
DOORS = {"web": "on its page", "text": "by text", "call": "by call", "desk": "at a desk"}
REASON = "I answer the family"


async def show_queue(request: Request) -> Response:
    """What waits for an answer, oldest first, and what was answered lately: no words."""
    await note(request, "listed_concerns", "concerns")
    return await _queue(request, told=await told(request))


async def _queue(request: Request, status: int = 200, **context: Any) -> Response:
    institution = who(request).institution
    shown = {
        "waiting": await read(request, "reports", "concerns", institution=institution, state="open"),
        "answered": await read(request, "reports", "concerns", institution=institution, state="answered"),
        "kinds": KINDS,
        "doors": DOORS,
    }
    return form_page(request, "staff/contacts/concerns.html", status, **shown, **context)


async def show_late(request: Request) -> Response:
    """For the coordinator: whose answers are late, without a word of any family."""
    await note(request, "listed_late_concerns", "concerns")
    late = await read(request, "reports", "concerns", institution=None, state="open")
    return form_page(request, "staff/contacts/late.html", late=late, kinds=KINDS, doors=DOORS)


async def open_concern(request: Request) -> Response:
    """One was chosen."""
    fields = Fields(await posted(request))
    concern = fields.uuid("concern")
    if not fields.are_right:
        return await _queue(request, 422, form=fields.form, errors=fields.errors)
    await _read(request, str(concern))  # nobody gets a permit for what is not theirs to read
    return see(f"/staff/desk/concerns/{permit_in(request, permit('concern', str(concern), REASON))}")


async def show_concern(request: Request) -> Response:
    """A family's words, and the form that answers them."""
    given = permitted(request, "concern")
    concern = await _read(request, given.subject)
    await note(request, "read_concern", concern["reference"], given.reason)
    return await _page(request, concern, told=await told(request, _is_seen_in(request, given.subject)))


async def _read(request: Request, concern: str) -> dict[str, Any]:
    return await read(request, "reports", "concern", concern=concern, institution=who(request).institution)


def _is_seen_in(request: Request, concern: str) -> Any:
    async def is_seen(_: Asked) -> bool:
        return (await _read(request, concern))["answer"] is not None

    return is_seen


async def _page(request: Request, concern: dict[str, Any], status: int = 200, **context: Any) -> Response:
    people = await names_of(request, [concern["answered_by"]])
    shown = {
        "concern": concern,
        "answered_by": people.get(concern["answered_by"] or ""),
        "kinds": KINDS,
        "doors": DOORS,
        "path": request.url.path,
    }
    return form_page(request, "staff/contacts/concern.html", status, **shown, **context)


async def answer(request: Request) -> Response:
    """An answer was written: it goes to the family's page, once."""
    given, fields = permitted(request, "concern"), Fields(await posted(request))
    words = fields.text("answer", is_required=True, longest=2000)
    if not fields.form.has("is_fit"):
        fields.wrong("is_fit", "Please make sure of this before you send it.")
    concern = await _read(request, given.subject)
    if not fields.are_right:
        return await _page(request, concern, 422, form=fields.form, errors=fields.errors)
    member = who(request)
    command = AnswerConcern(
        reference=concern["reference"],
        concern=UUID(given.subject),
        answer=seal_content(Remark(text=words), given.subject),
        actor=member.actor,
    )
    asked = await tell(
        request, fields.form, command, "answered_concern", concern["reference"], settled_by=ConcernChanged
    )
    return see(request.url.path, asked)

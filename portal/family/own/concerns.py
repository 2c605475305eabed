"""A correction, a complaint or a question, sent from the family's page: a task of its case's desk, answered there."""

from typing import Any, get_args
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of
from portal.concerns import raising
from portal.family.answering import form_page, see
from portal.family.own.sent import carry_out, kept_form, sent
from portal.files import of_family
from portal.forms import Form
from shared.messages.reports import ConcernChanged, ConcernKind

FORM = "say"
KINDS = get_args(ConcernKind)
LONGEST = 2000


async def show_form(request: Request) -> Response:
    """An empty form, or what was written before a session was over."""
    file = await of_family(request)
    if file is None:
        return see(request, "status")
    kept = await kept_form(database_of(request), file.reference, FORM)
    return _page(request, kept or Form(()))


def _page(request: Request, form: Form, errors: dict[str, str] | None = None, *, is_stale: bool = False) -> Response:
    shown: dict[str, Any] = {
        "kind": form["kind"],
        "words": form["words"],
        "errors": errors or {},
        "is_stale": is_stale,
        "request_id": str(uuid4()),
        "at": "status/say",
    }
    return form_page(request, "family/own/say.html", 422 if errors or is_stale else 200, **shown)


async def take_words(request: Request) -> Response:
    """Pass on what a family says, once, however often it is sent."""
    given = await sent(request, FORM)
    if given is None:
        return see(request, "status")
    errors = _wrong(given.form)
    if errors or given.is_stale:
        return _page(request, given.form, errors, is_stale=given.is_stale)
    command = raising(given.file.reference, given.request_id, given.form["kind"], "web", given.form["words"])
    return await carry_out(request, given, FORM, "raised_concern", [(command, ConcernChanged)], "said")


def _wrong(form: Form) -> dict[str, str]:
    found: dict[str, str] = {}
    if form["kind"] not in KINDS:
        found["kind"] = "choose"
    if not form["words"]:
        found["words"] = "required"
    if len(form["words"]) > LONGEST:
        found["words"] = "too_long"
    return found

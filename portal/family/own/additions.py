"""What a family adds to its report later: it stands beside what was said before, and nothing is overwritten."""

from typing import Any
from uuid import uuid4

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of
from portal.family.answering import form_page, see
from portal.family.own.sent import carry_out, kept_form, sent
from portal.family.report.form import ADDED, addition_of, read_form, wrong_in_addition
from portal.family.views import Errors, ReportForm
from portal.files import of_family
from shared.database import utc_now
from shared.messages.model import seal_content
from shared.messages.reports import AddToReport, ReportChanged

FORM = "add"


async def show_form(request: Request) -> Response:
    """An empty form, or what was written before a session was over."""
    file = await of_family(request)
    if file is None:
        return see(request, "status")
    kept = await kept_form(database_of(request), file.reference, FORM)
    return _page(request, read_form(kept, ADDED) if kept else ReportForm(), {})


def _page(request: Request, form: ReportForm, errors: Errors, *, is_stale: bool = False) -> Response:
    shown: dict[str, Any] = {
        "form": form,
        "errors": errors,
        "is_stale": is_stale,
        "request_id": str(uuid4()),
        "at": "status/add",
    }
    return form_page(request, "family/own/add.html", 422 if errors or is_stale else 200, **shown)


async def add(request: Request) -> Response:
    """Pass on what was added."""
    given = await sent(request, FORM)
    if given is None:
        return see(request, "status")
    written = read_form(given.form, ADDED)
    errors = wrong_in_addition(written, utc_now().date())
    if errors or given.is_stale:
        return _page(request, written, errors, is_stale=given.is_stale)
    try:
        content = addition_of(written)
    except ValidationError:
        return _page(request, written, {"happened": "invalid"})
    sealed = seal_content(content, given.file.reference)
    command = AddToReport(reference=given.file.reference, content=sealed, actor=given.file.actor)
    return await carry_out(request, given, FORM, "added_to_report", [(command, ReportChanged)])

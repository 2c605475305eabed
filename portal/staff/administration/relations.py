"""My relatives: every member of staff may say that a report is about a relative, and then does not see its file."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.administration import relations
from portal.administration.acting import By, Connection
from portal.forms import posted
from portal.staff.administration.acting import administer, attempt, done
from portal.staff.console import form_page, see, who
from portal.staff.fields import Fields


async def show_mine(request: Request) -> Response:
    """What I have declared, without the references."""
    return await _page(request)


async def _page(request: Request, status: int = 200, **context: Any) -> Response:
    mine = who(request).staff
    found = await administer(request, lambda db, _: relations.relations_of(db, mine))
    return form_page(
        request, "staff/administration/relations.html", status, relations=found, told=done(request), **context
    )


async def declare_mine(request: Request) -> Response:
    """A report, on record or not, is said to be about my relative."""
    fields, mine = Fields(await posted(request)), who(request).staff
    reference = fields.reference("reference")

    def act(db: Connection, by: By) -> bool:
        relations.declare(db, by, mine, reference)
        return True

    if not await attempt(request, fields, act):
        return await _page(request, 422, form=fields.form, errors=fields.errors)
    return see("/staff/relations?done=declared")

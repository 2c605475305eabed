"""The call-back queue: families who asked to be called, and families who were asked to get in touch."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of
from portal.forms import posted
from portal.relations import own_relatives
from portal.staff.console import form_page, note, read, record, refuse_own_relative, see, who
from shared.database import utc_now

OPEN = """
SELECT c.id, c.reference, c.asked_at, f.language FROM call_request c JOIN family_file f USING (reference)
WHERE c.done_at IS NULL AND f.institution = %(institution)s ORDER BY c.asked_at, c.id LIMIT 200
"""
OF_CALL = "SELECT reference FROM call_request WHERE id = %(call)s"
DONE = """
UPDATE call_request SET done_at = %(at)s, done_by = %(staff)s
WHERE id = %(call)s AND done_at IS NULL
    AND reference IN (SELECT reference FROM family_file WHERE institution = %(institution)s)
RETURNING reference
"""


async def show_queue(request: Request) -> Response:
    """Whom to call, and whom to expect."""
    institution = who(request).institution
    await note(request, "listed_call_backs", "call-backs")
    own = await own_relatives(database_of(request), who(request).staff)
    calls = own.shown(await database_of(request).all(OPEN, {"institution": institution}))
    expected = await read(request, "matching", "contact_requests", institution=institution)
    return form_page(request, "staff/contacts/call_backs.html", calls=calls, expected=expected)


async def mark_done(request: Request) -> Response:
    """A family was called. Raises HTTPException 404 where there is no such open call of this institution, and
    OwnRelative."""
    await posted(request)
    member, at = who(request), utc_now()
    if called := await database_of(request).one(OF_CALL, {"call": request.path_params["call"]}):
        await refuse_own_relative(request, called["reference"])
    done = {"call": request.path_params["call"], "at": at, "staff": member.staff, "institution": member.institution}
    async with database_of(request).transaction() as cursor:
        await cursor.execute(DONE, done)
        row = await cursor.fetchone()
        if row is None:
            raise HTTPException(404)
        await record(cursor, member, at, "called_back", row["reference"])
    return see("/staff/desk/call-backs")

"""The console's first page: what this person may do here."""

from starlette.requests import Request
from starlette.responses import Response

from portal.staff import words
from portal.staff.console import form_page


async def show_home(request: Request) -> Response:
    """The places that this person's roles open."""
    return form_page(request, "staff/home.html", roles=words.ROLES)

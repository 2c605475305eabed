"""The way of one message at the console. Who followed which message is on record."""

import asyncio
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import settings_of
from portal.forms import Form, posted
from portal.languages import local_time
from portal.staff.console import EMPTY, form_page, note
from portal.staff.fields import BAGHDAD, Fields
from portal.staff.oversight.ways import NotAnId, Sought, find_way, parse_id

PAGE = "staff/oversight/way.html"


async def ask_id(request: Request) -> Response:
    """Which message?"""
    return form_page(request, PAGE, way=None, sought="")


async def find(request: Request) -> Response:
    """The way of the message whose id was written: in a form, since people write other numbers, too."""
    fields = Fields(await posted(request))
    written = fields.text("id", is_required=True)
    try:
        sought = parse_id(written)
    except NotAnId:
        fields.wrong("id", "An id has 32 hexadecimal digits, with or without hyphens; the carrier's begins with SM.")
        return form_page(request, PAGE, 422, form=fields.form, errors=fields.errors, way=None, sought="")
    return await _page(request, sought, fields.form)


async def show_way(request: Request) -> Response:
    """The way of the message that a link names."""
    return await _page(request, Sought(request.path_params["message"], None), EMPTY)


async def _page(request: Request, sought: Sought, form: Form) -> Response:
    named = sought.carrier_id or str(sought.message)
    await note(request, "followed_message", named)
    way = await asyncio.to_thread(find_way, settings_of(request), sought)
    return form_page(request, PAGE, form=form, way=way, sought=named, moment=_moment)


def _moment(at: datetime | None) -> str:
    return f"{local_time(at, BAGHDAD):%d %b %Y, %H:%M:%S.%f}"[:-3] if at else "–"

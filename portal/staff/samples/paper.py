"""A day without power: what is printed beforehand. A numbered list, consent sheets, and labels in pairs."""

from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.languages import LANGUAGES
from portal.pages import page
from portal.staff.console import form_page, note, read, who
from portal.staff.samples import labels
from portal.staff.samples.days import session_with_site

MORE_ROWS = 20
"""Rows for those who come without a booking, where nothing else is asked for."""


async def show_list(request: Request) -> Response:
    """The numbered list: a line for each relative who is expected, and empty ones for walk-ins."""
    session: UUID = request.path_params["session"]
    await note(request, "printed_list", str(session))
    visits = await read(
        request, "appointments", "visits_of_session", session=str(session), institution=who(request).institution
    )
    expected = [visit["reference"] for visit in visits for _ in range(visit["places"])]
    rows = expected + [""] * _more(request)
    numbered = list(zip(labels.codes(session, len(rows)), rows, strict=False))
    details, site, zone = await session_with_site(request, session)
    shown: dict[str, Any] = {"rows": numbered, "session": details, "site": site, "zone": zone, "id": session}
    return form_page(request, "staff/samples/list.html", **shown)


async def print_labels(request: Request) -> Response:
    """The label sheets of a session, as many rows as its list has."""
    session: UUID = request.path_params["session"]
    visits = await read(
        request, "appointments", "visits_of_session", session=str(session), institution=who(request).institution
    )
    await note(request, "printed_labels", str(session))
    count = sum(visit["places"] for visit in visits) + _more(request)
    headers = {"cache-control": "no-store", "content-disposition": 'inline; filename="labels.pdf"'}
    return Response(labels.sheet(session, count), media_type="application/pdf", headers=headers)


async def show_consent_sheets(request: Request) -> Response:
    """Consent sheets in a language, numbered as the list: read aloud, signed or thumb-printed, witnessed."""
    session: UUID = request.path_params["session"]
    language = request.path_params["language"]
    if language not in LANGUAGES:
        raise HTTPException(404)
    first, last = (_number(request, name, usual) for name, usual in (("from", 1), ("to", 20)))
    if not 0 <= last - first < 100:
        raise HTTPException(404)
    details, site, _ = await session_with_site(request, session)
    if details is None:
        raise HTTPException(404)
    request.state.lang = language
    shown: dict[str, Any] = {
        "numbers": range(first, last + 1),
        "is_abroad": bool(site and site["country"] != "IQ"),
        "at": "",
    }
    return page(request, "family/consent_sheets.html", **shown)


def _more(request: Request) -> int:
    return min(_number(request, "more", MORE_ROWS), 200)


def _number(request: Request, name: str, usual: int) -> int:
    written = request.query_params.get(name, "")
    return int(written) if written.isdecimal() and len(written) < 5 else usual

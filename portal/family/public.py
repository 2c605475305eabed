"""What anybody may read: the first page, the guides, the public figures, whether an attestation is genuine."""

import csv
import io

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.family.guides import read_guide
from portal.family.views import AttestationView, Figures
from portal.figures import PublicFigures
from portal.languages import LANGUAGES, negotiate
from portal.pages import page

FOR_A_WHILE = "public, max-age=60"


async def choose_language(request: Request) -> Response:
    """Send a visitor to the first page in a language of its browser's."""
    language = negotiate(request.headers.get("accept-language", ""))
    headers = {"vary": "accept-language", "cache-control": "no-cache"}
    return RedirectResponse(f"/{language.code}/", 307, headers=headers)


async def start(request: Request) -> Response:
    """The first page."""
    return page(request, "family/start.html", cache=FOR_A_WHILE, at="")


async def rights(request: Request) -> Response:
    """The guide to families' rights."""
    return _guide(request, "rights")


async def privacy(request: Request) -> Response:
    """What is kept, for what, and who may see it."""
    return _guide(request, "privacy")


def _guide(request: Request, name: str) -> Response:
    guide = read_guide(name, request.state.lang)
    return page(request, "family/guide.html", guide=guide, cache=FOR_A_WHILE, at=name)


async def statistics(request: Request) -> Response:
    """The public figures."""
    return page(request, "family/statistics.html", figures=await _figures(request), cache=FOR_A_WHILE)


async def statistics_csv(request: Request) -> Response:
    """The public figures as a table for a computer."""
    figures, table = await _figures(request), io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["figure", "count", "as_of"])
    for row in figures.rows:
        rows.writerow([row.name, "fewer than 10" if row.count is None else row.count, figures.as_of.isoformat()])
    headers = {"cache-control": FOR_A_WHILE, "content-disposition": 'attachment; filename="statistics.csv"'}
    return Response(table.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


async def _figures(request: Request) -> Figures:
    figures: PublicFigures = request.app.state.figures
    return await figures.now()


async def verify(request: Request) -> Response:
    """Whether an attestation is genuine. None has been issued so far, so that every number is unknown."""
    chosen = request.query_params.get("lang", "")
    if chosen in LANGUAGES:
        request.state.lang = chosen
    return page(request, "family/verify.html", 404, attestation=AttestationView("unknown"), at="")

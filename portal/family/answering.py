"""How the family's pages are answered: with the tokens that their forms carry, or by sending the browser on."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.browsers import browser_of, remember_browser
from portal.pages import page


def form_page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A page with a form, and the browser's cookie where it has none yet."""
    response = page(request, template, status, csrf_token=browser_of(request).csrf_token, **context)
    remember_browser(request, response)
    return response


def see(request: Request, path: str) -> Response:
    """Send the browser on to a page in its language, after what it sent was done."""
    return RedirectResponse(f"/{request.state.lang}/{path}", 303, headers={"cache-control": "no-store"})

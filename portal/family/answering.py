"""How the family's pages are answered: with the tokens that their forms carry, or by sending the browser on."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.browsers import browser_of, remember_browser
from portal.database import Database
from portal.limits import Limits
from portal.outcomes import Outcomes
from portal.pages import page
from shared.settings import Settings


def form_page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A page with a form, and the browser's cookie where it has none yet."""
    response = page(request, template, status, csrf_token=browser_of(request).csrf_token, **context)
    remember_browser(request, response)
    return response


def see(request: Request, path: str) -> Response:
    """Send the browser on to a page in its language, after what it sent was done."""
    return RedirectResponse(f"/{request.state.lang}/{path}", 303, headers={"cache-control": "no-store"})


def database_of(request: Request) -> Database:
    """The portal's database."""
    return request.app.state.database


def limits_of(request: Request) -> Limits:
    """The portal's limits."""
    return request.app.state.limits


def outcomes_of(request: Request) -> Outcomes:
    """Where a page waits for how its command ended."""
    return request.app.state.outcomes


def settings_of(request: Request) -> Settings:
    """The portal's settings."""
    return request.app.state.settings

"""Staff at the console: accounts, each with a browser of its own, and what they do there."""

import re
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import httpx
from pyotp import TOTP
from starlette.testclient import TestClient

from portal.accounts import NewStaff, Role, add_staff, connect, put_institution
from portal.institution_kinds import Kind
from shared.settings import Settings
from tests.service.portal.families import field

INSTITUTIONS = {
    "mgd": "Mass Graves Directorate",
    "ihchr": "Human Rights Commission",
    "mld": "Laboratory",
    "central": "Central desk",
    "ncc": "National Coordination Committee",
}
Page = httpx.Response


def open_institutions(config: Settings) -> None:
    """The institutions of these tests: of every kind, so that each role may be tried, but for `ncc`."""
    with connect(config) as db:
        for code, name in INSTITUTIONS.items():
            put_institution(db, code, {"en": name}, tuple(Kind) if code != "ncc" else (Kind.OVERSIGHT,))


def an_account(config: Settings, *roles: Role, institution: str = "mgd") -> NewStaff:
    """A new account with these roles."""
    with connect(config) as db:
        return add_staff(db, f"{uuid4().hex[:8]}@{institution}.example", f"A {roles[0]}", roles, institution)


class Person:
    """Somebody at the console, in a browser of their own."""

    def __init__(self, client: TestClient, account: NewStaff) -> None:
        self.account = account
        self._client = client
        self.cookies = httpx.Cookies()

    def get(self, path: str, **more: Any) -> Page:
        """Open a page."""
        return self._ask("GET", path, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> Page:
        """Send a form as it is."""
        return self._ask("POST", path, data=data or {}, **more)

    def submit(self, page: Page, path: str, **fields: Any) -> Page:
        """Fill in a form of a page that was opened, and send it."""
        hidden = {"csrf": field(page.text, "csrf"), "request_id": field(page.text, "request_id")}
        return self.post(path, hidden | fields)

    def give_password(self, password: str | None = None) -> Page:
        """The first step of the log-in."""
        page = self.get("/staff/log-in")
        return self.submit(page, "/staff/log-in", email=self.account.email, password=password or self.account.password)

    def give_code(self, page: Page, code: str | None = None) -> Page:
        """The second step."""
        return self.submit(page, "/staff/log-in/code", code=code or self.code())

    def code(self, steps: int = 0) -> str:
        """The one-time password that the authenticator shows, so many time steps from now."""
        return TOTP(self.account.totp_secret).at(int(time.time()) + 30 * steps)

    def log_in(self) -> "Person":
        """Both steps."""
        page = self.give_code(self.give_password())
        assert page.url.path == "/staff/", said(page)
        return self

    def _ask(self, method: str, path: str, **more: Any) -> Page:
        self._client.cookies = self.cookies
        answer = self._client.request(method, path, **more)
        self.cookies = httpx.Cookies(self._client.cookies)
        return answer


def said(page: Page) -> str:
    """A page's content as it reads."""
    main = re.search(r"<main.*</main>", page.text, re.DOTALL)
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main[0] if main else page.text)).strip()
    return re.sub(r" ([,.])", r"\1", words)


def values_of(page: Page, name: str) -> Sequence[str]:
    """The values that a page offers under a name."""
    return re.findall(rf'name="{name}" value="([^"]*)"', page.text)

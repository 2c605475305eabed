"""Answers a request with a page: the template in the visitor's language, and the headers that protect it."""

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Template
from starlette.requests import Request
from starlette.responses import Response

from portal.family import words
from portal.family.views import Desk
from portal.languages import LANGUAGES, Language
from portal.packing import Packing, takes_gzip
from portal.rendering import STYLESHEET, PageEnvironment
from shared.phones import show_phone

NEUTRAL_SITE = "https://www.google.com/search?q=weather"
"""Where “leave this page quickly” leads: a page that anybody may have open."""

ICON = (
    "data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%20viewBox='0%200%209%209'%3E"
    "%3Crect%20width='9'%20height='9'%20rx='2'%20fill='%2306413c'/%3E%3C/svg%3E"
)
"""The mark in a browser's tab, within the page, so that a page is one request."""


def minified(css: str) -> str:
    """A stylesheet without comments and without the blanks that browsers do not need."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r"\s*([{};,])\s*|(?<=[:])\s+", lambda found: found[1] or "", css).replace(";}", "}").strip()


STYLE = minified(STYLESHEET.read_text("utf-8"))
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""The content security policy of a family's page: no script, no font, no picture from anywhere."""

STAFF_POLICY = (
    f"default-src 'none'; style-src 'self' 'sha256-{_STYLE_HASH}'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The policy of the console, which may use its own scripts and pictures."""


def _headers(policy: str) -> list[tuple[bytes, bytes]]:
    pairs = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "x-robots-tag": "noindex, noarchive",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "vary": "accept-encoding",
    }
    return [(name.encode(), value.encode()) for name, value in pairs.items()]


_FAMILY_HEADERS = _headers(POLICY)
_STAFF_HEADERS = _headers(STAFF_POLICY)


class Page(Response):
    """A finished page. `cache` is its Cache-Control; what is personal is never stored."""

    def __init__(
        self, body: bytes, status: int, headers: list[tuple[bytes, bytes]], cache: str, *, is_packed: bool
    ) -> None:
        self.status_code = status
        self.background = None
        self.body = body
        length = str(len(body)).encode()
        self.raw_headers = [*headers, (b"cache-control", cache.encode()), (b"content-length", length)]
        if is_packed:
            self.raw_headers.append((b"content-encoding", b"gzip"))


class Pages:
    """Every page in every language. `desk` is the call desk that they name."""

    def __init__(self, desk: Desk | None = None) -> None:
        self.desk = desk or Desk()
        self.environments: dict[str, PageEnvironment] = {}
        self._packings: dict[tuple[str, bool], Packing] = {}

    def environment(self, code: str) -> PageEnvironment:
        """The environment of a language, made when it is first asked for."""
        if code not in self.environments:
            self.environments[code] = self._environment(LANGUAGES[code])
        return self.environments[code]

    def template(self, code: str, name: str) -> Template:
        """A template in a language. `name` is a path under `templates/`."""
        return self.environment(code).get_template(name)

    def packed(self, code: str, template: str, body: bytes) -> bytes:
        """A page made small for the wire, by what every page of its kind and language begins with."""
        kind = (code, template.startswith("staff/"))
        if kind not in self._packings:
            self._packings[kind] = Packing(body.partition(b"<title>")[0])
        return self._packings[kind].pack(body)

    def _environment(self, language: Language) -> PageEnvironment:
        translate = language.translations.gettext
        tables = {name: words.translated(table, translate) for name, table in _TABLES.items()}
        more = {
            "languages": tuple(LANGUAGES.values()),
            "tongues": {each.code: each.name for each in LANGUAGES.values()},
            "months": {str(number): name for number, name in enumerate(language.months, start=1)},
            "statuses": words.translated_statuses(translate),
        }
        return PageEnvironment(language, self._constants(language), tables | more)

    def _constants(self, language: Language) -> dict[str, str]:
        return {
            "lang": language.code,
            "tag": language.tag,
            "dir": language.direction,
            "comma": "، " if language.is_rtl else ", ",
            "stylesheet": STYLE,
            "icon": ICON,
            "neutral_site": NEUTRAL_SITE,
            "desk_phone": self.desk.phone,
            "desk_phone_shown": show_phone(self.desk.phone),
            "desk_opens": self.desk.opens,
            "desk_closes": self.desk.closes,
        }


_TABLES: Mapping[str, Mapping[str, str]] = {
    "needs": words.NEEDS,
    "events": words.EVENTS,
    "relations": words.RELATIONS,
    "relatives": words.RELATIVES,
    "concern_kinds": words.CONCERNS,
    "by_whom": words.BY_WHOM,
    "when_to_ask": words.WHEN,
    "further": words.FURTHER,
    "handed_over": words.HANDED_OVER,
    "sexes": words.SEXES,
    "channels": words.CHANNELS,
    "details": words.DETAILS,
    "governorates": words.GOVERNORATES,
    "problems": words.PROBLEMS,
    "figure_names": words.FIGURES,
}


@cache
def standard_pages() -> Pages:
    """The pages with the standard desk, for an application that set none."""
    return Pages()


def page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """The page `template` (a path under `templates/`) in the language of `request.state.lang`.

    `context` is what the template shows; `cache` in it replaces the Cache-Control `no-store`. `at`, the path
    under the language that the other languages' links lead to, is the request's own where it is not given:
    give it where the request was a POST to a path that cannot be opened.
    """
    code: str = request.state.lang
    pages: Pages = getattr(request.app.state, "pages", None) or standard_pages()
    cache_control: str = context.pop("cache", "no-store")
    context.setdefault("at", _under_language(request.scope["path"], code))
    body = pages.template(code, template).render(context).encode()
    if is_packed := takes_gzip(request.scope["headers"]):
        body = pages.packed(code, template, body)
    headers = _STAFF_HEADERS if template.startswith("staff/") else _FAMILY_HEADERS
    return Page(body, status, headers, cache_control, is_packed=is_packed)


def _under_language(path: str, code: str) -> str:
    prefix = f"/{code}/"
    return path[len(prefix) :] if path.startswith(prefix) else ""

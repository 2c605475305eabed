"""Takes every page once, through the doors of the running system, for all that is to be looked at in them.

Whoever walks follows every link and sends every form empty, so that a page that somebody adds tomorrow is looked at
without a line here; what is reached only by filling in a form is a step of a story (`stories.py`).
"""

import re
from dataclasses import dataclass, field

import httpx
from starlette.routing import Match, Route

from portal.app import ROUTES
from tests.system.pages.reading import AForm, Reading
from tests.system.visitor import Visitor

ALIKE = 2
"""How many pages of one route are taken: the first ones of a list show its states."""
DOWNLOADS = re.compile(r"\.(ics|csv|pdf|json|jpg|png|svg)$|/static/|/(leave|log-out)$")

NO_PAGES = {
    "/": "leads on to the page in the browser's language",
    "/{lang:language}/leave": "forgets everything and leads to another site",
    "/{lang:language}/meetings.ics": "a calendar",
    "/{lang:language}/samples/visit/{visit:uuid}/appointment.ics": "a calendar",
    "/{lang:language}/statistics.csv": "a table",
    "/staff/reports/file/{permit}/photos/{photo:uuid}.jpg": "a photo",
    "/staff/days/sessions/{session:uuid}/labels.pdf": "labels to be printed",
    "/voice/{lang}/{prompt}.wav": "a sound, for the carrier",
    "/healthz": "a program's answer to a program",
    "/readyz": "a program's answer to a program",
}
"""The routes that answer a GET with no page, and what they answer; those of the API, which have tests of their own,
begin with its path."""
API = "/api/v1/"


@dataclass(frozen=True)
class Taken:
    """A page that somebody saw."""

    who: str
    path: str
    status: int
    html: str
    weight_bytes: int
    """Of the answer on the wire, head and body."""

    @property
    def route(self) -> str:
        """The template of its route."""
        return route_of(self.path)

    @property
    def lang(self) -> str:
        """The language of its family; empty at the console."""
        first = self.path.split("/")[1]
        return "" if first in {"staff", "verify"} else first

    def __str__(self) -> str:
        return f"{self.path.partition('?')[0]} as {self.who} sees it ({self.status})"


def route_of(path: str) -> str:
    """The template of the route that a path takes, or the path itself."""
    scope = {"type": "http", "path": path.partition("?")[0], "method": "GET", "headers": []}
    for route in ROUTES:
        if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE:
            return route.path
    return scope["path"]


@dataclass
class Album:
    """The pages taken so far; of pages that are the same to the letter, the first."""

    pages: list[Taken] = field(default_factory=list[Taken])
    _known: set[str] = field(default_factory=set[str])
    _sent: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def take(self, who: str, visitor: Visitor) -> None:
        """Keep the page that somebody sees. Fails where it is none: an answer of 5xx is no page of ours."""
        page = visitor.page
        assert page.status_code < 500, f"{page.url.path} as {who}: {page.status_code}"
        bare = re.sub(r'value="[0-9a-f-]{32,}"', "", page.text)
        if page.headers.get("content-type", "").startswith("text/html") and bare not in self._known:
            self._known.add(bare)
            self.pages.append(Taken(who, page.url.path, page.status_code, page.text, weight_bytes(page)))

    def walk(self, who: str, visitor: Visitor, start: str, within: str) -> None:
        """Take every page that links lead to from `start` and whose path begins with `within`; send forms empty."""
        waiting, seen = [start], dict[str, int]()
        while waiting:
            path = waiting.pop(0)
            route = route_of(path)
            if seen.get(path) or seen.get(route, 0) >= ALIKE:
                continue
            seen[path] = 1
            seen[route] = seen.get(route, 0) + 1
            self.take(who, visitor.go(path))
            read = Reading(visitor.text)
            waiting += [link.partition("#")[0] for link in read.links if _is_page(link, within)]
            self._send_empty(who, visitor, read.forms)

    def _send_empty(self, who: str, visitor: Visitor, forms: list[AForm]) -> None:
        for form in forms:
            kind = (who, re.sub(r"[0-9a-f-]{36}", "", form.action))
            if form.fields and kind not in self._sent:
                self._sent.add(kind)
                self.take(who, visitor.post(form.action, form.hidden, form.no_files))

    def missing(self) -> set[str]:
        """The routes of pages that nobody saw."""
        return routes_of_get() - NO_PAGES.keys() - {page.route for page in self.pages}


def routes_of_get() -> set[str]:
    """Every route that answers a GET, without the API's."""
    routes = (route for route in ROUTES if isinstance(route, Route) and "GET" in (route.methods or ()))
    return {route.path for route in routes if not route.path.startswith(API)}


def weight_bytes(answer: httpx.Response) -> int:
    """What an answer weighed on the wire."""
    head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    return head + answer.num_bytes_downloaded


def _is_page(link: str, within: str) -> bool:
    return link.startswith(within) and not DOWNLOADS.search(link.partition("?")[0])

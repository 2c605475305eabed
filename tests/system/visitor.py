"""A browser without a screen: pages, their forms and cookies, for those who are many or whose pages have no scripts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

SHORT_LIVED = httpx.Limits(keepalive_expiry=2)
"""The portal closes a connection that was idle for 5 s, when httpx gives one up too: a request could meet the close."""


@dataclass
class Form:
    """A form of a page: where it goes, and what stands in it already."""

    action: str
    values: dict[str, str] = field(default_factory=dict[str, str])


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._is_open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method") == "post":
            self.forms.append(Form(given.get("action", "")))
            self._is_open = True
        elif tag == "input" and self._is_open and given.get("type") == "hidden":
            self.forms[-1].values[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_open = False


class Visitor:
    """Somebody with cookies, and the page that they look at."""

    def __init__(self, url: str, address: str | None = None) -> None:
        transport = httpx.HTTPTransport(local_address=address, limits=SHORT_LIVED)
        self._client = httpx.Client(base_url=url, follow_redirects=True, timeout=30, transport=transport)
        self.page = httpx.Response(204)

    @property
    def text(self) -> str:
        """The page's source."""
        return self.page.text

    @property
    def path(self) -> str:
        """The page's path."""
        return self.page.url.path

    def go(self, path: str) -> "Visitor":
        """Open a page."""
        self.page = self._client.get(path)
        return self

    def forms(self) -> list[Form]:
        """The page's forms that send something."""
        parser = _Forms()
        parser.feed(self.text)
        return parser.forms

    def send(self, action: str, about: str = "", **values: Any) -> "Visitor":
        """Fill in the form whose action ends so and whose hidden values hold `about`; send it."""
        fitting = [f for f in self.forms() if f.action.endswith(action) and (not about or about in f.values.values())]
        assert fitting, f"no form {action} {about} on {self.path}: {self.page.status_code}"
        form = fitting[0]
        self.page = self._client.post(form.action, data=form.values | values)
        return self

    def post(self, path: str, values: Mapping[str, str], files: Mapping[str, bytes] | None = None) -> "Visitor":
        """Send values, and files where the form has fields for them, to a path as a form would."""
        chosen = {name: (f"{name}.jpg" if content else "", content) for name, content in (files or {}).items()}
        self.page = self._client.post(path, data=dict(values), files=chosen or None)
        return self

    def close(self) -> None:
        """Go away."""
        self._client.close()

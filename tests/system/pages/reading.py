"""A page as a program reads it: where its links lead, and what its forms ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

UNSEEN = frozenset({"hidden", "submit", "button"})


@dataclass
class Field:
    """What a form asks for: `offered` are the values to choose from, where it is a choice."""

    name: str
    kind: str
    offered: list[str] = field(default_factory=list[str])
    id: str = ""


@dataclass
class AForm:
    """A form that sends something."""

    action: str
    hidden: dict[str, str] = field(default_factory=dict[str, str])
    fields: dict[str, Field] = field(default_factory=dict[str, Field])
    buttons: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def no_files(self) -> dict[str, bytes]:
        """What is sent for the fields of files where none was chosen."""
        return {name: b"" for name, asked in self.fields.items() if asked.kind == "file"}

    def filled(self, known: Mapping[str, str]) -> dict[str, str]:
        """What is sent where the fields that are known are filled in and the others left as they are."""
        return self.hidden | {name: value for name, value in known.items() if name in self.fields}


class Reading(HTMLParser):
    """A page, read: `links` within the site, and the `forms` that send something."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.forms: list[AForm] = []
        self._is_open = False
        self._choice: Field | None = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.append(given["href"])
        elif tag == "form" and given.get("method") == "post":
            self.forms.append(AForm(given.get("action", "")))
            self._is_open = True
        elif self._is_open and tag in {"input", "select", "textarea", "button"} and given.get("name"):
            self._take(tag, given)
        elif self._choice and tag == "option" and given.get("value"):
            self._choice.offered.append(given["value"])

    def _take(self, tag: str, given: dict[str, str]) -> None:
        form, kind = self.forms[-1], given.get("type", "text") if tag == "input" else tag
        if tag == "button":
            form.buttons[given["name"]] = given.get("value", "")
        elif kind in UNSEEN:
            form.hidden[given["name"]] = given.get("value", "")
        else:
            found = form.fields.setdefault(given["name"], Field(given["name"], kind, id=given.get("id", "")))
            found.offered += [given.get("value", "")] * (kind in {"radio", "checkbox"})
            self._choice = found if tag == "select" else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_open = False
        elif tag == "select":
            self._choice = None

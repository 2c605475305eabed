"""Reads a page as strictly as an old browser would like it: every element closed, ids unique, labels that fit."""

from html.parser import HTMLParser

VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
BLOCKS = frozenset({"div", "dl", "fieldset", "form", "h1", "h2", "h3", "li", "main", "nav", "ol", "p", "table", "ul"})


class Markup(HTMLParser):
    """A parsed page: `problems` in words, and what tests ask for."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.references: list[tuple[str, str]] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()
        self.problems += [f"<{tag}> is never closed" for tag in self.open]
        self._check_ids()

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if len(attributes) != len(attrs):
            self.problems.append(f"<{tag}> has an attribute twice")
        if tag in BLOCKS and "p" in self.open:
            self.problems.append(f"<{tag}> inside <p>")
        self.elements.append((tag, attributes))
        self._collect(attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self.open[-1:] or 'nothing'}")
        if tag in self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    def _collect(self, attributes: dict[str, str]) -> None:
        if "id" in attributes:
            self.ids.append(attributes["id"])
        for name in ("for", "aria-describedby"):
            self.references += [(name, target) for target in attributes.get(name, "").split()]
        if attributes.get("href", "").startswith("#"):
            self.references.append(("href", attributes["href"][1:]))
        for name in attributes:
            if name.startswith("on") or name == "style":
                self.problems.append(f"{name} is not allowed by our own policy")

    def _check_ids(self) -> None:
        self.problems += [f"id {each} is there twice" for each in set(self.ids) if self.ids.count(each) > 1]
        self.problems += [f"{name} leads to no #{to}" for name, to in self.references if to not in self.ids]

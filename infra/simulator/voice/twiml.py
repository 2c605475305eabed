"""TwiML for voice, read into verbs."""

from dataclasses import dataclass, field
from xml.etree import ElementTree


class TwimlError(Exception):
    """Not a TwiML document (the carrier's error 12100)."""


@dataclass(frozen=True)
class Verb:
    """One instruction: its name, its text (of nested markup too), its attributes and its nested verbs."""

    name: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    nested: tuple["Verb", ...] = ()

    def number(self, attribute: str, default: int) -> int:
        """A whole number among the attributes, or the default if there is none."""
        written = self.attributes.get(attribute, "")
        return int(written) if written.isascii() and written.isdigit() else default


def read_twiml(document: bytes) -> list[Verb]:
    """The verbs of a `<Response>`. Raises TwimlError."""
    try:
        # From the service under test, and expat itself limits what entities may grow to.
        root = ElementTree.fromstring(document)  # noqa: S314
    except ElementTree.ParseError as error:
        raise TwimlError(str(error)) from None
    if root.tag != "Response":
        raise TwimlError(f"the root element is <{root.tag}>")
    return [_verb(element) for element in root]


def _verb(element: ElementTree.Element) -> Verb:
    text = " ".join("".join(element.itertext()).split())
    nested = tuple(_verb(child) for child in element)
    return Verb(element.tag, text, dict(element.attrib), nested)

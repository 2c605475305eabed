"""Keeps the catalogues in step with the pages: which texts are used, and what a language lacks."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from portal.languages import catalogue_path

PORTAL = Path(__file__).parent

Text = str | tuple[str, ...]
"""A message id, or its singular and plural."""


def used_texts() -> dict[Text, str]:
    """Every text that families may read, with the first file (under `portal/`) that uses it.

    The console's templates are its own affair and are left out.
    """
    found: dict[Text, str] = {}
    for path in _sources():
        for text in _texts_in(path):
            found.setdefault(text, path.relative_to(PORTAL).as_posix())
    return found


def read_catalogue(code: str) -> Catalog:
    """The catalogue of a language as it lies in its file."""
    with catalogue_path(code).open("rb") as po:
        return read_po(po)


def missing_texts(code: str) -> list[Text]:
    """The texts in use that a language's catalogue lacks or leaves empty."""
    catalogue = read_catalogue(code)
    return [text for text in used_texts() if not _is_translated(catalogue, text)]


def _sources() -> Iterator[Path]:
    for path in sorted((PORTAL / "templates").rglob("*.html")):
        if "staff" not in path.parts:
            yield path
    yield from sorted((PORTAL / "family").rglob("*.py"))


def _texts_in(path: Path) -> Iterable[Text]:
    if path.suffix == ".html":
        found = extract_from_file("jinja2.ext:babel_extract", path, keywords={"_": None, "ngettext": (1, 2)})
    else:
        found = extract_from_file("python", path, keywords={"msgid": None})
    return [message for _, message, _, _ in found]


def _is_translated(catalogue: Catalog, text: Text) -> bool:
    message = catalogue.get(text if isinstance(text, str) else text[0])
    if message is None:
        return False
    strings = message.string if isinstance(message.string, list | tuple) else (message.string,)
    wanted = 1 if isinstance(text, str) else catalogue.num_plurals
    return len(strings) == wanted and all(strings)

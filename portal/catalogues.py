"""Keeps the catalogues in step with the pages: which texts are used, what a language lacks, and its file renewed.

Who reviewed a catalogue stands in its head, as `Review: awaiting native review` or `Review: name, date`.
"""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from portal.kurmanji import in_arabic_letters
from portal.languages import catalogue_path

PORTAL = Path(__file__).parent
REVIEW: Final = "# Review: "

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


def renew_catalogue(code: str) -> list[Text]:
    """Write a language's file anew with every text in use and no other; the texts that it lacks.

    What is translated stays as it is. Kurmanji in Arabic letters gets a draft from its Latin spelling.
    """
    catalogue = read_catalogue(code)
    catalogue.update(_template(), no_fuzzy_matching=True)
    if code == "kmr-Arab":
        _draft(catalogue, read_catalogue("kmr"))
    path = catalogue_path(code)
    head = path.read_bytes().partition(b"\n\n")[0]
    body = io.BytesIO()
    write_po(body, catalogue, width=0, omit_header=True, ignore_obsolete=True, sort_by_file=True, include_lineno=False)
    path.write_bytes(head + b"\n\n" + body.getvalue().strip() + b"\n")
    return missing_texts(code)


def review_of(code: str) -> str:
    """Who reviewed a language's catalogue and when, as its head says."""
    head = catalogue_path(code).read_text("utf-8").partition("msgid")[0]
    return next((line[len(REVIEW) :] for line in head.splitlines() if line.startswith(REVIEW)), "not said")


def write_template(file: IO[bytes]) -> int:
    """Write every text in use as a template (`.pot`) for a translator's program. Returns how many there are."""
    template = _template()
    write_po(file, template, width=0, sort_by_file=True, include_lineno=False)
    return len(template)


def _template() -> Catalog:
    template = Catalog(project="Sila", charset="utf-8")
    for text, path in used_texts().items():
        template.add(text, locations=[(path, 1)])
    return template


def _draft(catalogue: Catalog, latin: Catalog) -> None:
    for message in catalogue:
        source = latin.get(message.id[0] if isinstance(message.id, list | tuple) else message.id)
        if message.id and source and not any(_forms(message.string)):
            drafts = tuple(in_arabic_letters(form) for form in _forms(source.string))
            message.string = drafts if isinstance(source.string, list | tuple) else drafts[0]


def _forms(string: str | Iterable[str] | None) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str | None) else tuple(string)


def _sources() -> Iterator[Path]:
    for path in sorted((PORTAL / "templates").rglob("*.html")):
        if "staff" not in path.parts:
            yield path
    for folder in ("family", "phone"):
        yield from sorted((PORTAL / folder).rglob("*.py"))


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
    forms = _forms(message.string)
    wanted = 1 if isinstance(text, str) else catalogue.num_plurals
    return len(forms) == wanted and all(forms)

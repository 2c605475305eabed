"""The columns of a register of missing persons as a CSV file, and how a row of them makes a report."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Path = tuple[str, ...]
Value = Callable[[str], Any]
FORMULA = ("=", "+", "-", "@", "\t", "\r")
YES = frozenset({"yes", "y", "true", "1", "نعم", "بەڵێ", "بلێ", "erê"})
NO = frozenset({"no", "n", "false", "0", "لا", "نەخێر", "نە", "na"})
NAMES = {"name": "official", "known_as": "known_as", "other_spelling": "spelling"}
"""Columns of whole names, and the kind that each is."""
NAME_PARTS = ("given", "father", "grandfather", "great_grandfather", "family", "kunya")


def text(cell: str) -> str:
    """Words as they are; what a spreadsheet would take for a formula is marked as text, as spreadsheets mark it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def plain(cell: str) -> str:
    """A code or a number on a paper or of a phone: what it may be is checked by its field."""
    return cell


def number(cell: str) -> str:
    """A number in any digit script, in Western digits; anything else stays for its field to refuse."""
    return "".join(str(unicodedata.digit(c, c)) for c in cell)


def yes_or_no(cell: str) -> bool | str:
    """A yes or no in one of our languages; anything else stays for its field to refuse."""
    word = cell.casefold()
    return True if word in YES else False if word in NO else cell


def several(cell: str) -> list[str]:
    """Codes with commas, semicolons, bars or blanks between them."""
    return "".join(" " if c in ",;|" else c for c in cell).split()


def listed(cell: str) -> list[str]:
    """One thing of which a report may have several."""
    return [text(cell)]


COLUMNS: Mapping[str, tuple[Path, Value]] = {
    "mother": (("person", "mother"), text),
    "maternal_grandfather": (("person", "maternal_grandfather"), text),
    "sex": (("person", "sex"), plain),
    "birth_year": (("person", "born", "year"), number),
    "birth_month": (("person", "born", "month"), number),
    "birth_day": (("person", "born", "day"), number),
    "birthplace": (("person", "birthplace"), text),
    "nationality": (("person", "nationality"), text),
    "occupation": (("person", "occupation"), text),
    "last_address": (("person", "last_address"), text),
    "description": (("person", "description"), text),
    "event": (("event", "code"), plain),
    "event_year": (("event", "date", "year"), number),
    "event_month": (("event", "date", "month"), number),
    "event_day": (("event", "date", "day"), number),
    "governorate": (("event", "governorate"), plain),
    "district": (("event", "district"), text),
    "place": (("event", "place"), text),
    "circumstances": (("event", "circumstances"), text),
    "reporter_name": (("reporter", "name"), text),
    "relation": (("reporter", "relation"), plain),
    "phone": (("reporter", "phone"), plain),
    "phone_verified": (("reporter", "phone_verified"), yes_or_no),
    "language": (("reporter", "language"), plain),
    "channel": (("reporter", "channel"), plain),
    "safe_times": (("reporter", "safe_times"), text),
    "consent_keep": (("consent", "keep"), yes_or_no),
    "consent_share": (("consent", "share"), several),
    "consent_contact": (("consent", "contact"), several),
    "consent_publish": (("consent", "publish"), yes_or_no),
    "read_aloud": (("consent", "read_aloud"), yes_or_no),
    "witness": (("consent", "witness"), text),
    "earlier_reference": (("earlier_references",), listed),
}
KNOWN = frozenset({*NAMES, *NAME_PARTS, "national_card", *COLUMNS})
COLUMN_AT: dict[Path, str] = {
    **{path: column for column, (path, _) in COLUMNS.items()},
    ("person", "born"): "birth_year",
    ("event", "date"): "event_year",
}


def report_in(row: Mapping[str, str]) -> dict[str, Any]:
    """The report that a row makes, not yet checked. Empty cells say nothing."""
    cells = {column: cell.strip() for column, cell in row.items() if cell.strip()}
    content: dict[str, Any] = {"person": {"names": _names(cells)}, "consent": {}}
    for column, cell in cells.items():
        if column in COLUMNS:
            path, value = COLUMNS[column]
            _put(content, path, value(cell))
    if card := cells.get("national_card"):
        content["person"]["identity_numbers"] = [{"document": "national_card", "number": number(text(card))}]
    return content


def _names(cells: Mapping[str, str]) -> list[dict[str, str]]:
    parts = {part: text(cells[part]) for part in NAME_PARTS if part in cells}
    whole = {column: text(cells[column]) for column in NAMES if column in cells}
    if parts:
        whole.setdefault("name", " ".join(parts.values()))
    ordered = [(column, whole[column]) for column in NAMES if column in whole]
    return [{"raw": raw, "kind": NAMES[column], **(parts if column == "name" else {})} for column, raw in ordered]


def _put(content: dict[str, Any], path: Path, value: Any) -> None:
    for step in path[:-1]:
        content = content.setdefault(step, {})
    content[path[-1]] = value


def column_of(place: Iterable[str]) -> str:
    """The column that a field of the report came from; for what no column alone decides, the field itself."""
    steps = tuple(place)
    for length in range(len(steps), 0, -1):
        if column := COLUMN_AT.get(steps[:length]):
            return column
    if steps[:2] == ("person", "names"):
        return steps[3] if len(steps) > 3 and steps[3] in NAME_PARTS else "name"
    if steps[:2] == ("person", "identity_numbers"):
        return "national_card"
    return ".".join(steps)

"""Reads an import: a CSV file or JSON lines, each row by itself, so that one bad row costs only itself."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from portal.api import columns
from portal.api.bodies import is_text, parse_json
from portal.api.problems import FieldError, Refused, field_errors, invalid, invalid_field
from portal.api.reports import checked
from shared.messages.report_content import ReportContent

CSV = "text/csv"
JSON_LINES = frozenset({"application/x-ndjson", "application/jsonl"})
MOST_ROWS = 5000
LARGEST_ROW = 128 * 1024
"""In characters: a whole report has room in it."""
DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was read: its report, or what is wrong with it (`[{field, code}]`, no values)."""

    number: int
    content: ReportContent | None
    errors: list[dict[str, str]] = field(default_factory=list[dict[str, str]])


def read_rows(body: bytes, media_type: str, institutions: frozenset[str]) -> list[Row]:
    """Every row of an import, counted from one. Empty rows count for nothing.

    Raises Refused: 400 where it is no such file, 413 for too many rows, 422 for a wrong header.
    """
    try:
        written = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(400, "The file is not in UTF-8.") from None
    read = _csv_rows if media_type == CSV else _json_rows
    return list(_numbered(read(written), institutions))


def _numbered(found: Iterator[Callable[[], Any]], institutions: frozenset[str]) -> Iterator[Row]:
    number = 0
    for number, content in enumerate(found, 1):
        if number > MOST_ROWS:
            raise Refused(413, f"At most {MOST_ROWS} rows are taken at once.")
        yield _row(number, content, institutions)
    if number == 0:
        raise invalid_field("", "empty", "There are no rows.")


def _row(number: int, content: Callable[[], Any], institutions: frozenset[str]) -> Row:
    try:
        report, errors = checked(ReportContent.model_validate(content()), institutions)
    except ValidationError as error:
        errors, report = field_errors(error), None
    except Refused as refused:
        errors, report = list(refused.errors) or [FieldError(pointer="", code="not_json", message="")], None
    except BadCells as bad:
        return Row(number, None, bad.errors)
    if not errors:
        return Row(number, report)
    name = _column_of if isinstance(content, _Cells) else _pointer_of
    distinct = dict.fromkeys((name(error), error.code) for error in errors)
    return Row(number, None, [{"field": at, "code": code} for at, code in distinct])


def _column_of(error: FieldError) -> str:
    return columns.column_of(error.pointer.strip("/").split("/"))


def _pointer_of(error: FieldError) -> str:
    return error.pointer


class BadCells(Exception):
    """A row's cells cannot be read as they are."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__("bad cells")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class _Cells:
    header: list[str]
    cells: list[str]

    def __call__(self) -> dict[str, Any]:
        if len(self.cells) > len(self.header):
            raise BadCells([{"field": "", "code": "too_many_cells"}])
        row: Mapping[str, str] = dict(zip(self.header, self.cells, strict=False))
        if unkeepable := [column for column, cell in row.items() if not is_text(cell)]:
            raise BadCells([{"field": column, "code": "characters"} for column in unkeepable])
        return columns.report_in(row)


def _csv_rows(written: str) -> Iterator[Callable[[], Any]]:
    csv.field_size_limit(LARGEST_ROW)
    first = written.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells)
            else:
                yield _Cells(header, cells)
    except csv.Error:
        raise Refused(400, f"The file is no CSV from line {reader.line_num} on.") from None


def _header(cells: list[str]) -> list[str]:
    header = [cell.strip().casefold() for cell in cells]
    errors = [
        FieldError(pointer=f"/{place}", code=code, message=message)
        for place, name in enumerate(header)
        if (code := _wrong_in_header(header, place, name)) and (message := HEADER_RULES[code])
    ]
    if not {"name", "given", "known_as"} & set(header):
        errors.append(FieldError(pointer="/name", code="missing", message=HEADER_RULES["missing"]))
    if "consent_keep" not in header:
        errors.append(FieldError(pointer="/consent_keep", code="missing", message=HEADER_RULES["missing"]))
    if errors:
        raise invalid(errors)
    return header


HEADER_RULES = {
    "unknown_column": "This is no column of an import.",
    "column_twice": "This column is there twice.",
    "missing": "An import needs this column.",
}


def _wrong_in_header(header: list[str], place: int, name: str) -> str:
    if name not in columns.KNOWN:
        return "unknown_column"
    return "column_twice" if name in header[:place] else ""


def _json_rows(written: str) -> Iterator[Callable[[], Any]]:
    for line in written.split("\n"):
        if line.strip():
            yield lambda line=line: _parsed(line)


def _parsed(line: str) -> Any:
    if len(line) > LARGEST_ROW:
        raise invalid_field("", "too_long", "This row is too long.")
    value = parse_json(line.encode())
    if not isinstance(value, dict):
        raise invalid_field("", "not_an_object", "A row is a report.")
    return value

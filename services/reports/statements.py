"""What a report says, written down statement by statement: who said it, when, and nothing overwritten."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from services.reports.dates import born_span_of, span_of
from services.reports.names import split_name
from services.reports.rows import Rows
from services.reports.sealed import identity_index, seal, seal_if
from services.reports.spelling import is_arabic
from services.reports.tables import IdentityNumber, ReportsTable, StatedDate, Statement, WrittenName
from shared.messages.report_content import (
    AboutPerson,
    Disappearance,
    ReportAddition,
    ReportContent,
    UncertainDate,
)
from shared.messages.report_content import (
    WrittenName as Name,
)

OPEN_FIELDS: Final = ("birthplace", "nationality", "occupation", "marital_status")
SEALED_FIELDS: Final = ("last_address", "description")
OPEN_EVENT_FIELDS: Final = ("code", "governorate", "district", "place")
SEALED_EVENT_FIELDS: Final = ("circumstances",)


@dataclass(frozen=True, slots=True)
class Source:
    """Where statements come from: the report they belong to, who said them, who took them down, when."""

    reference: str
    institution: str
    entered_by: UUID | None
    recorded_at: datetime

    @property
    def columns(self) -> dict[str, Any]:
        """For a row."""
        return {
            "reference": self.reference,
            "institution": self.institution,
            "entered_by": self.entered_by,
            "recorded_at": self.recorded_at,
        }


def write_statements(
    rows: Rows, person: UUID, content: ReportContent | ReportAddition, source: Source, said: set[str]
) -> bool:
    """Keep what a content says of the missing person. What was `said` before in the same words is not said again."""
    told = source.columns
    new = [each for each in _told(person, content) if each.words not in said]
    for table, values, _ in new:
        rows.add(table, id=uuid4(), person=person, **values, **told)
    return bool(new)


def already_said(db: Session, person: UUID) -> set[str]:
    """The words of every statement on a person, to tell what is new."""
    said: set[str] = set()
    for name in db.exec(select(WrittenName).where(col(WrittenName.person) == person)):
        said.add(f"name:{name.whose}:{name.kind}:{name.raw}")
    for stated in db.exec(select(StatedDate).where(col(StatedDate.person) == person)):
        said.add(_date_words({part: getattr(stated, part) for part in _DATE_PARTS}))
    for statement in db.exec(
        select(Statement).where(col(Statement.person) == person, col(Statement.value).is_not(None))
    ):
        said.add(f"{statement.field}:{statement.value}")
    for number in db.exec(select(IdentityNumber).where(col(IdentityNumber.person) == person)):
        said.add(f"identity:{number.number_index}")
    return said


_DATE_PARTS: Final = ("what", "calendar", "year", "month", "day", "earliest", "latest", "words")


class _Told(NamedTuple):
    """Something said: the table it is kept in, its values, and words to know it again by."""

    table: type[ReportsTable]
    values: dict[str, Any]
    words: str


def _told(person: UUID, content: ReportContent | ReportAddition) -> Iterator[_Told]:
    missing, event = content.person, content.event
    yield from _names(missing)
    for what, written in (("birth", missing.born), ("disappearance", event.date)):
        if written is not None:
            stated = _date(what, written)
            yield _Told(StatedDate, stated, _date_words(stated))
    yield from _fields(person, missing, event, content)
    for number in missing.identity_numbers:
        index = identity_index(number.document, number.number)
        entry = "/".join(filter(None, (number.register_number, number.page))) or None
        values = {
            "document": number.document,
            "sealed_number": seal(number.number, f"identity:{person}"),
            "number_index": index,
            "sealed_entry": seal_if(entry, f"identity-entry:{person}"),
        }
        yield _Told(IdentityNumber, values, f"identity:{index}")


def _names(missing: AboutPerson) -> Iterator[_Told]:
    for name in missing.names:
        yield _Told(WrittenName, name_in_parts(name), f"name:own:{name.kind}:{name.raw}")
    for whose, raw in (("mother", missing.mother), ("maternal_grandfather", missing.maternal_grandfather)):
        if raw:
            yield _Told(WrittenName, name_in_parts(Name(raw=raw), whose), f"name:{whose}:official:{raw}")


def name_in_parts(name: Name, whose: str = "own") -> dict[str, Any]:
    """A name in its parts: those that were given, else those that the writing shows."""
    read = split_name(name.raw)
    return {
        "whose": whose,
        "raw": name.raw,
        "script": name.script or _script_of(name.raw),
        "language": name.language,
        "kind": name.kind,
        "given": name.given or read.given or None,
        "father": name.father or read.father or None,
        "grandfather": name.grandfather or read.grandfather or None,
        "great_grandfather": name.great_grandfather or read.great_grandfather or None,
        "family": name.family or read.laqab or None,
        "kunya": name.kunya or read.kunya or None,
    }


def _script_of(text: str) -> str:
    if is_arabic(text):
        return "arabic"
    return "latin" if any("a" <= letter <= "z" for letter in text.casefold()) else "other"


def _date(what: str, written: UncertainDate) -> dict[str, Any]:
    span = (born_span_of if what == "birth" else span_of)(written)
    return {
        "what": what,
        "year": written.year,
        "month": written.month,
        "day": written.day,
        "precision": span.precision if span else "unknown",
        "calendar": written.calendar,
        "earliest": span and span.earliest,
        "latest": span and span.latest,
        "words": written.text,
    }


def _date_words(stated: Mapping[str, Any]) -> str:
    return ":".join(str(stated[part]) for part in _DATE_PARTS)


def _fields(
    person: UUID, missing: AboutPerson, event: Disappearance, content: ReportContent | ReportAddition
) -> Iterator[_Told]:
    open_values = [(name, getattr(missing, name)) for name in ("sex", *OPEN_FIELDS)]
    if missing.declared_dead is not None:
        open_values.append(("declared_dead", "yes" if missing.declared_dead else "no"))
    open_values += [(f"event_{name}", getattr(event, name)) for name in OPEN_EVENT_FIELDS]
    open_values += [("earlier_reference", number) for number in content.earlier_references]
    for name, value in open_values:
        if value is not None:
            yield _Told(Statement, {"field": name, "value": value, "sealed_value": None}, f"{name}:{value}")
    sealed_values = [(name, getattr(missing, name)) for name in SEALED_FIELDS]
    sealed_values += [(f"event_{name}", getattr(event, name)) for name in SEALED_EVENT_FIELDS]
    for name, value in sealed_values:
        if value is not None:
            sealed = seal(value, f"{name}:{person}")
            yield _Told(Statement, {"field": name, "value": None, "sealed_value": sealed}, f"sealed:{uuid4()}")

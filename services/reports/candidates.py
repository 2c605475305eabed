"""Finding, among all records, the few worth comparing with one: by keys in an index, never by reading names."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session

from services.reports.blocking import blocking_keys, hashed, search_keys
from services.reports.dates import Span, born_span_of, span_of
from services.reports.linkage import Record
from services.reports.rows import Rows
from services.reports.sealed import identity_index
from services.reports.tables import BlockingKey
from shared.messages.report_content import AboutPerson, Disappearance

MOST_CANDIDATES: Final = 50
_MOST_NAMES: Final = 8

# Candidates that share more keys come first; keys that many records share would else fill the list. Read last, so
# that what a record says travels only of those that are compared.
_FIND = sa.text("""
SELECT found.wanted_by, report.reference, report.institution, report.shared_with, report.linkage FROM (
    SELECT wanted.reference AS wanted_by, blocking_key.reference,
           row_number() OVER (PARTITION BY wanted.reference ORDER BY count(*) DESC, blocking_key.reference) AS place
    FROM unnest(CAST(:references AS text[]), CAST(:keys AS bigint[])) AS wanted (reference, key)
    JOIN blocking_key ON blocking_key.key = wanted.key AND blocking_key.reference <> wanted.reference
    GROUP BY wanted.reference, blocking_key.reference
) AS found JOIN report USING (reference) WHERE found.place <= :most AND report.is_open
ORDER BY found.wanted_by, found.place
""")
_STORE = sa.text("""
INSERT INTO blocking_key (key, reference) SELECT unnest(CAST(:keys AS bigint[])), :reference ON CONFLICT DO NOTHING
""")
_DROP = sa.text("DELETE FROM blocking_key WHERE reference = :reference AND NOT key = ANY(:keys)")


class Candidate(NamedTuple):
    """A report worth comparing, and what it says."""

    reference: str
    institution: str
    shared_with: list[str]
    record: Record


def record_of(person: AboutPerson, event: Disappearance) -> Record:
    """What linkage reads of a content."""
    return Record(
        names=tuple(dict.fromkeys(name.raw for name in person.names))[:_MOST_NAMES],
        mother=person.mother,
        maternal_grandfather=person.maternal_grandfather,
        sex=person.sex,
        born=born_span_of(person.born),
        event=event.code,
        event_date=span_of(event.date),
        governorate=event.governorate,
        place=event.place,
        identity_indexes=frozenset(identity_index(n.document, n.number) for n in person.identity_numbers),
    )


def merged(known: Record, new: Record) -> Record:
    """A record that knows what either knows; of two words on one thing, the earlier."""
    names = tuple(dict.fromkeys((*known.names, *new.names)))[:_MOST_NAMES]
    return Record(
        names=names,
        mother=known.mother or new.mother,
        maternal_grandfather=known.maternal_grandfather or new.maternal_grandfather,
        sex=known.sex or new.sex,
        born=_more_precise(known.born, new.born),
        event=known.event or new.event,
        event_date=_more_precise(known.event_date, new.event_date),
        governorate=known.governorate or new.governorate,
        place=known.place or new.place,
        identity_indexes=known.identity_indexes | new.identity_indexes,
    )


def gather(rows: Rows, reference: str, record: Record) -> None:
    """Let a report that is being written be found by what it says."""
    for key in hashed(blocking_keys(record)):
        rows.add(BlockingKey, key=key, reference=reference)


def store_again(db: Session, reference: str, record: Record) -> None:
    """Let a report be found by what it says now, and by nothing else."""
    keys = {"keys": hashed(blocking_keys(record)), "reference": reference}
    db.connection().execute(_DROP, keys)
    db.connection().execute(_STORE, keys)


def find_all(db: Session, wanted: Mapping[str, Record], most: int = MOST_CANDIDATES) -> dict[str, list[Candidate]]:
    """For each reference, the other records worth comparing, those that share most with it first."""
    keys = [(reference, key) for reference, record in wanted.items() for key in hashed(search_keys(record))]
    found: dict[str, list[Candidate]] = {reference: [] for reference in wanted}
    known: dict[str, Candidate] = {}
    parameters = {"references": [each[0] for each in keys], "keys": [each[1] for each in keys], "most": most}
    for wanted_by, *row in db.connection().execute(_FIND, parameters) if keys else ():
        reference, institution, shared_with, linkage = row
        if reference not in known:
            known[reference] = Candidate(reference, institution, shared_with, as_record(linkage))
        found[wanted_by].append(known[reference])
    return found


def find(db: Session, record: Record, most: int = MOST_CANDIDATES) -> list[Candidate]:
    """The records worth looking at for one who is searched, those that share most first."""
    return find_all(db, {"": record}, most)[""]


def as_json(record: Record) -> dict[str, Any]:
    """A record as it rests beside its report."""
    return {
        "names": list(record.names),
        "mother": record.mother,
        "maternal_grandfather": record.maternal_grandfather,
        "sex": record.sex,
        "born": _span_as_json(record.born),
        "event": record.event,
        "event_date": _span_as_json(record.event_date),
        "governorate": record.governorate,
        "place": record.place,
        "identity_indexes": sorted(record.identity_indexes),
    }


def as_record(rested: dict[str, Any]) -> Record:
    """The record that `as_json` wrote."""
    return Record(
        names=tuple(rested["names"]),
        mother=rested["mother"],
        maternal_grandfather=rested["maternal_grandfather"],
        sex=rested["sex"],
        born=_as_span(rested["born"]),
        event=rested["event"],
        event_date=_as_span(rested["event_date"]),
        governorate=rested["governorate"],
        place=rested["place"],
        identity_indexes=frozenset(rested["identity_indexes"]),
    )


def _span_as_json(span: Span | None) -> list[str] | None:
    return span and [span.earliest.isoformat(), span.latest.isoformat(), span.precision]


def _as_span(rested: list[Any] | None) -> Span | None:
    if rested is None:
        return None
    return Span(date.fromisoformat(rested[0]), date.fromisoformat(rested[1]), rested[2])


_FINENESS: Final = {"day": 0, "month": 1, "year": 2, "decade": 3, "unknown": 4}


def _more_precise(known: Span | None, new: Span | None) -> Span | None:
    if known is None or new is None:
        return known or new
    return new if _FINENESS[new.precision] < _FINENESS[known.precision] else known

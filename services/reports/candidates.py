"""Finding, among all records, the few worth comparing with one: by keys in an index, never by reading names."""

from datetime import date
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session

from services.reports.blocking import blocking_keys, hashed, search_keys
from services.reports.dates import Span, born_span_of, span_of
from services.reports.linkage import Record
from services.reports.sealed import identity_index
from shared.messages.report_content import Disappearance, MissingPerson

MOST_CANDIDATES: Final = 50
_MOST_NAMES: Final = 8

# Candidates that share more keys come first; keys that many records share would else fill the list.
_FIND = sa.text("""
SELECT report.reference, report.institution, report.shared_with, report.linkage FROM (
    SELECT reference FROM blocking_key WHERE key = ANY(:keys) AND reference <> :reference
    GROUP BY reference ORDER BY count(*) DESC, reference LIMIT :most
) AS found JOIN report USING (reference) WHERE report.is_open
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


def record_of(person: MissingPerson, event: Disappearance) -> Record:
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


def store(db: Session, candidate: Candidate) -> None:
    """Let a report be found by what it says: by others of this transaction at once, by the rest when it commits."""
    keys = hashed(blocking_keys(candidate.record))
    db.connection().execute(_STORE, {"keys": keys, "reference": candidate.reference})
    _of_this_transaction(db)[candidate.reference] = (candidate, frozenset(keys))


def store_again(db: Session, candidate: Candidate) -> None:
    """The same for a report that was found by something else before."""
    keys = hashed(blocking_keys(candidate.record))
    db.connection().execute(_DROP, {"keys": keys, "reference": candidate.reference})
    store(db, candidate)


def was_stored(db: Session, reference: str) -> bool:
    """Whether a report was stored in this transaction."""
    return reference in _of_this_transaction(db)


def find(db: Session, record: Record, but: str = "", most: int = MOST_CANDIDATES) -> list[Candidate]:
    """The records worth comparing with this one, those that share most with it first."""
    keys = hashed(search_keys(record))
    if not keys:
        return []
    rows = db.connection().execute(_FIND, {"keys": keys, "reference": but, "most": most}).mappings()
    found = [
        Candidate(row["reference"], row["institution"], row["shared_with"], as_record(row["linkage"])) for row in rows
    ]
    wanted, known = frozenset(keys), {but, *(candidate.reference for candidate in found)}
    here = _of_this_transaction(db).values()
    found += [c for c, its_keys in here if c.reference not in known and not wanted.isdisjoint(its_keys)]
    return found


def _of_this_transaction(db: Session) -> dict[str, tuple[Candidate, frozenset[int]]]:
    """Records not yet flushed: many reports come in one transaction, and their rows are written at its end."""
    return db.info.setdefault("records_of_this_transaction", {})


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

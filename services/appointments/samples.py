"""Reference samples: one donor for many missing persons, many donors for one; a barcode and no name on the card."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from services.appointments import custody
from services.appointments.sites import refuse_unless_run_by, refuse_unless_runs_session
from services.appointments.tables import Donor, Sample, SampleFor, Site, Visit
from services.appointments.visits import UnknownVisit
from shared.database import now
from shared.messages.appointments import RecordCustody, RegisterSample, SampleCollected, SampleDetails
from shared.messages.model import open_content
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal
from shared.sealing import Purpose, keys

CLOCKS_DIFFER = timedelta(hours=1)
"""How far ahead of ours the clock of a device at a site may be."""


class BarcodeTaken(Refusal):
    """Another sample has this barcode."""

    reason = "barcode_taken"


class SampleExists(Refusal):
    """The sample is registered already."""

    reason = "sample_exists"


class TakenInFuture(Refusal):
    """The sample is said to have been taken at a time to come."""

    reason = "taken_in_future"


def register_sample(db: Session, command: RegisterSample) -> Sample:
    """Register a sample under its barcode, for the files that it serves, and begin its custody chain.

    A donor who is known keeps the name on record: one donor, one name, however many samples.
    Refuses with UnknownSite, NotYours (another institution's site or visit), BarcodeTaken, SampleExists, UnknownVisit
    or TakenInFuture.
    """
    refuse_if_impossible(db, command)
    details = open_content(command.details, SampleDetails, str(command.sample))
    _keep_donor(db, command.donor, details)
    sample = _sample(db, command, details)
    db.add(sample)
    db.flush()
    for reference in set(command.references):
        db.add(_serves(sample.id, reference, details))
    custody.add_link(db, sample.id, "collected", command, site=command.site, happened_at=command.taken_at)
    publish(db, _told(sample, sorted(set(command.references)), details.relation))
    return sample


def record_custody(db: Session, command: RecordCustody) -> None:
    """Add what happened with a sample to its chain, and publish who holds it now. Refuses as `custody.record` does."""
    sample = custody.record(db, command)
    served = _served(db, sample.id)
    sample.version += 1
    db.flush()
    publish(db, _told(sample, [each.reference for each in served], served[0].relation))


def sample_by_barcode(db: Session, barcode: str, institution: str) -> dict[str, Any]:
    """A sample for the staff of an institution that holds it, is to receive it, or runs its site: what is on its card,
    the files it serves, and its custody chain. No name.

    Raises LookupError where no such sample has the barcode.
    """
    concerned = (col(Sample.held_by), col(Sample.handed_to), col(Site.institution))
    wanted = select(Sample).join(Site).where(Sample.barcode == barcode, sa.or_(*(c == institution for c in concerned)))
    sample = db.exec(wanted).first()
    if sample is None:
        raise LookupError("no such sample")
    shown = sample.model_dump(mode="json", exclude={"sealed_people", "version", "entered_by"})
    links = [link.model_dump(mode="json", exclude={"sample", "digest"}) for link in custody.chain(db, sample.id)]
    shown |= {"chain_is_whole": custody.is_whole(db, sample.id)}
    served = [{"reference": s.reference, "relation": s.relation} for s in _served(db, sample.id)]
    return {**shown, "serves": served, "custody": links}


OF_SESSION = sa.text("""
SELECT s.id AS sample, s.barcode, s.taken_at, s.entered_at, array_agg(f.reference ORDER BY f.reference) AS "references",
       min(f.relation) AS relation
FROM sample s JOIN visit v ON v.id = s.visit JOIN sample_for f ON f.sample = s.id JOIN site ON site.id = s.site
WHERE v.session = :session AND site.institution = :institution GROUP BY s.id ORDER BY s.entered_at DESC, s.barcode
""")


def samples_of_session(db: Session, session: str, institution: str) -> list[dict[str, Any]]:
    """What was taken at a session of an institution, for its staff, the newest entry first. No name."""
    rows = db.connection().execute(OF_SESSION, {"session": UUID(session), "institution": institution}).mappings()
    return [_shown(row) for row in rows]


def _shown(row: Any) -> dict[str, Any]:
    times = {at: row[at].isoformat() for at in ("taken_at", "entered_at")}
    return {**row, **times, "sample": str(row["sample"])}


CARDS = sa.text("""
SELECT s.id AS sample, s.barcode, s.taken_at, coalesce(s.held_by, site.institution) AS held_by, site.name AS site
FROM sample s JOIN site ON site.id = s.site WHERE s.id = ANY(:samples) ORDER BY s.taken_at
""")


def cards_of(db: Session, samples: list[str]) -> list[dict[str, Any]]:
    """What is on the cards of samples, where they were taken, and who holds them, oldest first: for the coordinator."""
    rows = db.connection().execute(CARDS, {"samples": [UUID(sample) for sample in samples]}).mappings()
    return [{**row, "sample": str(row["sample"]), "taken_at": row["taken_at"].isoformat()} for row in rows]


WITH_REFERENCES = sa.text("""
SELECT s.id AS sample, s.version, s.donor, s.barcode, s.held_by, min(f.relation) AS relation,
       array_agg(f.reference ORDER BY f.reference) AS "references"
FROM sample s JOIN sample_for f ON f.sample = s.id GROUP BY s.id
""")


def states(db: Session) -> Iterator[SampleCollected]:
    """Every sample as it is now."""
    rows = db.connection().execute(WITH_REFERENCES, execution_options={"yield_per": 1000})
    for row in rows.mappings():
        yield SampleCollected.model_validate(dict(row))


def refuse_if_impossible(db: Session, command: RegisterSample) -> None:
    """Refuse what `register_sample` refuses, with nothing written."""
    refuse_unless_run_by(db, command.actor, command.site)
    if command.taken_at > now(db) + CLOCKS_DIFFER:
        raise TakenInFuture
    if command.visit:
        session = db.exec(select(Visit.session).where(Visit.id == command.visit)).first()
        if session is None:
            raise UnknownVisit(visit=command.visit)
        refuse_unless_runs_session(db, command.actor, session)
    if _exists(db, command.sample):
        raise SampleExists
    if db.exec(select(Sample.id).where(Sample.barcode == command.barcode)).first():
        raise BarcodeTaken


def _exists(db: Session, sample: UUID) -> bool:
    return db.exec(select(Sample.id).where(Sample.id == sample)).first() is not None


def _keep_donor(db: Session, donor: UUID, details: SampleDetails) -> None:
    if db.get(Donor, donor) is not None:
        return
    name = keys().seal(Purpose.APPOINTMENTS, details.donor_name.encode(), f"donor:{donor}")
    seen = details.identity_document_seen
    db.add(Donor(id=donor, sealed_name=name, identity_document_seen=seen, first_seen_at=now(db)))
    db.flush()


def _sample(db: Session, command: RegisterSample, details: SampleDetails) -> Sample:
    people = details.model_dump_json(include={"collected_by", "witness"}).encode()
    return Sample(
        id=command.sample,
        version=1,
        donor=command.donor,
        barcode=command.barcode,
        visit=command.visit,
        site=command.site,
        specimen=command.specimen,
        kit_lot=details.kit_lot,
        taken_at=command.taken_at,
        entered_at=now(db),
        entered_by=command.by,
        held_by=command.institution,
        sealed_people=keys().seal(Purpose.APPOINTMENTS, people, f"sample:{command.sample}"),
    )


def _serves(sample: UUID, reference: str, details: SampleDetails) -> SQLModel:
    return SampleFor(sample=sample, reference=reference, relation=details.relation, biological=details.biological)


def _served(db: Session, sample: UUID) -> list[SampleFor]:
    asked = select(SampleFor).where(SampleFor.sample == sample).order_by(col(SampleFor.reference))
    return list(db.exec(asked))


def _told(sample: Sample, references: list[str], relation: str) -> SampleCollected:
    return SampleCollected(
        sample=sample.id,
        version=sample.version,
        donor=sample.donor,
        barcode=sample.barcode,
        references=references,
        relation=relation,  # pyright: ignore[reportArgumentType]
        held_by=sample.held_by,
    )

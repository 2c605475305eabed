"""Reference samples that serve a file: counted for its family, and tied to the persons who gave them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from services.reports import files, linking, status
from services.reports.helping import count_helpers
from services.reports.tables import DonorSample, Person, Report
from shared.messages.appointments import SampleCollected
from shared.messages.matching import SampleStateChanged
from shared.messages.reports import Status

WITHOUT_REPORT = """
SELECT s.sample, s.reference FROM donor_sample s LEFT JOIN report r USING (reference)
WHERE r.reference IS NULL ORDER BY s.reference, s.sample LIMIT 200
"""


def on_sample_collected(db: Session, event: SampleCollected) -> None:
    """A sample was taken: it counts for every file that it was given for, once that is in the record."""
    here = _lock_those_here(db, event.references)
    for reference in sorted(event.references):
        told = {"donor": event.donor, "relation": event.relation, "collected_version": event.version}
        row = insert(DonorSample).values(
            sample=event.sample, reference=reference, state="collected", state_version=0, **told
        )
        newer = col(DonorSample.collected_version) < event.version
        db.exec(row.on_conflict_do_update(index_elements=["sample", "reference"], set_=told, where=newer))
        if reference in here:
            _know_donor(db, reference, event.donor, event.relation)
            _recount(db, reference)


def on_sample_state_changed(db: Session, event: SampleStateChanged) -> None:
    """The laboratory's work moved on; a sample that must be taken again no longer counts."""
    here = _lock_those_here(db, event.references)
    for reference in sorted(event.references):
        told = {"state": event.state, "state_version": event.version}
        row = insert(DonorSample).values(
            sample=event.sample, reference=reference, donor=None, relation=None, collected_version=0, **told
        )
        newer = col(DonorSample.state_version) < event.version
        db.exec(row.on_conflict_do_update(index_elements=["sample", "reference"], set_=told, where=newer))
        if reference in here:
            _recount(db, reference)


def count_earlier(db: Session, references: Sequence[str]) -> None:
    """Count the samples that came before these reports, which have just been written."""
    earlier = select(DonorSample).where(col(DonorSample.reference).in_(references)).order_by(DonorSample.reference)
    found = db.exec(earlier).all()
    for sample in found:
        if sample.donor and sample.relation:
            _know_donor(db, sample.reference, sample.donor, sample.relation)
    for reference in sorted({sample.reference for sample in found}):
        _recount(db, reference)


def without_report(db: Session) -> list[dict[str, Any]]:
    """Samples whose reports are not in the record, by reference: not entered yet, or mistyped."""
    rows = db.connection().exec_driver_sql(WITHOUT_REPORT).mappings()
    return [{**row, "sample": str(row["sample"])} for row in rows]


def _lock_those_here(db: Session, references: Iterable[str]) -> set[str]:
    """Lock those of these reports that are in the record; the others will not come before this transaction ends."""
    wanted = sorted(set(references))
    here = _here(db, wanted)
    if len(here) < len(wanted):
        linking.lock_search(db)  # what is being accepted at this moment is waited for
        here = _here(db, wanted)
    for reference in sorted(here):
        files.lock_report(db, reference)
    return here


def _here(db: Session, references: list[str]) -> set[str]:
    return set(db.exec(select(Report.reference).where(col(Report.reference).in_(references))).all())


def _recount(db: Session, reference: str) -> None:
    report = files.lock_report(db, reference)
    count, helped = files.count_samples(db, reference), report.would_help
    count_helpers(db, report)
    if count == report.samples and report.would_help == helped:
        return
    report.samples = count
    wanted: Status = "samples_complete" if count >= files.ENOUGH_SAMPLES else "samples_needed"
    if report.status != wanted and status.may_follow(report.status, wanted):  # pyright: ignore[reportArgumentType]
        status.enter(db, report, wanted)
    files.report_changed(db, report)


def _know_donor(db: Session, reference: str, donor: UUID, relation: str) -> None:
    """Where just one relative of the file fits, they are the donor: one human being in all files they gave for."""
    fitting = select(Person).where(
        col(Person.reference) == reference,
        col(Person.relation) == relation,
        col(Person.role).in_(("relative", "reporter")),
    )
    persons = db.exec(fitting).all()
    if any(person.donor == donor for person in persons):
        return
    unknown = [person for person in persons if person.donor is None]
    if len(unknown) == 1:
        unknown[0].donor = donor
        db.add(unknown[0])

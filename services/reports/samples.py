"""Reference samples that serve a file: counted for its family, and tied to the persons who gave them."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from services.reports import files, status
from services.reports.helping import count_helpers
from services.reports.tables import DonorSample, Person
from shared.messages.appointments import SampleCollected
from shared.messages.matching import SampleStateChanged
from shared.messages.reports import Status


def on_sample_collected(db: Session, event: SampleCollected) -> None:
    """A sample was taken: it counts for every file that it was given for."""
    for reference in sorted(event.references):
        files.lock_report(db, reference)
        told = {"donor": event.donor, "relation": event.relation, "collected_version": event.version}
        row = insert(DonorSample).values(
            sample=event.sample, reference=reference, state="collected", state_version=0, **told
        )
        newer = col(DonorSample.collected_version) < event.version
        db.exec(row.on_conflict_do_update(index_elements=["sample", "reference"], set_=told, where=newer))
        _know_donor(db, reference, event.donor, event.relation)
        _recount(db, reference)


def on_sample_state_changed(db: Session, event: SampleStateChanged) -> None:
    """The laboratory's work moved on; a sample that must be taken again no longer counts."""
    for reference in sorted(event.references):
        files.lock_report(db, reference)
        told = {"state": event.state, "state_version": event.version}
        row = insert(DonorSample).values(
            sample=event.sample, reference=reference, donor=None, relation=None, collected_version=0, **told
        )
        newer = col(DonorSample.state_version) < event.version
        db.exec(row.on_conflict_do_update(index_elements=["sample", "reference"], set_=told, where=newer))
        _recount(db, reference)


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

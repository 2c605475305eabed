"""Reference samples as `appointments` tells of them, and where their laboratory work stands."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from services.matching.tables import Sample, SampleFamily
from shared.messages.appointments import SampleCollected
from shared.messages.matching import SampleStateChanged
from shared.messaging.outbox import publish


def know_sample(db: Session, event: SampleCollected) -> None:
    """Keep a sample's barcode, donor, custody and reports, unless something newer is known.

    Its laboratory state stays.
    """
    told = {
        "version": event.version,
        "donor": event.donor,
        "barcode": event.barcode,
        "relation": event.relation,
        "held_by": event.held_by,
    }
    statement = insert(Sample).values(id=event.sample, state="collected", state_version=event.version, **told)
    newer = statement.on_conflict_do_update(
        index_elements=["id"], set_=told, where=col(Sample.version) < event.version
    ).returning(col(Sample.id))
    if db.exec(newer).first() is None:
        return
    _set_references(db, event.sample, set(event.references))


def _set_references(db: Session, sample: UUID, references: set[str]) -> None:
    mine = col(SampleFamily.sample) == sample
    db.exec(delete(SampleFamily).where(mine, col(SampleFamily.reference).not_in(references)))
    if references:
        families = [{"sample": sample, "reference": r} for r in sorted(references)]
        db.exec(insert(SampleFamily).values(families).on_conflict_do_nothing())


def samples_of(db: Session, barcodes: Iterable[str]) -> dict[str, Sample]:
    """The known samples among these barcodes, locked in one order for the transaction."""
    wanted = select(Sample).where(col(Sample.barcode).in_(set(barcodes))).order_by(col(Sample.id))
    rows = db.exec(wanted.with_for_update().execution_options(populate_existing=True))
    return {s.barcode: s for s in rows}


def references_of(db: Session, samples: Iterable[Sample]) -> dict[str, list[str]]:
    """For each sample's barcode the reports that it was given for."""
    barcodes = {s.id: s.barcode for s in samples}
    found: dict[str, list[str]] = {b: [] for b in barcodes.values()}
    rows = select(SampleFamily).where(col(SampleFamily.sample).in_(barcodes)).order_by(SampleFamily.reference)
    for row in db.exec(rows):
        found[barcodes[row.sample]].append(row.reference)
    return found


def change_state(db: Session, sample: Sample, state: str) -> None:
    """Take the laboratory's word on a sample, and tell it where it is news."""
    if sample.state == state:
        return
    sample.state = state
    sample.state_version += 1
    db.add(sample)
    publish(db, state_of(sample, references_of(db, [sample])[sample.barcode]))


def state_of(sample: Sample, references: Sequence[str]) -> SampleStateChanged:
    """A sample's state as it is told."""
    return SampleStateChanged.model_validate(
        {
            "sample": sample.id,
            "version": sample.state_version,
            "references": list(references),
            "state": sample.state,
        }
    )

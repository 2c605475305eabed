"""The current state of all that this part has told of, for `sila resync`: samples, and families' latest contacts."""

from collections.abc import Iterator

from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session, col, select

from services.matching import meetings, releasing, samples
from services.matching.tables import ContactRequest, Sample
from shared.messages.model import Event

CHUNK = 500


def states(db: Session) -> Iterator[Event]:
    """The state events of samples in laboratory work, then the latest contact of each family that was asked or met."""
    yield from _sample_states(db)
    latest = (
        select(ContactRequest)
        .ext(distinct_on(col(ContactRequest.reference)))
        .where(ContactRequest.version > 0)
        .order_by(ContactRequest.reference, col(ContactRequest.version).desc())
    )
    for request in db.exec(latest.execution_options(yield_per=CHUNK)):
        yield meetings.met(request) if request.state == "met" else releasing.requested(request)


def _sample_states(db: Session) -> Iterator[Event]:
    wanted = select(Sample).where(Sample.state != "collected").order_by(col(Sample.id))
    for chunk in db.exec(wanted.execution_options(yield_per=CHUNK)).partitions(CHUNK):
        references = samples.references_of(db, chunk)
        for sample in chunk:
            yield samples.state_of(sample, references[sample.barcode])

"""What a laboratory hands in: the result of one sample, or a match of remains with donors.

A result moves its sample on; a match becomes an item of the review list, with what the checks found."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, select

from services.matching import checks, samples
from services.matching.contacting import plan_contact
from services.matching.sealed import index_of, seal_in
from services.matching.tables import Match, MatchDonor, RecordedReport, Sample
from shared.database import now
from shared.messages.matching import LaboratoryReport, RecordLaboratoryReport
from shared.messages.model import open_content
from shared.messaging.refusal import Refusal
from shared.ownership import NotYours, may_change

STATE_AFTER = {None: "received", "ok": "usable", "repeat": "repeat_needed", "mix_up_suspected": "repeat_needed"}
"""What a result's quality means for its sample; a result without one says that the laboratory has received it."""


class UnknownBarcode(Refusal):
    """No sample of that barcode is in custody. `barcode`: the first such one."""

    reason = "unknown_barcode"


class AlreadyRecorded(Refusal):
    """This report was handed in before."""

    reason = "already_recorded"


class IncompleteReport(Refusal):
    """A result needs its sample's barcode, a match those of the remains and of a donor.

    Which of them lacks is not said: the answer travels in the clear, and would tell what kind of report it was.
    """

    reason = "incomplete_report"


def record_laboratory_report(db: Session, command: RecordLaboratoryReport) -> None:
    """Take a laboratory's report in.

    Refuses with AlreadyRecorded, IncompleteReport, UnknownBarcode where no sample has the barcode, or NotYours where a
    sample is not in the institution's custody. Whoever handed it in is told of both in the same words.
    """
    report = open_content(command.content, LaboratoryReport, str(command.laboratory_report))
    if db.exec(select(RecordedReport.id).where(RecordedReport.id == command.laboratory_report)).first():
        raise AlreadyRecorded
    barcodes = _barcodes(report)
    known = samples.samples_of(db, barcodes)
    for barcode in barcodes:
        if barcode not in known:
            raise UnknownBarcode(barcode=barcode)
        if not may_change(command.actor, institution=known[barcode].held_by):
            raise NotYours(barcode=barcode)
    if report.kind == "result":
        _record_result(db, command, report, known[barcodes[0]])
    else:
        _record_match(db, command, report, [known[b] for b in barcodes])


def _barcodes(report: LaboratoryReport) -> list[str]:
    """The samples that a report speaks of, each once."""
    if report.kind == "result":
        if report.barcode is None:
            raise IncompleteReport
        return [report.barcode]
    if report.remains_barcode is None or not report.donor_barcodes:
        raise IncompleteReport
    return sorted(set(report.donor_barcodes))


def _record_result(db: Session, command: RecordLaboratoryReport, report: LaboratoryReport, sample: Sample) -> None:
    db.add(_recorded(command, report, now(db), sample.id))
    was = sample.state
    samples.change_state(db, sample, STATE_AFTER[report.quality])
    if sample.state == "repeat_needed" != was:
        for reference in samples.references_of(db, [sample])[sample.barcode]:
            plan_contact(db, reference, "repeat_sample")


def _record_match(db: Session, command: RecordLaboratoryReport, report: LaboratoryReport, donors: list[Sample]) -> None:
    findings = checks.find(db, command.institution, report, donors)
    match = Match(
        id=command.laboratory_report,
        remains_index=index_of("remains", report.remains_barcode or ""),
        sealed_findings=seal_in("findings", command.laboratory_report, findings),
        handed_in_by=command.actor.staff,
    )
    db.add(_recorded(command, report, now(db), None))
    db.flush()
    db.add(match)
    db.flush()
    db.add_all(MatchDonor(match=match.id, sample=s.id) for s in donors)


def _recorded(
    command: RecordLaboratoryReport, report: LaboratoryReport, at: datetime, sample: UUID | None
) -> RecordedReport:
    return RecordedReport(
        id=command.laboratory_report,
        kind=report.kind,
        institution=command.institution,
        number_index=checks.index_of_number(command.institution, report.laboratory_number),
        sealed_report=seal_in("laboratory_report", command.laboratory_report, report),
        handed_in_by=command.actor.staff,
        sample=sample,
        recorded_at=at,
    )

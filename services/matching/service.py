"""What comes in to `matching`, and which rule it goes to."""

from random import SystemRandom
from typing import Any

from sqlmodel import Session

from services.matching import (
    call_desk,
    contacting,
    families,
    laboratory,
    meetings,
    need_to_know,
    releasing,
    reviewing,
    samples,
)
from shared.messages.appointments import SampleCollected
from shared.messages.matching import (
    AssignContactPerson,
    PlanContact,
    RecordLaboratoryReport,
    RecordMeeting,
    Review,
    RoundDue,
)
from shared.messages.reports import ReportChanged
from shared.messaging.bus import command, event
from shared.messaging.rpc import staff_read

CHANCE = SystemRandom()


class MatchingService:
    """Samples' laboratory work, match reports, their review, and the contacts with families."""

    name = "matching"

    @event(ReportChanged)
    def on_report_changed(self, db: Session, message: ReportChanged) -> None:
        """A family's file is known, or has changed."""
        families.know_family(db, message, CHANCE)

    @event(SampleCollected)
    def on_sample_collected(self, db: Session, message: SampleCollected) -> None:
        """A sample is in custody."""
        samples.know_sample(db, message)

    @command(RecordLaboratoryReport)
    def on_record_laboratory_report(self, db: Session, message: RecordLaboratoryReport) -> None:
        """A laboratory hands in a report."""
        laboratory.record_laboratory_report(db, message)

    @command(Review)
    def on_review(self, db: Session, message: Review) -> None:
        """A reviewer gives an opinion."""
        reviewing.review(db, message)

    @command(PlanContact)
    def on_plan_contact(self, db: Session, message: PlanContact) -> None:
        """A desk wants a family to be asked."""
        contacting.plan_for_desk(db, message)

    @command(AssignContactPerson)
    def on_assign_contact_person(self, db: Session, message: AssignContactPerson) -> None:
        """A case manager takes a family on."""
        contacting.assign_contact_person(db, message)

    @command(RoundDue)
    def on_round_due(self, db: Session, message: RoundDue) -> None:
        """A round goes out."""
        releasing.release_round(db, message, CHANCE)

    @command(RecordMeeting)
    def on_record_meeting(self, db: Session, message: RecordMeeting) -> None:
        """A family was met."""
        meetings.record_meeting(db, message, CHANCE)

    @staff_read
    def call_desk(self, db: Session, reference: str, institution: str) -> dict[str, Any]:
        """What to do for a family that calls."""
        return call_desk.call_desk(db, reference, institution)

    @staff_read
    def contact_requests(self, db: Session, institution: str, state: str = "requested") -> list[dict[str, Any]]:
        """The call-back queue of an institution."""
        return call_desk.contact_requests(db, institution, state)

    @staff_read
    def my_families(self, db: Session, case_manager: str, institution: str) -> list[dict[str, Any]]:
        """The families of a case manager."""
        return call_desk.my_families(db, case_manager, institution)

    @staff_read
    def reviews_open(self, db: Session, reviewer: str) -> list[dict[str, Any]]:
        """The review list (reviewers)."""
        return need_to_know.reviews_open(db, reviewer)

    @staff_read
    def match(self, db: Session, item: str, reviewer: str) -> dict[str, Any]:
        """An item of the review list (reviewers)."""
        return need_to_know.match(db, item, reviewer)

    @staff_read
    def occasion(self, db: Session, contact_request: str, case_manager: str) -> dict[str, Any]:
        """Why a family is asked (its case manager)."""
        return need_to_know.occasion(db, contact_request, case_manager)

    @staff_read
    def meeting(self, db: Session, contact_request: str, case_manager: str) -> dict[str, Any]:
        """What was recorded of a meeting (its case manager)."""
        return need_to_know.meeting(db, contact_request, case_manager)

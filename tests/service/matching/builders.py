"""What a test of matching begins with, stating only what matters to it."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session, select

from services.matching import families, laboratory, meetings, releasing, reviewing, samples
from services.matching.contacting import assign_contact_person, plan_for_desk
from services.matching.tables import ContactRequest, Sample
from shared.messages.appointments import SampleCollected
from shared.messages.matching import (
    AssignContactPerson,
    LaboratoryReport,
    MeetingAccount,
    Opinion,
    PlanContact,
    RecordLaboratoryReport,
    RecordMeeting,
    Review,
    RoundDue,
)
from shared.messages.model import seal_content
from shared.messages.reports import ReportChanged
from shared.references import new_reference
from shared.settings import settings
from tests.actors import key_of, staff_of
from tests.service.told import told as told

FIRST_DAY = datetime(2026, 11, 24, 9, tzinfo=UTC)
ANNA, BAHAR, CASE_MANAGER, DESK = (UUID(int=n + (4 << 76) + (8 << 60)) for n in range(1, 5))


class Calendar:
    """The clock of a test, which stands until it is turned."""

    def __init__(self) -> None:
        self.at = FIRST_DAY

    def __call__(self) -> datetime:
        return self.at

    def turn(self, **distance: float) -> None:
        self.at += timedelta(**distance)


class NobodyHeld(Random):
    """A chance by which a round keeps nobody for the next one, and routine contacts come on their usual days."""

    def random(self) -> float:
        return 0.999


class EverybodyHeld(Random):
    """A chance by which a round keeps everybody who can be kept."""

    def random(self) -> float:
        return 0.0


def a_family(
    db: Session,
    reference: str | None = None,
    *,
    version: int = 1,
    institution: str = "mgd",
    is_verified: bool = True,
    is_open: bool = True,
    wants_to_wait: bool = False,
    chance: Random | None = None,
) -> str:
    """A family's file arrives; returns its reference."""
    reference = reference or new_reference()
    changed = ReportChanged(
        reference=reference,
        version=version,
        institution=institution,
        status="registered",
        timeline=[],
        needs=[],
        governorate=None,
        event=None,
        contact=uuid4(),
        is_verified=is_verified,
        language="ar",
        channel="sms",
        detail="neutral",
        consent_contact=["sms"],
        consent_share=[],
        is_open=is_open,
        wants_to_wait=wants_to_wait,
    )
    families.know_family(db, changed, chance or NobodyHeld())
    return reference


def a_sample(db: Session, *references: str, state: str = "usable", donor: UUID | None = None) -> str:
    """A donor's sample that the laboratory has worked on; returns its barcode."""
    barcode = f"BC-{secrets.token_hex(6).upper()}"
    collected = SampleCollected(
        sample=uuid4(),
        version=1,
        donor=donor or uuid4(),
        barcode=barcode,
        references=list(references),
        relation="brother",
        held_by="mld",
    )
    samples.know_sample(db, collected)
    if state == "usable":
        a_result(db, barcode)
    return barcode


def a_result(db: Session, barcode: str, quality: Any = "ok") -> None:
    """The laboratory's result of a sample."""
    hand_in(db, LaboratoryReport(kind="result", laboratory_number="R-1", barcode=barcode, quality=quality))


def a_match_report(*donors: str, **but: Any) -> LaboratoryReport:
    """A match report in which nothing is odd."""
    content: dict[str, Any] = {
        "kind": "match",
        "laboratory_number": f"M-{secrets.token_hex(4)}",
        "remains_barcode": f"RM-{secrets.token_hex(6).upper()}",
        "donor_barcodes": list(donors),
        "likelihood_ratio": 6.7e11,
        "prior": 1e-4,
        "posterior": 0.99999,
        "signed_by": "Dr. S.",
        "signed_at": FIRST_DAY,
    }
    return LaboratoryReport.model_validate(content | but)


def hand_in(db: Session, report: LaboratoryReport, *, by: UUID | None = None, item: UUID | None = None) -> UUID:
    """A laboratory hands a report in; returns its id, which is the review item's."""
    item = item or uuid4()
    sealed = seal_content(report, str(item))
    command = RecordLaboratoryReport(
        laboratory_report=item, content=sealed, actor=staff_of("mld", by) if by else key_of("mld")
    )
    laboratory.record_laboratory_report(db, command)
    return item


def give_opinion(db: Session, item: UUID, by: UUID, decision: Any = "confirm", reason: str = "") -> None:
    """A reviewer says what they found."""
    opinion = seal_content(Opinion(decision=decision, reason=reason), str(item))
    reviewing.review(db, Review(item=item, opinion=opinion, actor=staff_of("mld", by, "match_reviewer")))


def a_confirmed_match(db: Session, *donors: str) -> UUID:
    """A match that two reviewers have confirmed."""
    item = hand_in(db, a_match_report(*donors))
    give_opinion(db, item, ANNA)
    give_opinion(db, item, BAHAR)
    return item


def plan(db: Session, reference: str, institution: str = "mgd") -> None:
    """The desk of the responsible institution wants a family to be asked."""
    plan_for_desk(db, PlanContact(reference=reference, actor=staff_of(institution, DESK)))


def a_round(db: Session, calendar: Calendar, chance: Random | None = None) -> None:
    """The next round goes out at its time."""
    calendar.turn(seconds=settings().contact_round_s)
    releasing.release_round(db, RoundDue(round_at=calendar.at), chance or NobodyHeld())


def request_of(db: Session, reference: str) -> ContactRequest:
    """A family's open request. Raises NoResultFound."""
    db.flush()
    wanted = select(ContactRequest).where(ContactRequest.reference == reference, ContactRequest.state != "met")
    return db.exec(wanted).one()


def open_requests(db: Session, references: Sequence[str]) -> dict[str, str]:
    """The state of each family's open request, for those who have one."""
    rows = db.exec(select(ContactRequest).where(ContactRequest.state != "met"))
    return {r.reference: r.state for r in rows if r.reference in references}


def assign(db: Session, request: UUID, case_manager: UUID = CASE_MANAGER) -> None:
    """A case manager takes a family on."""
    assign_contact_person(
        db, AssignContactPerson(contact_request=request, case_manager=case_manager, actor=staff_of("mgd", DESK))
    )


def meet(db: Session, request: UUID, *, by: UUID = CASE_MANAGER, met_at: datetime | None = None) -> None:
    """A case manager records that the family was met, now or before."""
    account = MeetingAccount(met_at=met_at or db.info["clock"](), place="at home", decision="will call back")
    command = RecordMeeting(
        contact_request=request, account=seal_content(account, str(request)), actor=staff_of("mgd", by)
    )
    meetings.record_meeting(db, command, NobodyHeld())


def sample_of(db: Session, barcode: str) -> Sample:
    return db.exec(select(Sample).where(Sample.barcode == barcode)).one()

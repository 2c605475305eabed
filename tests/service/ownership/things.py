"""One thing of each kind that belongs to an institution and a family, and every command that would change it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session

from services.appointments.files import follow_file as follow_visits
from services.matching.families import know_family
from services.matching.samples import know_sample
from services.matching.tables import ContactRequest
from services.outreach.audiences import follow_file as follow_audience
from services.reports.concerns import raise_concern
from services.reports.handing_over import offer as offer_report
from services.reports.photos import add_photo
from services.reports.tables import ReportLink
from shared.messages import appointments as visits
from shared.messages import matching, outreach, reports
from shared.messages.appointments import SampleCollected, SampleDetails
from shared.messages.matching import LaboratoryReport, MeetingAccount, Opinion
from shared.messages.model import Actor, Command, FamilyActor, seal_content, seal_picture
from shared.messages.outreach import Audience
from shared.messages.report_content import ReportAddition
from shared.messages.reports import FamilyWishes, Remark, ReportChanged
from shared.parts import Part
from shared.references import new_reference
from shared.sealing import keys
from tests.actors import family_of, staff_of
from tests.service.appointments.builders import a_sample, a_session, a_site
from tests.service.matching.builders import NobodyHeld, a_match_report, hand_in
from tests.service.matching.builders import plan as plan_contact
from tests.service.outreach.builders import WORDS, a_drafted, a_meeting, approving
from tests.service.reports.builders import THE_SAME_BY_POLICE, a_report, accepting

OWNER, RUNS_SITE = "mgd", "mld"
Make = Callable[[Actor | FamilyActor], Command]
JPEG = b"\xff\xd8\xff\xe0" + bytes(64)


@dataclass(frozen=True)
class Acts:
    """The commands that an owner is asked for on its things, by kind, each made for whoever acts."""

    by_kind: dict[str, Make]

    def __or__(self, other: "Acts") -> "Acts":
        return Acts(self.by_kind | other.by_kind)


def acts(*makes: Make) -> Acts:
    """Each under the kind of what it makes."""
    anybody = Actor(institution="none", staff=uuid4())
    return Acts({make(anybody).kind: make for make in makes})


def soon(days: int = 7) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def of_reports(db: Session) -> Acts:
    """A report of the owner with a concern, a photo, and a proposed link to another of its reports."""
    report = a_report(db, institution=OWNER)
    a_report(db, institution=OWNER, **THE_SAME_BY_POLICE)
    db.flush()
    link = db.exec(sa.select(ReportLink.id)).scalars().first()  # pyright: ignore
    assert link is not None
    reference, family = report.reference, family_of(report.reference)
    concern, photo = uuid4(), uuid4()
    said = {"reference": reference, "concern": concern, "concern_kind": "question", "door": "web"}
    raise_concern(db, reports.RaiseConcern.model_validate({**said, "actor": family}))
    picture = {"photo": photo, "picture": seal_picture(JPEG, str(photo)), "door": "web"}
    add_photo(db, reports.AddPhoto.model_validate({**picture, "reference": reference, "actor": family}))
    phone = "+9647701239999"
    number = {"phone": keys().seal_for_gateway(phone), "phone_index": keys().phone_index(phone)}
    new = uuid4()
    offered = uuid4()
    why = seal_content(Remark(text="It has moved."), str(offered))
    handed = {"reference": reference, "hand_over": offered}
    offer_report(
        db, reports.OfferHandOver.model_validate({**handed, "to": "mhr", "reason": why, "actor": staff_of(OWNER)})
    )
    other = {"photo": new, "picture": seal_picture(JPEG, str(new)), "door": "web", "reference": reference}
    return acts(
        lambda who: accepting(reference=reference).model_copy(update={"actor": who}),
        lambda who: reports.AddToReport(
            actor=who, reference=reference, content=seal_content(ReportAddition(), reference)
        ),
        lambda who: reports.WithdrawReport(actor=who, reference=reference),
        lambda who: reports.SetStatus(actor=_staff(who), reference=reference, status="being_checked"),
        lambda who: reports.DecideLink(actor=_staff(who), link=link, decision="linked"),
        lambda who: reports.SetConsent(
            actor=who, reference=reference, purpose="share", recipient="police", is_given=True
        ),
        lambda who: reports.SetContact(actor=who, reference=reference, is_verified=True, **number),
        lambda who: reports.SetWishes(
            actor=who, reference=reference, wishes=seal_content(FamilyWishes(when="not_yet"), reference)
        ),
        lambda who: reports.SetSecondContact(actor=who, reference=reference, **number),
        lambda who: reports.RaiseConcern.model_validate({**said, "concern": uuid4(), "actor": who}),
        lambda who: reports.AnswerConcern(
            actor=_staff(who),
            reference=reference,
            concern=concern,
            answer=seal_content(Remark(text="We have it."), str(concern)),
        ),
        lambda who: reports.AddPhoto.model_validate({**other, "actor": who}),
        lambda who: reports.OfferHandOver(
            actor=_staff(who), reference=reference, hand_over=uuid4(), to="ihchr", reason=why
        ),
        lambda who: reports.AnswerHandOver.model_validate({**handed, "accepts": True, "actor": _staff(who)}),
        lambda who: reports.AgreeToHandOver.model_validate({**handed, "agrees": True, "actor": who}),
        lambda who: reports.EndHandOver.model_validate({**handed, "actor": _staff(who)}),
        lambda who: reports.TakeOverReport(actor=_staff(who), reference=reference, to="police", reason=why),
        lambda who: reports.NoteInstitution(actor=_staff(who), closed=OWNER, is_closed=True),
        lambda who: reports.RemovePhoto(actor=who, reference=reference, photo=photo),
    )


def of_appointments(db: Session) -> Acts:
    """A site with a session, a family's visit and its place in the line, and a sample in the site's custody."""
    site = a_site(db)
    session = a_session(db, site=site, free=5, starts_in=soon() - datetime(2026, 11, 24, 9, tzinfo=UTC))
    reference, contact = new_reference(), uuid4()
    follow_visits(db, a_file(reference, contact))
    visit, entry = uuid4(), uuid4()
    from services.appointments.booking import book_visit
    from services.appointments.samples import register_sample
    from services.appointments.waiting import join

    mine = {"reference": reference, "contact": contact, "actor": family_of(reference), "places": 1}
    book_visit(db, visits.BookVisit.model_validate({**mine, "visit": visit, "session": session}))
    full = a_session(db, site=site, free=1, starts_in=soon(9) - datetime(2026, 11, 24, 9, tzinfo=UTC))
    join(db, visits.JoinWaitingList.model_validate({**mine, "entry": entry, "places": 2, "session": full}))
    sample = a_sample(db, barcode="SILA-OWN-1", references=[reference]).model_copy(update={"site": site})
    register_sample(db, sample)
    details = seal_content(SampleDetails(donor_name="ز", relation="sister"), str(sample.sample))
    ends_at = soon() + timedelta(hours=3)
    return acts(
        lambda who: visits.OpenSite(actor=_staff(who), site=site, name={"en": "Taken over"}),
        lambda who: visits.AssignSite(actor=_staff(who), site=site, runs="police"),
        lambda who: visits.CloseSite(actor=_staff(who), site=site),
        lambda who: visits.OpenSession(
            actor=_staff(who), session=uuid4(), site=site, starts_at=soon(), ends_at=ends_at, capacity=3
        ),
        lambda who: visits.CloseSession(actor=_staff(who), session=session),
        lambda who: visits.BookVisit.model_validate({**mine, "actor": who, "visit": uuid4(), "session": session}),
        lambda who: visits.RescheduleVisit(actor=who, visit=visit, session=full),
        lambda who: visits.CancelVisit(actor=who, visit=visit),
        lambda who: visits.JoinWaitingList.model_validate({**mine, "actor": who, "entry": uuid4(), "session": session}),
        lambda who: visits.AnswerOffer(actor=who, entry=entry, offer=uuid4(), accepts=True),
        lambda who: visits.LeaveWaitingList(actor=who, entry=entry),
        lambda who: visits.CheckIn(actor=_staff(who), visit=visit, people=1),
        lambda who: visits.ReceiveWalkIn(
            actor=_staff(who), visit=uuid4(), reference=new_reference(), contact=uuid4(), session=session, people=1
        ),
        lambda who: sample.model_copy(
            update={"actor": _staff(who), "sample": uuid4(), "barcode": "SILA-OWN-2", "taken_at": datetime.now(UTC)}
        ),
        lambda who: visits.EnterRow(
            actor=_staff(who),
            sample=uuid4(),
            donor=uuid4(),
            session=session,
            reference=reference,
            contact=contact,
            barcode="SILA-OWN-3",
            sheet_barcode="SILA-OWN-3",
            taken_at=soon(),
            details=details,
        ),
        lambda who: visits.RecordCustody(
            actor=_staff(who),
            barcode="SILA-OWN-1",
            step="handed_over",
            holder="courier",
            recipient="police",
            happened_at=datetime.now(UTC),
        ),
    )


def of_matching(db: Session) -> Acts:
    """A family that is to be asked, a sample in a laboratory's custody, and a match that waits for reviewers."""
    reference = new_reference()
    know_family(db, a_file(reference, uuid4()), NobodyHeld())
    barcode = f"SILA-{uuid4().hex[:10].upper()}"
    collected = {"sample": uuid4(), "version": 1, "donor": uuid4(), "barcode": barcode, "held_by": RUNS_SITE}
    know_sample(db, SampleCollected.model_validate({**collected, "references": [reference], "relation": "brother"}))
    item = hand_in(db, a_match_report(barcode))
    plan_contact(db, reference)
    db.flush()
    request: UUID = db.exec(sa.select(ContactRequest.id)).scalars().one()  # pyright: ignore
    report = uuid4()
    result = LaboratoryReport(kind="result", laboratory_number="R-9", barcode=barcode, quality="ok")
    account = MeetingAccount(met_at=datetime.now(UTC) - timedelta(hours=1), place="at home")
    return acts(
        lambda who: matching.RecordLaboratoryReport(
            actor=_staff(who), laboratory_report=report, content=seal_content(result, str(report))
        ),
        lambda who: matching.Review(
            actor=_staff(who), item=item, opinion=seal_content(Opinion(decision="confirm"), str(item))
        ),
        lambda who: matching.AssignContactPerson(actor=_staff(who), contact_request=request, case_manager=uuid4()),
        lambda who: matching.PlanContact(actor=_staff(who), reference=reference),
        lambda who: matching.RecordMeeting(
            actor=_staff(who), contact_request=request, account=seal_content(account, str(request))
        ),
    )


def of_outreach(db: Session) -> Acts:
    """A meeting to come with a drafted notice, and a family that was told of it."""
    reference, contact = new_reference(), uuid4()
    follow_audience(db, a_file(reference, contact))
    meeting = a_meeting(db, starts_at=soon())
    drafted = a_drafted(db, meeting)
    notice, approval = drafted.id, approving(db, drafted)
    plan = {"meeting": meeting, "title": {"en": "Moved"}, "place": {"en": "Elsewhere"}, "governorate": "IQ-BG"}
    return acts(
        lambda who: outreach.PlanMeeting.model_validate({**plan, "starts_at": soon(8), "actor": who}),
        lambda who: outreach.CancelMeeting(actor=_staff(who), meeting=meeting),
        lambda who: outreach.DraftNotice(
            actor=_staff(who), notice=notice, meeting=meeting, template="townhall", audience=Audience(), words=WORDS
        ),
        lambda who: outreach.ApprovePublication(actor=_staff(who), meeting=meeting, digest="0" * 64),
        lambda who: approval.model_copy(update={"actor": _staff(who)}),
        lambda who: outreach.StartNotice(actor=_staff(who), notice=notice),
        lambda who: outreach.PauseNotice(actor=_staff(who), notice=notice),
        lambda who: outreach.StopNotice(actor=_staff(who), notice=notice),
        lambda who: outreach.RecordReply(actor=who, contact=contact, notice=notice, answer="yes"),
    )


THINGS: dict[Part, Callable[[Session], Acts]] = {
    Part.REPORTS: of_reports,
    Part.APPOINTMENTS: of_appointments,
    Part.MATCHING: of_matching,
    Part.OUTREACH: of_outreach,
}


def a_file(reference: str, contact: UUID) -> ReportChanged:
    """A family's open file, of the owner."""
    return ReportChanged.model_validate(
        {
            "reference": reference,
            "version": 1,
            "institution": OWNER,
            "status": "registered",
            "timeline": [],
            "needs": [],
            "governorate": "IQ-NI",
            "event": None,
            "contact": contact,
            "is_verified": True,
            "language": "ar",
            "channel": "sms",
            "detail": "neutral",
            "consent_contact": ["sms"],
            "consent_share": ["ihchr"],
        }
    )


def _staff(who: Actor | FamilyActor) -> Actor:
    return who if isinstance(who, Actor) else staff_of("none")

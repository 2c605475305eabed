"""What comes in to `appointments`, and which rule it goes to."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from services.appointments import (
    attendance,
    booking,
    closing,
    entering,
    files,
    follow_up,
    reminders,
    samples,
    sessions,
    sites,
    waiting,
)
from services.appointments.metrics import FIGURES
from shared.messages.appointments import (
    AnswerOffer,
    AssignSite,
    BookVisit,
    CancelVisit,
    CheckIn,
    CloseSession,
    CloseSite,
    EnterRow,
    ExpireWaiting,
    FollowUpSession,
    JoinWaitingList,
    LeaveWaitingList,
    OpenSession,
    OpenSite,
    ReceiveWalkIn,
    RecordCustody,
    RegisterSample,
    RemindVisit,
    RescheduleVisit,
)
from shared.messages.reports import ReportChanged
from shared.messaging.bus import ServedFigures, command, event
from shared.messaging.refusal import Refusal
from shared.messaging.rpc import staff_read
from shared.parts import Part


class AppointmentsService:
    """Sites, sessions, visits, samples and their custody."""

    name = "appointments"

    figures = ServedFigures(Part.APPOINTMENTS, FIGURES)

    @command(OpenSite)
    def on_open_site(self, db: Session, message: OpenSite) -> None:
        sites.open_site(db, message)

    @command(AssignSite)
    def on_assign_site(self, db: Session, message: AssignSite) -> None:
        sites.assign_site(db, message)

    @command(CloseSite)
    def on_close_site(self, db: Session, message: CloseSite) -> None:
        closing.close_site(db, message)

    @command(OpenSession)
    def on_open_session(self, db: Session, message: OpenSession) -> None:
        sessions.open_session(db, message)

    @command(CloseSession)
    def on_close_session(self, db: Session, message: CloseSession) -> None:
        closing.close_session(db, message)

    @command(BookVisit, together=True, most=booking.MOST_TOGETHER)
    def on_book_visits(self, db: Session, messages: Sequence[BookVisit]) -> list[Refusal | None]:
        return booking.carry_out(db, messages)

    @command(RescheduleVisit)
    def on_reschedule_visit(self, db: Session, message: RescheduleVisit) -> None:
        booking.reschedule_visit(db, message)

    @command(CancelVisit)
    def on_cancel_visit(self, db: Session, message: CancelVisit) -> None:
        booking.cancel_visit(db, message)

    @command(JoinWaitingList)
    def on_join_waiting_list(self, db: Session, message: JoinWaitingList) -> None:
        waiting.join(db, message)

    @command(AnswerOffer)
    def on_answer_offer(self, db: Session, message: AnswerOffer) -> None:
        waiting.answer(db, message)

    @command(LeaveWaitingList)
    def on_leave_waiting_list(self, db: Session, message: LeaveWaitingList) -> None:
        waiting.leave(db, message)

    @command(ExpireWaiting)
    def on_expire_waiting(self, db: Session, message: ExpireWaiting) -> None:
        waiting.expire(db, message)

    @command(FollowUpSession)
    def on_follow_up_session(self, db: Session, message: FollowUpSession) -> None:
        follow_up.follow_up(db, message)

    @command(CheckIn)
    def on_check_in(self, db: Session, message: CheckIn) -> None:
        attendance.check_in(db, message)

    @command(ReceiveWalkIn)
    def on_receive_walk_in(self, db: Session, message: ReceiveWalkIn) -> None:
        attendance.receive_walk_in(db, message)

    @command(EnterRow)
    def on_enter_row(self, db: Session, message: EnterRow) -> None:
        entering.enter_row(db, message)

    @command(RecordCustody)
    def on_record_custody(self, db: Session, message: RecordCustody) -> None:
        samples.record_custody(db, message)

    @command(RegisterSample)
    def on_register_sample(self, db: Session, message: RegisterSample) -> None:
        samples.register_sample(db, message)

    @command(RemindVisit)
    def on_remind_visit(self, db: Session, message: RemindVisit) -> None:
        reminders.remind(db, message)

    @event(ReportChanged)
    def on_report_changed(self, db: Session, message: ReportChanged) -> None:
        files.follow_file(db, message)

    @staff_read
    def sites(self, db: Session, institution: str | None = None) -> list[dict[str, Any]]:
        """Every open site, or those that an institution runs."""
        return sites.sites(db, institution)

    @staff_read
    def sessions(
        self, db: Session, since: str, site: str | None = None, institution: str | None = None
    ) -> list[dict[str, Any]]:
        """Sessions of a site, or of all that an institution runs."""
        return sessions.sessions(db, site, since, institution)

    @staff_read
    def site_calendar(
        self, db: Session, site: str, day: str, days: int = 1, institution: str | None = None
    ) -> list[dict[str, Any]]:
        """A site's days."""
        return sessions.site_calendar(db, site, day, days, institution)

    @staff_read
    def visits_of_session(self, db: Session, session: str, institution: str) -> list[dict[str, Any]]:
        """A session's list."""
        return booking.visits_of_session(db, session, institution)

    @staff_read
    def samples_of_session(self, db: Session, session: str, institution: str) -> list[dict[str, Any]]:
        """What was taken at a session."""
        return samples.samples_of_session(db, session, institution)

    @staff_read
    def cards_of_samples(self, db: Session, wanted: list[str]) -> list[dict[str, Any]]:
        """What is on samples' cards (coordinator)."""
        return samples.cards_of(db, wanted)

    @staff_read
    def sample_by_barcode(self, db: Session, barcode: str, institution: str) -> dict[str, Any]:
        """A sample and its custody chain."""
        return samples.sample_by_barcode(db, barcode, institution)

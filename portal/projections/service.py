"""The projector: every event that changes what families read, and every refusal that a door waits for."""

from nameko.timer import timer
from sqlmodel import Session

from portal.projections import files, housekeeping, outreach, settling, visits
from shared.messages.appointments import SessionChanged, SiteChanged, VisitAttended, VisitBooked, VisitCancelled
from shared.messages.gateway import OptOutChanged
from shared.messages.model import CommandRefused
from shared.messages.outreach import MeetingChanged, NoticeSent, ReplyRecorded
from shared.messages.reports import ContactChanged, ReportAccepted, ReportChanged
from shared.messaging.bus import event, refusals


class ProjectorService:
    """Keeps the portal's database in step with its owners."""

    name = "projector"

    @event(ReportAccepted)
    def on_report_accepted(self, db: Session, message: ReportAccepted) -> None:
        files.note_accepted(db, message)

    @event(ReportChanged)
    def on_report_changed(self, db: Session, message: ReportChanged) -> None:
        files.keep_file(db, message)

    @event(ContactChanged)
    def on_contact_changed(self, db: Session, message: ContactChanged) -> None:
        files.keep_contact(db, message)

    @event(SiteChanged)
    def on_site_changed(self, db: Session, message: SiteChanged) -> None:
        visits.keep_site(db, message)

    @event(SessionChanged)
    def on_session_changed(self, db: Session, message: SessionChanged) -> None:
        visits.keep_session(db, message)

    @event(VisitBooked)
    def on_visit_booked(self, db: Session, message: VisitBooked) -> None:
        visits.keep_visit(db, message)

    @event(VisitCancelled)
    def on_visit_cancelled(self, db: Session, message: VisitCancelled) -> None:
        visits.keep_visit(db, message)

    @event(VisitAttended)
    def on_visit_attended(self, db: Session, message: VisitAttended) -> None:
        visits.keep_visit(db, message)

    @event(MeetingChanged)
    def on_meeting_changed(self, db: Session, message: MeetingChanged) -> None:
        outreach.keep_meeting(db, message)

    @event(NoticeSent)
    def on_notice_sent(self, db: Session, message: NoticeSent) -> None:
        outreach.note_questions(db, message)

    @event(ReplyRecorded)
    def on_reply_recorded(self, db: Session, message: ReplyRecorded) -> None:
        outreach.keep_reply(db, message)

    @event(OptOutChanged)
    def on_opt_out_changed(self, db: Session, message: OptOutChanged) -> None:
        outreach.keep_opt_out(db, message)

    @refusals
    def on_refused(self, db: Session, message: CommandRefused) -> None:
        settling.note_refused(db, message)

    @timer(interval=2)
    def chain_audit(self) -> None:
        housekeeping.chain_audit()

    @timer(interval=600)
    def sweep(self) -> None:
        housekeeping.sweep()

"""The projector: every event that changes what families read, and every refusal that a door waits for."""

from collections.abc import Callable, Sequence

from nameko.timer import timer
from sqlmodel import Session

from portal.metrics import FIGURES
from portal.projections import files, housekeeping, outreach, settling, visits
from shared.messages.appointments import (
    SessionChanged,
    SiteChanged,
    VisitAttended,
    VisitBooked,
    VisitCancelled,
    VisitMissed,
    WaitingChanged,
)
from shared.messages.gateway import OptOutChanged
from shared.messages.model import CommandRefused, Event
from shared.messages.outreach import MeetingChanged, NoticeSent, ReplyRecorded
from shared.messages.reports import (
    ConcernChanged,
    ContactChanged,
    PhotoChanged,
    ReportAccepted,
    ReportChanged,
    SecondContactChanged,
    WishesChanged,
)
from shared.messaging.bus import ServedFigures, event, refusals
from shared.parts import Part


class ProjectorService:
    """Keeps the portal's database in step with its owners."""

    name = "projector"

    figures = ServedFigures(Part.PORTAL, FIGURES)

    @event(ReportAccepted, together=True)
    def on_report_accepted(self, db: Session, messages: Sequence[ReportAccepted]) -> list[None]:
        return _all(files.note_accepted, db, messages)

    @event(ReportChanged, together=True)
    def on_report_changed(self, db: Session, messages: Sequence[ReportChanged]) -> list[None]:
        return _all(files.keep_file, db, messages)

    @event(ContactChanged, together=True)
    def on_contact_changed(self, db: Session, messages: Sequence[ContactChanged]) -> list[None]:
        return _all(files.keep_contact, db, messages)

    @event(WishesChanged, together=True)
    def on_wishes_changed(self, db: Session, messages: Sequence[WishesChanged]) -> list[None]:
        return _all(files.keep_wishes, db, messages)

    @event(SecondContactChanged, together=True)
    def on_second_contact_changed(self, db: Session, messages: Sequence[SecondContactChanged]) -> list[None]:
        return _all(files.keep_second_contact, db, messages)

    @event(ConcernChanged, together=True)
    def on_concern_changed(self, db: Session, messages: Sequence[ConcernChanged]) -> list[None]:
        return _all(files.keep_concern, db, messages)

    @event(PhotoChanged, together=True)
    def on_photo_changed(self, db: Session, messages: Sequence[PhotoChanged]) -> list[None]:
        return _all(files.keep_photo, db, messages)

    @event(SiteChanged, together=True)
    def on_site_changed(self, db: Session, messages: Sequence[SiteChanged]) -> list[None]:
        return _all(visits.keep_site, db, messages)

    @event(SessionChanged, together=True)
    def on_session_changed(self, db: Session, messages: Sequence[SessionChanged]) -> list[None]:
        return _all(visits.keep_session, db, messages)

    @event(VisitBooked, together=True)
    def on_visit_booked(self, db: Session, messages: Sequence[VisitBooked]) -> list[None]:
        return _all(visits.keep_visit, db, messages)

    @event(VisitCancelled, together=True)
    def on_visit_cancelled(self, db: Session, messages: Sequence[VisitCancelled]) -> list[None]:
        return _all(visits.keep_visit, db, messages)

    @event(VisitAttended, together=True)
    def on_visit_attended(self, db: Session, messages: Sequence[VisitAttended]) -> list[None]:
        return _all(visits.keep_visit, db, messages)

    @event(VisitMissed, together=True)
    def on_visit_missed(self, db: Session, messages: Sequence[VisitMissed]) -> list[None]:
        return _all(visits.keep_visit, db, messages)

    @event(WaitingChanged, together=True)
    def on_waiting_changed(self, db: Session, messages: Sequence[WaitingChanged]) -> list[None]:
        return _all(visits.keep_waiting, db, messages)

    @event(MeetingChanged, together=True)
    def on_meeting_changed(self, db: Session, messages: Sequence[MeetingChanged]) -> list[None]:
        return _all(outreach.keep_meeting, db, messages)

    @event(NoticeSent)
    def on_notice_sent(self, db: Session, message: NoticeSent) -> None:
        outreach.note_questions(db, message)

    @event(ReplyRecorded, together=True)
    def on_reply_recorded(self, db: Session, messages: Sequence[ReplyRecorded]) -> list[None]:
        return _all(outreach.keep_reply, db, messages)

    @event(OptOutChanged, together=True)
    def on_opt_out_changed(self, db: Session, messages: Sequence[OptOutChanged]) -> list[None]:
        return _all(outreach.keep_opt_out, db, messages)

    @refusals
    def on_refused(self, db: Session, message: CommandRefused) -> None:
        settling.note_refused(db, message)

    @timer(interval=2)
    def chain_audit(self) -> None:
        housekeeping.chain_audit()

    @timer(interval=600)
    def sweep(self) -> None:
        housekeeping.sweep()


def _all(keep: Callable[..., None], db: Session, messages: Sequence[Event]) -> list[None]:
    """Keep what all of these tell, in one go; none is refused."""
    keep(db, *messages)
    return [None for _ in messages]

"""What comes in to `outreach`, and which rule it goes to."""

from typing import Any

from sqlmodel import Session

from services.outreach import audiences, meetings, notices, pacing, progress, replies
from services.outreach.metrics import FIGURES
from shared.messages.gateway import BatchProgressed
from shared.messages.model import LocalText
from shared.messages.outreach import (
    ApproveNotice,
    ApprovePublication,
    BatchDue,
    CancelMeeting,
    DraftNotice,
    PauseNotice,
    PlanMeeting,
    RecordReply,
    StartNotice,
    StopNotice,
)
from shared.messages.reports import ReportChanged
from shared.messaging.bus import ServedFigures, command, event
from shared.messaging.rpc import staff_read
from shared.parts import Part


class OutreachService:
    """Townhall meetings, audiences, notices and replies."""

    name = "outreach"

    figures = ServedFigures(Part.OUTREACH, FIGURES)

    @command(PlanMeeting)
    def on_plan_meeting(self, db: Session, message: PlanMeeting) -> None:
        meetings.plan_meeting(db, message)

    @command(ApprovePublication)
    def on_approve_publication(self, db: Session, message: ApprovePublication) -> None:
        meetings.approve_publication(db, message)

    @command(CancelMeeting)
    def on_cancel_meeting(self, db: Session, message: CancelMeeting) -> None:
        meetings.cancel_meeting(db, message)

    @command(DraftNotice)
    def on_draft_notice(self, db: Session, message: DraftNotice) -> None:
        notices.draft_notice(db, message)

    @command(ApproveNotice)
    def on_approve_notice(self, db: Session, message: ApproveNotice) -> None:
        notices.approve_notice(db, message)

    @command(StartNotice)
    def on_start_notice(self, db: Session, message: StartNotice) -> None:
        notices.start_notice(db, message)

    @command(PauseNotice)
    def on_pause_notice(self, db: Session, message: PauseNotice) -> None:
        notices.pause_notice(db, message)

    @command(StopNotice)
    def on_stop_notice(self, db: Session, message: StopNotice) -> None:
        notices.stop_notice(db, message)

    @command(BatchDue)
    def on_batch_due(self, db: Session, message: BatchDue) -> None:
        pacing.batch_due(db, message)

    @command(RecordReply)
    def on_record_reply(self, db: Session, message: RecordReply) -> None:
        replies.record_reply(db, message)

    @event(ReportChanged)
    def on_report_changed(self, db: Session, message: ReportChanged) -> None:
        audiences.follow_file(db, message)

    @event(BatchProgressed)
    def on_batch_progressed(self, db: Session, message: BatchProgressed) -> None:
        progress.follow_batch(db, message)

    @staff_read
    def count_audience(self, db: Session, audience: dict[str, Any]) -> str:
        """How many contacts an audience has."""
        return audiences.count_audience(db, audience)

    @staff_read
    def notice(self, db: Session, notice: str, institution: str, words: LocalText | None = None) -> dict[str, Any]:
        """A notice's state, progress and answers."""
        return notices.notice(db, notice, institution, words)

    @staff_read
    def notices(self, db: Session, institution: str) -> list[dict[str, Any]]:
        """An institution's notices."""
        return notices.notices(db, institution)

    @staff_read
    def meetings(self, db: Session, institution: str) -> list[dict[str, Any]]:
        """An institution's meetings."""
        return meetings.meetings(db, institution)

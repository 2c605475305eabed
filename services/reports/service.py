"""What comes in to the central record, and which rule it goes to."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from services.reports import (
    concerns,
    consent,
    contacts,
    feed,
    handing_over,
    linking,
    links_reading,
    photos,
    reading,
    reporting,
    samples,
    searching,
    second_contacts,
    statistics,
    status,
    wishes,
)
from services.reports.metrics import FIGURES
from shared.messages.appointments import SampleCollected
from shared.messages.matching import ContactRequested, MeetingRecorded, SampleStateChanged
from shared.messages.reports import (
    AcceptReport,
    AddPhoto,
    AddToReport,
    AgreeToHandOver,
    AnswerConcern,
    AnswerHandOver,
    ConcernDue,
    DecideLink,
    EndHandOver,
    NoteInstitution,
    OfferHandOver,
    RaiseConcern,
    RemovePhoto,
    SetConsent,
    SetContact,
    SetSecondContact,
    SetStatus,
    SetWishes,
    TakeOverReport,
    WithdrawReport,
)
from shared.messaging.bus import ServedFigures, command, event
from shared.messaging.refusal import Refusal
from shared.messaging.rpc import staff_read
from shared.parts import Part


class ReportsService:
    """Owner of the central record."""

    name = "reports"

    figures = ServedFigures(Part.REPORTS, FIGURES)

    @command(AcceptReport, together=True)
    def on_accept_reports(self, db: Session, messages: Sequence[AcceptReport]) -> Sequence[Refusal | None]:
        """Reports come in."""
        return reporting.accept_reports(db, messages)

    @command(AddToReport)
    def on_add_to_report(self, db: Session, message: AddToReport) -> None:
        """More is said of a missing person."""
        reporting.add_to_report(db, message)

    @command(WithdrawReport)
    def on_withdraw_report(self, db: Session, message: WithdrawReport) -> None:
        """A family closes its file."""
        status.withdraw_report(db, message)

    @command(SetStatus)
    def on_set_status(self, db: Session, message: SetStatus) -> None:
        """An officer moves a file on."""
        status.set_status(db, message)

    @command(DecideLink)
    def on_decide_link(self, db: Session, message: DecideLink) -> None:
        """A reviewer decides on a link."""
        linking.decide_link(db, message)

    @command(SetConsent)
    def on_set_consent(self, db: Session, message: SetConsent) -> None:
        """A family gives or takes back a consent."""
        consent.set_consent(db, message)

    @command(SetContact)
    def on_set_contact(self, db: Session, message: SetContact) -> None:
        """How a family is reached changes."""
        contacts.set_contact(db, message)

    @command(SetWishes)
    def on_set_wishes(self, db: Session, message: SetWishes) -> None:
        """A family says what it wishes."""
        wishes.set_wishes(db, message)

    @command(SetSecondContact)
    def on_set_second_contact(self, db: Session, message: SetSecondContact) -> None:
        """A family says whom it trusts."""
        second_contacts.set_second_contact(db, message)

    @command(OfferHandOver)
    def on_offer_hand_over(self, db: Session, message: OfferHandOver) -> None:
        """A report is offered to another institution."""
        handing_over.offer(db, message)

    @command(AnswerHandOver)
    def on_answer_hand_over(self, db: Session, message: AnswerHandOver) -> None:
        """The other institution answers."""
        handing_over.answer(db, message)

    @command(EndHandOver)
    def on_end_hand_over(self, db: Session, message: EndHandOver) -> None:
        """A report is kept after all."""
        handing_over.end(db, message)

    @command(AgreeToHandOver)
    def on_agree_to_hand_over(self, db: Session, message: AgreeToHandOver) -> None:
        """A family says whether another institution may look after its report."""
        handing_over.agree(db, message)

    @command(TakeOverReport)
    def on_take_over_report(self, db: Session, message: TakeOverReport) -> None:
        """A report of a closed institution is given to another."""
        handing_over.take_over(db, message)

    @command(NoteInstitution)
    def on_note_institution(self, db: Session, message: NoteInstitution) -> None:
        """An institution is closed, or open again."""
        handing_over.note_institution(db, message)

    @command(ConcernDue)
    def on_concern_due(self, db: Session, message: ConcernDue) -> None:
        """An answer to a family is late."""
        concerns.rise(db, message)

    @command(RaiseConcern)
    def on_raise_concern(self, db: Session, message: RaiseConcern) -> None:
        """A family corrects, complains or asks."""
        concerns.raise_concern(db, message)

    @command(AnswerConcern)
    def on_answer_concern(self, db: Session, message: AnswerConcern) -> None:
        """A desk answers a family."""
        concerns.answer_concern(db, message)

    @command(AddPhoto)
    def on_add_photo(self, db: Session, message: AddPhoto) -> None:
        """A family adds a photo."""
        photos.add_photo(db, message)

    @command(RemovePhoto)
    def on_remove_photo(self, db: Session, message: RemovePhoto) -> None:
        """A family takes a photo back."""
        photos.remove_photo(db, message)

    @event(SampleCollected)
    def on_sample_collected(self, db: Session, message: SampleCollected) -> None:
        """A reference sample was taken."""
        samples.on_sample_collected(db, message)

    @event(SampleStateChanged)
    def on_sample_state_changed(self, db: Session, message: SampleStateChanged) -> None:
        """A sample's laboratory work moved on."""
        samples.on_sample_state_changed(db, message)

    @event(ContactRequested)
    def on_contact_requested(self, db: Session, message: ContactRequested) -> None:
        """A family is asked to get in touch."""
        status.on_contact_requested(db, message)

    @event(MeetingRecorded)
    def on_meeting_recorded(self, db: Session, message: MeetingRecorded) -> None:
        """A family was met."""
        status.on_meeting_recorded(db, message)

    @staff_read
    def report(self, db: Session, reference: str, institution: str | None) -> dict[str, Any]:
        """A whole file."""
        return reading.read_report(db, reference, institution)

    @staff_read
    def photo(self, db: Session, reference: str, photo: str, institution: str | None) -> dict[str, Any]:
        """A picture of a file's."""
        return photos.read_photo(db, reference, photo, institution)

    @staff_read
    def report_status(self, db: Session, reference: str, institution: str | None) -> dict[str, Any]:
        """A report's status and links, as the API answers."""
        return reading.read_status(db, reference, institution)

    @staff_read
    def reports(
        self,
        db: Session,
        institution: str | None,
        status: str | None = None,
        before: str | None = None,
        most: int = 50,
    ) -> list[dict[str, Any]]:
        """The files an institution may see, newest first."""
        return reading.list_reports(db, institution, status, before, most)

    @staff_read
    def search(self, db: Session, content: dict[str, Any], institution: str | None) -> list[dict[str, Any]]:
        """Files like a person looked for, best first."""
        return searching.search(db, content, institution)

    @staff_read
    def hand_overs(self, db: Session, institution: str) -> list[dict[str, Any]]:
        """The reports that an institution is asked to look after."""
        return handing_over.offers_to(db, institution)

    @staff_read
    def links_for_national(self, db: Session, most: int = 50) -> list[dict[str, Any]]:
        """Proposed links for the national link reviewers."""
        return links_reading.links_for_national(db, most)

    @staff_read
    def decided_links(self, db: Session, institution: str | None, most: int = 20) -> list[dict[str, Any]]:
        """The links that were decided last."""
        return links_reading.decided_links(db, institution, most)

    @staff_read
    def links_to_review(self, db: Session, institution: str, most: int = 50) -> list[dict[str, Any]]:
        """Proposed links, likeliest first."""
        return links_reading.links_to_review(db, institution, most)

    @staff_read
    def link(self, db: Session, link: str, institution: str | None, reviewer: str | None = None) -> dict[str, Any]:
        """One link, with its reasons and decisions."""
        return links_reading.read_link(db, link, institution, reviewer)

    @staff_read
    def samples_without_report(self, db: Session) -> list[dict[str, Any]]:
        """Samples whose reports are not in the record (coordinator)."""
        return samples.without_report(db)

    @staff_read
    def concerns(self, db: Session, institution: str | None, state: str = "open") -> list[dict[str, Any]]:
        """What families said of an institution's files."""
        return concerns.concerns(db, institution, state)

    @staff_read
    def concern(self, db: Session, concern: str, institution: str) -> dict[str, Any]:
        """One thing that a family said."""
        return concerns.concern(db, concern, institution)

    @staff_read
    def changes(
        self, db: Session, institution: str | None, after: str | None = None, most: int = 100
    ) -> dict[str, Any]:
        """What changed after a cursor."""
        return feed.changes(db, institution, after, most)

    @staff_read
    def statistics(self, db: Session) -> dict[str, Any]:
        """Rounded national totals, small cells left out."""
        return statistics.statistics(db)

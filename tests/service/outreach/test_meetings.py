"""Townhall meetings: planned, moved, called off, and whoever was told is told again."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session, select

from services.outreach.meetings import (
    MeetingCancelled,
    MeetingPast,
    UnknownMeeting,
    UnknownTimeZone,
    cancel_meeting,
    meetings,
    plan_meeting,
)
from services.outreach.notices import NoticeEnded, start_notice
from services.outreach.notices import notice as notice_for_staff
from services.outreach.replies import record_reply
from services.outreach.tables import Notice
from shared.messages.gateway import SendBatch
from shared.messages.outreach import CancelMeeting, MeetingChanged, NoticeSent, RecordReply, StartNotice
from tests.actors import staff_of
from tests.service.outreach.builders import (
    DRAFTER,
    NOON,
    a_family,
    a_meeting,
    a_plan,
    a_started,
    a_turn,
    all_turns,
    an_approved,
    contacts_texted,
    families,
    told,
    whose,
)


def automatic_notice(db: Session, meeting: object, template: str) -> Notice:
    asked = (
        select(Notice).where(Notice.meeting == meeting, Notice.template == template).order_by(Notice.drafted_at.desc())
    )  # pyright: ignore
    return db.exec(asked).first() or pytest.fail(f"no {template} notice")


def test_a_planned_meeting_is_told_and_stays_unlisted_unless_made_public(db: Session) -> None:
    meeting = a_meeting(db)

    [state] = told(db, MeetingChanged)

    assert (state.meeting, state.version, state.is_public, state.is_cancelled) == (meeting, 1, False, False)


@pytest.mark.parametrize("moved", [{"place": {"en": "Sinuni school"}}, {"starts_at": NOON + timedelta(days=8)}])
def test_a_moved_meeting_is_told_to_those_who_were_told(db: Session, moved: dict[str, object]) -> None:
    asked, meeting = families(db, 5, "IQ-DA"), a_plan()
    plan_meeting(db, meeting)
    all_turns(db, a_started(db, meeting.meeting, governorate="IQ-DA"))

    plan_meeting(db, meeting.model_copy(update=moved))

    change = automatic_notice(db, meeting.meeting, "townhall_changed")
    all_turns(db, change)
    assert sorted(contacts_texted(db, change.id)) == sorted(asked)
    assert told(db, SendBatch)[-1].template == "townhall_changed"


def test_a_change_of_title_alone_tells_nobody(db: Session) -> None:
    meeting = a_plan()
    families(db, 2, "IQ-DA")
    plan_meeting(db, meeting)
    all_turns(db, a_started(db, meeting.meeting, governorate="IQ-DA"))

    plan_meeting(db, meeting.model_copy(update={"title": {"en": "Talk"}}))

    assert len(db.exec(select(Notice).where(Notice.meeting == meeting.meeting)).all()) == 1


def test_only_those_already_told_hear_of_a_change_and_the_others_get_the_new_place(db: Session) -> None:
    families(db, 150, "IQ-DA")
    meeting = a_plan()
    plan_meeting(db, meeting)
    invitation = a_started(db, meeting.meeting, governorate="IQ-DA")
    a_turn(db, invitation)
    first = contacts_texted(db, invitation.id)

    plan_meeting(db, meeting.model_copy(update={"place": {"en": "Sinuni school"}}))
    all_turns(db, invitation)
    change = automatic_notice(db, meeting.meeting, "townhall_changed")
    all_turns(db, change)

    assert len(first) == 100
    assert sorted(contacts_texted(db, change.id)) == sorted(first)
    assert [b.values["place"] for b in told(db, SendBatch) if b.notice == invitation.id] == [
        {"ar": "قاعة سنجار", "en": "Sinjar hall"},
        {"en": "Sinuni school"},
    ]


def test_a_second_change_takes_the_place_of_the_first(db: Session) -> None:
    families(db, 3, "IQ-DA")
    meeting = a_plan()
    plan_meeting(db, meeting)
    all_turns(db, a_started(db, meeting.meeting, governorate="IQ-DA"))
    plan_meeting(db, meeting.model_copy(update={"place": {"en": "Sinuni school"}}))
    first = automatic_notice(db, meeting.meeting, "townhall_changed")

    plan_meeting(db, meeting.model_copy(update={"place": {"en": "Dohuk"}}))
    a_turn(db, first)

    db.refresh(first)
    assert first.state == "stopped"
    assert contacts_texted(db, first.id) == []


def test_a_meeting_that_is_off_is_told_to_those_told_and_to_nobody_else(db: Session) -> None:
    families(db, 150, "IQ-DA")
    meeting = a_meeting(db)
    invitation = a_started(db, meeting, governorate="IQ-DA")
    a_turn(db, invitation)

    cancel_meeting(db, CancelMeeting(meeting=meeting, actor=staff_of("mgd", DRAFTER)))
    a_turn(db, invitation)

    off = automatic_notice(db, meeting, "townhall_cancelled")
    all_turns(db, off)
    assert sorted(contacts_texted(db, off.id)) == sorted(contacts_texted(db, invitation.id))
    assert len(contacts_texted(db, off.id)) == 100
    assert notice_for_staff(db, str(invitation.id), "mgd")["counts"]["stopped"] == 50
    assert told(db, MeetingChanged)[-1].is_cancelled


def test_no_answer_is_asked_for_by_a_cancellation(db: Session) -> None:
    families(db, 2, "IQ-DA")
    meeting = a_meeting(db)
    all_turns(db, a_started(db, meeting, governorate="IQ-DA"))
    asked = len(told(db, NoticeSent))

    cancel_meeting(db, CancelMeeting(meeting=meeting, actor=staff_of("mgd", DRAFTER)))
    all_turns(db, automatic_notice(db, meeting, "townhall_cancelled"))

    assert len(told(db, NoticeSent)) == asked


def test_who_took_back_consent_is_not_told_again(db: Session) -> None:
    stays, leaves = "100000000093", "100000000190"
    told_still = a_family(db, reference=stays, governorate="IQ-DA")
    contact = a_family(db, reference=leaves, governorate="IQ-DA")
    meeting = a_meeting(db)
    all_turns(db, a_started(db, meeting, governorate="IQ-DA"))
    a_family(db, reference=leaves, governorate="IQ-DA", contact=contact, version=2, consent_contact=[])

    cancel_meeting(db, CancelMeeting(meeting=meeting, actor=staff_of("mgd", DRAFTER)))

    off = automatic_notice(db, meeting, "townhall_cancelled")
    all_turns(db, off)
    assert contacts_texted(db, off.id) == [told_still]


def test_nobody_told_means_no_notice_goes_out(db: Session) -> None:
    meeting = a_meeting(db)

    cancel_meeting(db, CancelMeeting(meeting=meeting, actor=staff_of("mgd", DRAFTER)))

    assert automatic_notice(db, meeting, "townhall_cancelled").state == "done"
    assert told(db, SendBatch) == []


def test_a_cancelled_meeting_stays_cancelled(db: Session) -> None:
    meeting = a_plan()
    plan_meeting(db, meeting)
    cancel_meeting(db, CancelMeeting(meeting=meeting.meeting, actor=staff_of("mgd", DRAFTER)))

    with pytest.raises(MeetingCancelled):
        plan_meeting(db, meeting)
    with pytest.raises(MeetingCancelled):
        cancel_meeting(db, CancelMeeting(meeting=meeting.meeting, actor=staff_of("mgd", DRAFTER)))


def test_a_notice_of_a_cancelled_meeting_does_not_start(db: Session) -> None:
    families(db, 1, "IQ-DA")
    meeting = a_meeting(db)
    approved = an_approved(db, meeting, governorate="IQ-DA")
    cancel_meeting(db, CancelMeeting(meeting=meeting, actor=staff_of("mgd", DRAFTER)))

    with pytest.raises(NoticeEnded):
        start_notice(db, StartNotice(notice=approved.id, actor=staff_of("mgd", DRAFTER)))


def test_a_meeting_lies_ahead(db: Session) -> None:
    with pytest.raises(MeetingPast):
        plan_meeting(db, a_plan(starts_at=NOON))


def test_a_meetings_time_zone_exists(db: Session) -> None:
    with pytest.raises(UnknownTimeZone):
        plan_meeting(db, a_plan(time_zone="Asia/Atlantis"))


def test_an_unknown_meeting_cannot_be_cancelled(db: Session) -> None:
    with pytest.raises(UnknownMeeting):
        cancel_meeting(db, CancelMeeting(meeting=uuid4(), actor=staff_of("mgd", DRAFTER)))


def test_of_several_answers_to_one_meeting_the_latest_counts(db: Session) -> None:
    [contact] = families(db, 1, "IQ-DA")
    meeting = a_plan()
    plan_meeting(db, meeting)
    all_turns(db, a_started(db, meeting.meeting, governorate="IQ-DA"))
    record_reply(db, RecordReply(actor=whose(db, contact), contact=contact, answer="yes", people=3))
    plan_meeting(db, meeting.model_copy(update={"place": {"en": "Dohuk"}}))
    all_turns(db, automatic_notice(db, meeting.meeting, "townhall_changed"))
    db.info["clock"] = lambda: NOON + timedelta(days=1)

    record_reply(db, RecordReply(actor=whose(db, contact), contact=contact, answer="no"))

    [shown] = [m for m in meetings(db, "mgd") if m["id"] == str(meeting.meeting)]
    assert (shown["yes"], shown["no"], shown["people"]) == (0, 1, 0)

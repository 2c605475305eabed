"""Answers to notices: one a contact and notice, the latest counts."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session

from services.outreach import resync
from services.outreach.meetings import cancel_meeting
from services.outreach.notices import notice as notice_for_staff
from services.outreach.replies import NoQuestion, record_reply
from shared.messages.outreach import CancelMeeting, MeetingChanged, NoticeSent, RecordReply, ReplyRecorded
from shared.ownership import NotYours
from tests.actors import staff_of
from tests.service.outreach.builders import (
    APPROVER,
    DRAFTER,
    NOON,
    a_family,
    a_meeting,
    a_started,
    a_turn,
    all_turns,
    families,
    told,
    whose,
)


def test_an_answer_without_a_notice_is_to_the_last_one_sent(db: Session) -> None:
    [contact] = families(db, 1, "IQ-DA")
    all_turns(db, a_started(db, governorate="IQ-DA"))
    last = a_started(db, governorate="IQ-DA")
    db.info["clock"] = lambda: NOON + timedelta(hours=1)
    all_turns(db, last)

    record_reply(db, RecordReply(actor=whose(db, contact), contact=contact, answer="yes", people=2))

    [reply] = told(db, ReplyRecorded)
    assert (reply.notice, reply.version, reply.answer, reply.people) == (last.id, 1, "yes", 2)


def test_the_latest_answer_counts(db: Session) -> None:
    contacts = families(db, 3, "IQ-DA")
    notice = a_started(db, governorate="IQ-DA")
    all_turns(db, notice)

    for contact, answer in zip(contacts, ("yes", "yes", "no"), strict=True):
        record_reply(db, RecordReply(actor=whose(db, contact), contact=contact, answer=answer, people=2))  # pyright: ignore
    record_reply(db, RecordReply(actor=whose(db, contacts[0]), contact=contacts[0], answer="no"))

    assert notice_for_staff(db, str(notice.id), "mgd")["replies"] == {"yes": 1, "no": 2, "people": 2}
    assert told(db, ReplyRecorded)[-1].version == 2


def test_who_was_sent_nothing_has_no_question(db: Session) -> None:
    contact = a_family(db)
    with pytest.raises(NoQuestion):
        record_reply(db, RecordReply(actor=whose(db, contact), contact=contact, answer="yes"))
    with pytest.raises(NotYours):
        record_reply(db, RecordReply(actor=whose(db, uuid4()), contact=contact, answer="yes"))


def test_who_is_still_in_line_was_not_asked_yet(db: Session) -> None:
    contacts = families(db, 150, "IQ-DA")
    notice = a_started(db, governorate="IQ-DA")
    a_turn(db, notice)
    last = max(contacts, key=str)

    with pytest.raises(NoQuestion):
        record_reply(
            db,
            RecordReply(actor=staff_of("mgd", DRAFTER), contact=last, notice=notice.id, answer="yes"),
        )


def test_an_answer_after_the_meeting_comes_too_late_but_the_desk_may_enter_it(db: Session) -> None:
    [contact] = families(db, 1, "IQ-DA")
    notice = a_started(db, governorate="IQ-DA")
    all_turns(db, notice)
    db.info["clock"] = lambda: NOON + timedelta(days=7)

    with pytest.raises(NoQuestion):
        record_reply(db, RecordReply(actor=whose(db, contact), contact=contact, answer="yes"))
    record_reply(
        db,
        RecordReply(actor=staff_of("mgd", APPROVER), contact=contact, notice=notice.id, answer="yes"),
    )

    assert notice_for_staff(db, str(notice.id), "mgd")["replies"]["yes"] == 1


def test_a_meeting_that_is_off_asks_nothing_any_more(db: Session) -> None:
    [contact] = families(db, 1, "IQ-DA")
    meeting = a_meeting(db)
    all_turns(db, a_started(db, meeting, governorate="IQ-DA"))
    cancel_meeting(db, CancelMeeting(meeting=meeting, actor=staff_of("mgd", DRAFTER)))

    with pytest.raises(NoQuestion):
        record_reply(db, RecordReply(actor=whose(db, contact), contact=contact, answer="yes"))


def test_everything_can_be_told_anew(db: Session) -> None:
    contacts = families(db, 3, "IQ-DA")
    meeting = a_meeting(db)
    notice = a_started(db, meeting, governorate="IQ-DA")
    all_turns(db, notice)
    record_reply(db, RecordReply(actor=whose(db, contacts[0]), contact=contacts[0], answer="no"))

    states = list(resync.states(db))

    assert [m.meeting for m in states if isinstance(m, MeetingChanged)] == [meeting]
    assert [sorted(n.contacts) for n in states if isinstance(n, NoticeSent)] == [sorted(contacts)]
    assert [(r.contact, r.notice) for r in states if isinstance(r, ReplyRecorded)] == [(contacts[0], notice.id)]

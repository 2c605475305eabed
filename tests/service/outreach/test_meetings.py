"""Townhall meetings: planned, moved, called off, and whoever was told is told again."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, select

from services.outreach.meetings import (
    ForbiddenWord,
    MeetingCancelled,
    MeetingPast,
    NotWanted,
    SamePerson,
    UnknownMeeting,
    UnknownTimeZone,
    WordsChanged,
    approve_publication,
    cancel_meeting,
    digest_of_plan,
    meetings,
    plan_meeting,
)
from services.outreach.notices import (
    NotApproved,
    NoticeEnded,
    approval_digest,
    approve_notice,
    draft_notice,
    pause_notice,
    start_notice,
)
from services.outreach.notices import notice as notice_for_staff
from services.outreach.pacing import batch_due
from services.outreach.replies import record_reply
from services.outreach.tables import Meeting, Notice
from shared.messages.approval import digest_of_words
from shared.messages.gateway import RecallNotice, SendBatch
from shared.messages.outreach import (
    ApprovePublication,
    Audience,
    BatchDue,
    CancelMeeting,
    MeetingChanged,
    NoticeSent,
    PauseNotice,
    RecordReply,
    StartNotice,
)
from shared.ownership import NotYours
from tests.actors import staff_of
from tests.service.outreach.builders import (
    APPROVER,
    DRAFTER,
    NOON,
    WORDS,
    a_draft,
    a_drafted,
    a_family,
    a_meeting,
    a_plan,
    a_started,
    a_turn,
    all_turns,
    an_approved,
    approve,
    approving,
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


def approved_automatic(db: Session, meeting: object, template: str) -> Notice:
    """The notice that a change has drafted by itself, after a second person approved it."""
    return approve(db, automatic_notice(db, meeting, template))


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
    assert (change.state, contacts_texted(db, change.id)) == ("draft", [])
    approve(db, change)
    all_turns(db, change)
    assert sorted(contacts_texted(db, change.id)) == sorted(asked)
    assert told(db, SendBatch)[-1].template == "townhall_changed"


def test_only_those_already_told_hear_of_a_change_and_the_others_get_the_new_place(db: Session) -> None:
    families(db, 150, "IQ-DA")
    meeting = a_plan()
    plan_meeting(db, meeting)
    invitation = a_started(db, meeting.meeting, governorate="IQ-DA")
    a_turn(db, invitation)
    first = contacts_texted(db, invitation.id)

    plan_meeting(db, meeting.model_copy(update={"place": {"en": "Sinuni school"}}))
    all_turns(db, invitation)
    all_turns(db, approved_automatic(db, meeting.meeting, "townhall_changed"))
    assert len(contacts_texted(db, invitation.id)) == 100
    again = a_draft(meeting.meeting, notice=invitation.id, audience=Audience(governorates=["IQ-DA"]))
    approve(db, draft_notice(db, again))
    start_notice(db, StartNotice(notice=invitation.id, actor=staff_of("mgd", DRAFTER)))
    all_turns(db, invitation)

    change = automatic_notice(db, meeting.meeting, "townhall_changed")
    assert len(first) == 100
    assert sorted(contacts_texted(db, change.id)) == sorted(first)
    assert [b.values["place"] for b in told(db, SendBatch) if b.notice == invitation.id] == [
        {"ar": "قاعة سنجار", "en": "Sinjar hall"},
        {"en": "Sinuni school"},
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"title": {"en": "Talk"}},
        {"place": {"en": "Elsewhere"}},
        {"starts_at": NOON + timedelta(days=8)},
        {"time_zone": "Europe/Berlin"},
        {"governorate": "IQ-BG"},
    ],
    ids=lambda changed: next(iter(changed)),
)
@pytest.mark.parametrize("state", ["approved", "running", "paused"])
def test_any_change_after_the_approval_lets_no_text_leave(db: Session, state: str, changed: dict[str, object]) -> None:
    families(db, 150, "IQ-DA")
    meeting = a_plan()
    plan_meeting(db, meeting)
    notice = an_approved(db, meeting.meeting, governorate="IQ-DA")
    if state != "approved":
        start_notice(db, StartNotice(notice=notice.id, actor=staff_of("mgd", DRAFTER)))
        a_turn(db, notice)
    if state == "paused":
        pause_notice(db, PauseNotice(notice=notice.id, actor=staff_of("mgd", DRAFTER)))
    before = len(contacts_texted(db, notice.id))

    plan_meeting(db, meeting.model_copy(update=changed))
    db.info["clock"] = lambda: NOON + timedelta(hours=1)
    batch_due(db, BatchDue(notice=notice.id))

    assert (notice.state, notice.approved_by, notice.approved_digest) == ("void", None, None)
    assert len(contacts_texted(db, notice.id)) == before
    with pytest.raises(NotApproved):
        start_notice(db, StartNotice(notice=notice.id, actor=staff_of("mgd", DRAFTER)))
    recalled = [r.words_digest for r in told(db, RecallNotice)]
    sent = [b.words_digest for b in told(db, SendBatch)]
    assert recalled == sorted(set(sent))


def test_what_left_before_a_change_has_the_digest_that_was_approved(db: Session) -> None:
    families(db, 3, "IQ-DA")
    notice = a_started(db, governorate="IQ-DA")
    all_turns(db, notice)

    meeting = db.get_one(Meeting, notice.meeting)
    [batch] = told(db, SendBatch)
    assert batch.words_digest == digest_of_words("townhall", meeting.time_zone, WORDS)
    assert notice.approved_digest == approval_digest(notice, meeting, WORDS)


def test_who_changed_the_meeting_approves_none_of_its_notices(db: Session) -> None:
    families(db, 1, "IQ-DA")
    meeting = a_plan()
    plan_meeting(db, meeting)
    notice = a_drafted(db, meeting.meeting, governorate="IQ-DA")
    plan_meeting(db, meeting.model_copy(update={"place": {"en": "Dohuk"}, "actor": staff_of("mgd", APPROVER)}))

    with pytest.raises(SamePerson):
        approve(db, notice, APPROVER)
    with pytest.raises(SamePerson):
        approve(db, notice, DRAFTER)
    assert approve(db, notice, uuid4()).state == "approved"


def test_a_meeting_is_public_only_after_a_second_person(db: Session) -> None:
    plan = a_plan(is_public=True)
    meeting = plan_meeting(db, plan)
    shown = digest_of_plan(meeting)
    assert not told(db, MeetingChanged)[-1].is_public

    with pytest.raises(SamePerson):
        approve_publication(db, publishing(meeting.id, shown, DRAFTER))
    with pytest.raises(WordsChanged):
        approve_publication(db, publishing(meeting.id, "0" * 64, APPROVER))
    approve_publication(db, publishing(meeting.id, shown, APPROVER))
    assert told(db, MeetingChanged)[-1].is_public

    plan_meeting(db, plan.model_copy(update={"place": {"en": "Elsewhere"}}))
    assert not told(db, MeetingChanged)[-1].is_public
    with pytest.raises(WordsChanged):
        approve_publication(db, publishing(meeting.id, shown, APPROVER))


def test_a_public_meeting_that_is_called_off_shows_as_such(db: Session) -> None:
    meeting = plan_meeting(db, a_plan(is_public=True))
    approve_publication(db, publishing(meeting.id, digest_of_plan(meeting), APPROVER))

    cancel_meeting(db, CancelMeeting(meeting=meeting.id, actor=staff_of("mgd", DRAFTER)))

    last = told(db, MeetingChanged)[-1]
    assert (last.is_public, last.is_cancelled) == (True, True)


def test_a_meeting_that_is_not_meant_for_the_public_is_not_published(db: Session) -> None:
    meeting = plan_meeting(db, a_plan())

    with pytest.raises(NotWanted):
        approve_publication(db, publishing(meeting.id, digest_of_plan(meeting), APPROVER))


def publishing(meeting: UUID, digest: str, by: UUID, institution: str = "mgd") -> ApprovePublication:
    return ApprovePublication(meeting=meeting, digest=digest, actor=staff_of(institution, by))


def test_a_named_partner_approves_and_does_nothing_else(db: Session) -> None:
    families(db, 1, "IQ-DA")
    plan = a_plan(is_public=True, partners=["csso"])
    meeting = plan_meeting(db, plan)
    notice = a_drafted(db, meeting.id, governorate="IQ-DA")
    partner, stranger = staff_of("csso", uuid4()), staff_of("police", uuid4())

    with pytest.raises(NotYours):
        approve_notice(db, approving(db, notice, actor=stranger))
    with pytest.raises(NotYours):
        approve_publication(db, publishing(meeting.id, digest_of_plan(meeting), uuid4(), "police"))
    with pytest.raises(NotYours):
        plan_meeting(db, plan.model_copy(update={"actor": partner}))
    with pytest.raises(NotYours):
        cancel_meeting(db, CancelMeeting(meeting=meeting.id, actor=partner))
    approve_publication(db, publishing(meeting.id, digest_of_plan(meeting), uuid4(), "csso"))
    approve_notice(db, approving(db, notice, actor=partner))
    with pytest.raises(NotYours):
        start_notice(db, StartNotice(notice=notice.id, actor=partner))
    assert (notice.state, notice.approved_for) == ("approved", "csso")
    assert [m["id"] for m in meetings(db, "csso")] == [str(meeting.id)]
    assert meetings(db, "police") == []


@pytest.mark.parametrize("field", ["title", "place"])
@pytest.mark.parametrize(
    ("language", "words"), [("ar", "لقاء أهالي المفقودين"), ("en", "Mass grave site"), ("ar", "DNA hall")]
)
def test_words_that_could_hurt_are_refused_in_title_and_place(
    db: Session, field: str, language: str, words: str
) -> None:
    with pytest.raises(ForbiddenWord):
        plan_meeting(db, a_plan(**{field: {language: words}}))


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

    off = approved_automatic(db, meeting, "townhall_cancelled")
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
    all_turns(db, approved_automatic(db, meeting, "townhall_cancelled"))

    assert len(told(db, NoticeSent)) == asked


def test_who_took_back_consent_is_not_told_again(db: Session) -> None:
    stays, leaves = "100000000093", "100000000190"
    told_still = a_family(db, reference=stays, governorate="IQ-DA")
    contact = a_family(db, reference=leaves, governorate="IQ-DA")
    meeting = a_meeting(db)
    all_turns(db, a_started(db, meeting, governorate="IQ-DA"))
    a_family(db, reference=leaves, governorate="IQ-DA", contact=contact, version=2, consent_contact=[])

    cancel_meeting(db, CancelMeeting(meeting=meeting, actor=staff_of("mgd", DRAFTER)))

    off = approved_automatic(db, meeting, "townhall_cancelled")
    all_turns(db, off)
    assert contacts_texted(db, off.id) == [told_still]


def test_nobody_told_means_no_notice_goes_out(db: Session) -> None:
    meeting = a_meeting(db)

    cancel_meeting(db, CancelMeeting(meeting=meeting, actor=staff_of("mgd", DRAFTER)))

    assert db.exec(select(Notice).where(Notice.meeting == meeting)).all() == []
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
    all_turns(db, approved_automatic(db, meeting.meeting, "townhall_changed"))
    db.info["clock"] = lambda: NOON + timedelta(days=1)

    record_reply(db, RecordReply(actor=whose(db, contact), contact=contact, answer="no"))

    [shown] = [m for m in meetings(db, "mgd") if m["id"] == str(meeting.meeting)]
    assert (shown["yes"], shown["no"], shown["people"]) == (0, 1, 0)

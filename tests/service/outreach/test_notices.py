"""A notice: drafted, let out by a second person, sent in paced batches, each contact once."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from services.outreach.meetings import MeetingPast, SamePerson, WordsChanged
from services.outreach.notices import (
    AlreadyApproved,
    AlreadyRunning,
    MeetingNeeded,
    NobodyToTell,
    NotApproved,
    NoticeEnded,
    NotRunning,
    ToldByItself,
    UnknownNotice,
    approve_notice,
    draft_notice,
    pause_notice,
    start_notice,
    stop_notice,
)
from services.outreach.notices import notice as notice_for_staff
from services.outreach.pacing import batch_due
from services.outreach.progress import follow_batch
from services.outreach.tables import Notice
from shared.messages.gateway import BatchProgressed, SendBatch
from shared.messages.outreach import (
    Audience,
    BatchDue,
    DraftNotice,
    NoticeSent,
    PauseNotice,
    StartNotice,
    StopNotice,
)
from shared.settings import settings
from tests.actors import staff_of
from tests.service.outreach.builders import (
    APPROVER,
    DRAFTER,
    NOON,
    a_draft,
    a_drafted,
    a_family,
    a_meeting,
    a_started,
    a_turn,
    all_turns,
    an_approved,
    approve,
    approving,
    contacts_texted,
    families,
    told,
    turns_due,
)


def start(notice: Notice) -> StartNotice:
    return StartNotice(notice=notice.id, actor=staff_of("mgd", DRAFTER))


def counts(db: Session, notice: Notice) -> dict[str, int]:
    return notice_for_staff(db, str(notice.id), "mgd")["counts"]


def test_whoever_drafted_a_notice_cannot_approve_it(db: Session) -> None:
    notice = a_drafted(db)

    with pytest.raises(SamePerson):
        approve(db, notice, DRAFTER)


def test_the_database_holds_that_two_persons_are_needed(db: Session) -> None:
    notice = a_drafted(db)

    with pytest.raises(IntegrityError, match="approved_by_another"):
        db.exec(sa.update(Notice).where(col(Notice.id) == notice.id).values(approved_by=DRAFTER, state="approved"))


def test_the_database_holds_that_nothing_goes_out_unapproved(db: Session) -> None:
    notice = a_drafted(db)

    with pytest.raises(IntegrityError, match="approved_before_it_goes"):
        db.exec(sa.update(Notice).where(col(Notice.id) == notice.id).values(state="running"))


def test_an_unapproved_notice_does_not_start(db: Session) -> None:
    families(db, 1, "IQ-NI")
    notice = a_drafted(db)

    with pytest.raises(NotApproved):
        start_notice(db, start(notice))


def test_what_was_shown_is_what_is_approved(db: Session) -> None:
    meeting = a_meeting(db)
    draft = a_draft(meeting)
    notice = draft_notice(db, draft)
    seen = approving(db, notice)
    draft_notice(db, draft.model_copy(update={"audience": Audience(governorates=["IQ-BG"])}))

    with pytest.raises(WordsChanged):
        approve_notice(db, seen)
    assert notice.state == "draft"


def test_an_approved_notice_is_not_redrafted_or_approved_again(db: Session) -> None:
    meeting = a_meeting(db)
    notice = an_approved(db, meeting)

    with pytest.raises(AlreadyApproved):
        draft_notice(db, a_draft(meeting, notice=notice.id))
    with pytest.raises(AlreadyApproved):
        approve(db, notice, uuid4())


def test_a_draft_can_be_changed_and_its_last_drafter_counts(db: Session) -> None:
    meeting = a_meeting(db)
    draft = a_draft(meeting)
    draft_notice(db, draft)
    draft_notice(db, draft.model_copy(update={"actor": staff_of("mgd", APPROVER)}))

    with pytest.raises(SamePerson):
        approve(db, db.get_one(Notice, draft.notice), APPROVER)


def test_a_notice_is_about_a_meeting(db: Session) -> None:
    with pytest.raises(MeetingNeeded):
        draft_notice(db, a_draft(None))


def test_a_cancellation_is_not_drafted_by_hand(db: Session) -> None:
    with pytest.raises(ToldByItself):
        draft_notice(db, a_draft(a_meeting(db), template="townhall_cancelled"))


def test_a_started_notice_reaches_each_contact_once(db: Session) -> None:
    asked = families(db, 250, "IQ-DA")
    twice = uuid4()
    a_family(db, contact=twice, governorate="IQ-DA")
    a_family(db, contact=twice, governorate="IQ-DA")

    notice = a_started(db, governorate="IQ-DA")
    all_turns(db, notice)

    texted = contacts_texted(db, notice.id)
    assert sorted(texted) == sorted([*asked, twice])
    assert [len(b.contacts) for b in told(db, SendBatch)] == [100, 100, 51]
    assert len({b.batch for b in told(db, SendBatch)}) == 3
    assert (notice.state, notice.asked) == ("done", 251)


def test_a_text_says_where_and_when_and_dies_when_the_meeting_begins(db: Session) -> None:
    families(db, 1, "IQ-DA")
    notice = a_started(db, governorate="IQ-DA")
    a_turn(db, notice)

    [batch] = told(db, SendBatch)

    assert batch.template == "townhall"
    assert batch.values["place"] == {"ar": "قاعة سنجار", "en": "Sinjar hall"}
    assert batch.not_after == NOON + timedelta(days=7)


def test_the_portal_hears_who_was_asked(db: Session) -> None:
    asked = families(db, 120, "IQ-DA")

    all_turns(db, a_started(db, governorate="IQ-DA"))

    assert sorted(c for sent in told(db, NoticeSent) for c in sent.contacts) == sorted(asked)


def test_batches_leave_no_faster_than_the_carrier_takes_them(db: Session) -> None:
    families(db, 201, "IQ-DA")
    notice = a_started(db, governorate="IQ-DA")

    a_turn(db, notice)

    expected = NOON + timedelta(seconds=100 * 2 / settings().carrier_segments_per_s)
    assert turns_due(db, notice.id) == [expected]


def test_a_turn_too_many_sends_nothing_before_its_time(db: Session) -> None:
    families(db, 300, "IQ-DA")
    notice = a_started(db, governorate="IQ-DA")
    a_turn(db, notice)

    batch_due(db, BatchDue(notice=notice.id))

    assert len(contacts_texted(db, notice.id)) == 100
    assert len(turns_due(db, notice.id)) == 1


def test_a_paused_notice_goes_on_where_it_stood(db: Session) -> None:
    asked = families(db, 150, "IQ-DA")
    notice = a_started(db, governorate="IQ-DA")
    a_turn(db, notice)

    pause_notice(db, PauseNotice(notice=notice.id, actor=staff_of("mgd", DRAFTER)))
    a_turn(db, notice)
    paused_at = len(contacts_texted(db, notice.id))
    start_notice(db, start(notice))
    all_turns(db, notice)

    assert paused_at == 100
    assert sorted(contacts_texted(db, notice.id)) == sorted(asked)


def test_a_pause_takes_back_the_turn_that_was_due(db: Session) -> None:
    families(db, 150, "IQ-DA")
    notice = a_started(db, governorate="IQ-DA")
    a_turn(db, notice)

    pause_notice(db, PauseNotice(notice=notice.id, actor=staff_of("mgd", DRAFTER)))

    assert turns_due(db, notice.id) == []


def test_a_stopped_notice_ends_and_says_how_many_were_not_told(db: Session) -> None:
    families(db, 150, "IQ-DA")
    notice = a_started(db, governorate="IQ-DA")
    a_turn(db, notice)

    stop_notice(db, StopNotice(notice=notice.id, actor=staff_of("mgd", DRAFTER)))
    a_turn(db, notice)

    assert len(contacts_texted(db, notice.id)) == 100
    assert (counts(db, notice)["stopped"], counts(db, notice)["waiting"]) == (50, 100)
    with pytest.raises(NoticeEnded):
        start_notice(db, start(notice))


def test_a_notice_whose_meeting_began_expires_with_the_rest_untold(db: Session) -> None:
    families(db, 150, "IQ-DA")
    notice = a_started(db, governorate="IQ-DA")
    a_turn(db, notice)
    db.info["clock"] = lambda: NOON + timedelta(days=7)

    batch_due(db, BatchDue(notice=notice.id))

    assert notice.state == "expired"
    assert counts(db, notice)["expired"] == 50


def test_a_notice_does_not_start_after_its_meeting_began(db: Session) -> None:
    families(db, 1, "IQ-DA")
    notice = an_approved(db, governorate="IQ-DA")
    db.info["clock"] = lambda: NOON + timedelta(days=7)

    with pytest.raises(MeetingPast):
        start_notice(db, start(notice))


def test_consent_taken_back_while_a_notice_runs_is_heeded(db: Session) -> None:
    families(db, 200, "IQ-DA")
    last = a_family(db, governorate="IQ-DA", contact=UUID(int=2**128 - 1))
    notice = a_started(db, governorate="IQ-DA")
    a_turn(db, notice)
    db.connection().exec_driver_sql("UPDATE audience_member SET may_be_told = false WHERE contact = %(c)s", {"c": last})

    all_turns(db, notice)

    assert last not in contacts_texted(db, notice.id)
    assert (notice.asked, counts(db, notice)["refused"], counts(db, notice)["waiting"]) == (201, 1, 200)


def test_an_audience_of_nobody_is_refused(db: Session) -> None:
    with pytest.raises(NobodyToTell):
        start_notice(db, start(an_approved(db, governorate="IQ-MU")))


def test_a_running_notice_is_not_started_again(db: Session) -> None:
    families(db, 2, "IQ-DA")
    notice = a_started(db, governorate="IQ-DA")

    with pytest.raises(AlreadyRunning):
        start_notice(db, start(notice))


def test_only_a_running_notice_pauses(db: Session) -> None:
    with pytest.raises(NotRunning):
        pause_notice(db, PauseNotice(notice=a_drafted(db).id, actor=staff_of("mgd", DRAFTER)))


def test_unknown_notices_are_refused(db: Session) -> None:
    with pytest.raises(UnknownNotice):
        start_notice(db, StartNotice(notice=uuid4(), actor=staff_of("mgd", DRAFTER)))
    with pytest.raises(LookupError):
        notice_for_staff(db, str(uuid4()), "mgd")


def test_everybody_asked_is_accounted_for_as_the_gateway_tells(db: Session) -> None:
    families(db, 150, "IQ-DA")
    notice = a_started(db, governorate="IQ-DA")
    a_turn(db, notice)
    [first] = told(db, SendBatch)
    newest = {"delivered": 60, "handed_over": 20, "failed": 5, "expired": 4, "refused": 8, "unsettled": 1, "waiting": 2}

    follow_batch(db, BatchProgressed(batch=first.batch, notice=notice.id, version=7, counts=newest))  # pyright: ignore
    follow_batch(db, BatchProgressed(batch=first.batch, notice=notice.id, version=6, counts={"waiting": 100}))

    shown = counts(db, notice)
    assert {name: shown[name] for name in newest} == {**newest, "waiting": 52}
    assert shown["asked"] == sum(n for name, n in shown.items() if name != "asked") == 150


@pytest.mark.parametrize("step", [AlreadyApproved, NoticeEnded])
def test_a_stopped_draft_is_not_approved(db: Session, step: type[Exception]) -> None:
    notice = a_drafted(db) if step is NoticeEnded else an_approved(db)
    if step is NoticeEnded:
        stop_notice(db, StopNotice(notice=notice.id, actor=staff_of("mgd", DRAFTER)))

    with pytest.raises(step):
        approve(db, notice, APPROVER)


def test_a_draft_names_its_audience_to_staff(db: Session) -> None:
    draft = DraftNotice.model_validate(a_draft(a_meeting(db)))
    draft_notice(db, draft)

    shown = notice_for_staff(db, str(draft.notice), "mgd")

    assert shown["audience"]["governorates"] == ["IQ-NI"]
    assert (shown["state"], shown["counts"]["asked"], shown["replies"]) == (
        "draft",
        0,
        {"yes": 0, "no": 0, "people": 0},
    )

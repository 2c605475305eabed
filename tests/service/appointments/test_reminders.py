"""A reminder goes out when due, and only where it still holds."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from services.appointments.attendance import check_in
from services.appointments.booking import cancel_visit, reschedule_visit
from services.appointments.reminders import remind
from services.appointments.visits import PlannedVisit
from shared.messages.appointments import CancelVisit, CheckIn, RemindVisit, RescheduleVisit
from shared.messages.gateway import Send, Template
from tests.actors import family_of, staff_of
from tests.service.appointments.builders import STAFF, a_session, a_visit, reminders_due, told


def reminders_sent(db: Session) -> list[Send]:
    return [text for text in told(db, Send) if text.template == Template.REMINDER]


def due(visit: PlannedVisit, version: int = 1) -> RemindVisit:
    return RemindVisit(visit=visit.id, version=version)


def test_a_visit_is_recalled_two_days_before_and_on_the_morning(db: Session) -> None:
    visit = a_visit(db, a_session(db, starts_in=timedelta(days=5)))  # Sunday the 29th, noon in Baghdad

    assert reminders_due(db, visit.id) == [
        datetime(2026, 11, 27, 7, tzinfo=UTC),
        datetime(2026, 11, 29, 5, tzinfo=UTC),
    ]


def test_a_visit_tomorrow_is_recalled_on_the_morning_only(db: Session) -> None:
    visit = a_visit(db, a_session(db, starts_in=timedelta(days=1)))

    assert reminders_due(db, visit.id) == [datetime(2026, 11, 25, 5, tzinfo=UTC)]


def test_a_visit_today_is_not_recalled(db: Session) -> None:
    visit = a_visit(db, a_session(db, starts_in=timedelta(hours=2)))

    assert reminders_due(db, visit.id) == []


def test_a_due_reminder_is_texted_and_is_worth_nothing_after_the_visit_began(db: Session) -> None:
    visit = a_visit(db, a_session(db))

    remind(db, due(visit))

    assert [(t.contact, t.text_class, t.not_after) for t in reminders_sent(db)] == [
        (visit.contact, "reminder", visit.starts_at)
    ]


def test_the_two_reminders_are_two_texts_and_the_mornings_does_not_wait_for_nine(db: Session) -> None:
    visit = a_visit(db, a_session(db))
    remind(db, due(visit))
    db.info["clock"] = lambda: visit.starts_at - timedelta(hours=4)

    remind(db, due(visit))

    assert len({text.text for text in reminders_sent(db)}) == 2
    assert [text.text_class for text in reminders_sent(db)] == ["reminder", "case"]


def test_a_cancelled_visit_is_not_recalled(db: Session) -> None:
    visit = a_visit(db, a_session(db))
    cancel_visit(db, CancelVisit(actor=family_of(visit.reference), visit=visit.id))

    remind(db, due(visit))

    assert reminders_sent(db) == []


def test_a_moved_visit_is_not_recalled_for_its_old_time(db: Session) -> None:
    visit = a_visit(db, a_session(db))
    reschedule_visit(
        db,
        RescheduleVisit(
            actor=family_of(visit.reference), visit=visit.id, session=a_session(db, starts_in=timedelta(days=30))
        ),
    )

    remind(db, due(visit, version=1))

    assert reminders_sent(db) == []


def test_a_visit_that_began_is_not_recalled(db: Session) -> None:
    visit = a_visit(db, a_session(db))
    db.info["clock"] = lambda: visit.starts_at

    remind(db, due(visit))

    assert reminders_sent(db) == []


def test_who_came_is_not_recalled(db: Session) -> None:
    visit = a_visit(db, a_session(db))

    check_in(db, CheckIn(visit=visit.id, people=1, actor=staff_of("mld", STAFF)))

    assert reminders_due(db, visit.id) == []

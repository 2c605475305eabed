"""Rounds: everybody who is to be asked is asked together, at fixed times."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from services.matching.rounds import KEY
from services.matching.tables import Family
from shared.messages.matching import ContactRequested
from shared.settings import settings
from tests.service.matching.builders import (
    FIRST_DAY,
    Calendar,
    EverybodyHeld,
    NobodyHeld,
    a_confirmed_match,
    a_family,
    a_round,
    a_sample,
    open_requests,
    plan,
    told,
)


@pytest.fixture(autouse=True)
def _no_round_yet(db: Session) -> None:
    """The database may have been used before: this transaction begins without a round."""
    db.connection().execute(text("DELETE FROM due_message"))


def next_round(db: Session) -> datetime | None:
    due: Any = db.connection().execute(text("SELECT due_at FROM due_message WHERE key = :key"), {"key": KEY}).scalar()
    return due


def asked(db: Session) -> list[str]:
    return [e.reference for e in told(db, ContactRequested)]


def test_the_first_round_is_scheduled_when_the_first_family_is_known(db: Session) -> None:
    assert next_round(db) is None

    a_family(db)

    assert next_round(db) == FIRST_DAY + timedelta(seconds=settings().contact_round_s)


def test_a_family_that_comes_later_does_not_move_the_round(db: Session, calendar: Calendar) -> None:
    a_family(db)
    first = next_round(db)
    calendar.turn(seconds=1)

    a_family(db)

    assert next_round(db) == first


def test_each_round_schedules_the_next_one(db: Session, calendar: Calendar) -> None:
    a_round(db, calendar)

    assert next_round(db) == calendar.at + timedelta(seconds=settings().contact_round_s)


def test_routine_and_grave_go_out_together(db: Session, calendar: Calendar) -> None:
    routine, grave = a_family(db), a_family(db)
    a_confirmed_match(db, a_sample(db, grave))
    plan(db, routine)
    assert asked(db) == []

    a_round(db, calendar)

    assert set(asked(db)) == {routine, grave}


def test_the_order_within_a_round_is_drawn_by_lot(db: Session, calendar: Calendar) -> None:
    families = [a_family(db) for _ in range(20)]
    for family in families:
        plan(db, family)

    class ByLot(NobodyHeld):
        def shuffle(self, x: Any) -> None:
            Random(7).shuffle(x)

    a_round(db, calendar, ByLot())

    assert set(asked(db)) == set(families)
    assert asked(db) not in (families, sorted(families))


def test_who_is_kept_for_the_next_round_is_kept_only_once(db: Session, calendar: Calendar) -> None:
    routine, grave = a_family(db), a_family(db)
    a_confirmed_match(db, a_sample(db, grave))
    plan(db, routine)

    a_round(db, calendar, EverybodyHeld())
    assert asked(db) == []
    a_round(db, calendar, EverybodyHeld())

    assert set(asked(db)) == {routine, grave}


def test_a_family_without_a_verified_phone_is_not_asked_until_it_has_one(db: Session, calendar: Calendar) -> None:
    family = a_family(db, is_verified=False)
    a_confirmed_match(db, a_sample(db, family))
    a_round(db, calendar)
    assert (asked(db), open_requests(db, [family])) == ([], {family: "planned"})

    a_family(db, family, version=2)
    a_round(db, calendar)

    assert asked(db) == [family]


def test_a_family_that_closed_its_file_is_not_asked(db: Session, calendar: Calendar) -> None:
    family = a_family(db)
    plan(db, family)
    a_family(db, family, version=2, is_open=False)

    a_round(db, calendar)

    assert asked(db) == []


def test_every_family_is_asked_within_the_usual_days_and_once(db: Session, calendar: Calendar) -> None:
    first, last = settings().routine_contact_days
    families = {a_family(db, chance=Random(n)) for n in range(30)}

    calendar.turn(days=last)
    for _ in range(3):
        a_round(db, calendar)

    assert sorted(asked(db)) == sorted(families)
    assert first < last


def test_a_routine_contact_waits_for_its_day(db: Session, calendar: Calendar) -> None:
    family = a_family(db)
    calendar.turn(days=settings().routine_contact_days[0] - 2)

    a_round(db, calendar)

    assert asked(db) == []
    assert open_requests(db, [family]) == {}


def test_routine_contacts_of_the_next_round_are_planned_beside_what_comes_up(db: Session, calendar: Calendar) -> None:
    family = a_family(db)
    day = db.exec(text("SELECT routine_contact_at FROM family WHERE reference = :r").bindparams(r=family)).scalar_one()
    calendar.at = day - timedelta(seconds=1.5 * settings().contact_round_s)

    a_round(db, calendar)

    assert (asked(db), open_requests(db, [family])) == ([], {family: "planned"})


@pytest.mark.parametrize("state", [{"is_verified": False}, {"is_open": False}])
def test_a_family_that_cannot_be_asked_has_no_routine_contact(db: Session, state: dict[str, bool]) -> None:
    family = a_family(db)

    a_family(db, family, version=2, **state)

    row = db.get(Family, family)
    assert row is not None
    assert row.routine_contact_at is None


def test_an_older_state_of_a_file_changes_nothing(db: Session) -> None:
    family = a_family(db, version=3)

    a_family(db, family, version=2, is_open=False, institution="other")

    row = db.get(Family, family)
    assert row is not None
    assert (row.version, row.is_open, row.institution) == (3, True, "mgd")
    assert row.routine_contact_at is not None

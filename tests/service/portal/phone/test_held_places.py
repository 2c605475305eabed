"""The waiting list without the web: joined by text, and what is held taken or left by text or key."""

from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from services.appointments import waiting
from services.appointments.tables import Visit
from shared.database import open_session
from shared.messages.appointments import JoinWaitingList
from shared.parts import Part
from tests.actors import family_of
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families, Family, eventually
from tests.service.portal.phone.conftest import PHONE, Carrier
from tests.service.portal.test_visits import open_day
from tests.service.portal.test_waiting import a_full_day, given_back, offered, taken_by_others


def held_for(families: Families, part_database, family: Family) -> UUID:
    """A family waits for a full day, another gives its two places back: the day on which two are held for it now."""
    session, theirs = a_full_day(families, part_database)
    wish = JoinWaitingList(
        actor=family_of(family.reference),
        entry=uuid4(),
        reference=family.reference,
        contact=family.contact,
        places=2,
        session=session,
    )
    with open_session(part_database(Part.APPOINTMENTS)) as db:
        waiting.join(db, wish)
        db.commit()
    given_back(part_database, theirs)
    offered(families)
    return session


def visits_of(part_database, family: Family) -> list[tuple[UUID, int, str]]:
    with open_session(part_database(Part.APPOINTMENTS)) as db:
        found = db.exec(select(Visit).where(Visit.reference == family.reference))
        return [(visit.session, visit.places, visit.state) for visit in found]


def ended(families: Families) -> str:
    """How the line knows the family's entry at the door, once nothing is held any more."""
    state = "SELECT state FROM waiting_entry WHERE state <> 'offered'"
    assert eventually(lambda: families.run(state))
    return families.run(state)[0].state


def waits(families: Families) -> list[tuple[str, int, str]]:
    rows = families.run("SELECT reference, places, governorate FROM waiting_entry WHERE state = 'waiting'")
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(("book", "yes", "places"), [("BOOK", "نعم", 1), ("BOOK 3", "YES", 3), ("حجز", "erê 2", 2)])
def test_where_nothing_is_free_a_yes_goes_on_the_waiting_list(
    families: Families, courier: Courier, part_database, carrier: Carrier, book: str, yes: str, places: int
) -> None:
    family = families.one()
    a_full_day(families, part_database)
    carrier.text(book)
    carrier.text(yes)
    assert eventually(lambda: "on_waiting_list" in [t.template for t in courier.texts])
    assert eventually(lambda: waits(families) == [(family.reference, places, "IQ-NI")])


def test_who_is_in_the_line_already_is_told_so_and_a_no_joins_nobody(
    families: Families, courier: Courier, part_database, carrier: Carrier
) -> None:
    families.one()
    a_full_day(families, part_database)
    carrier.text("BOOK")
    carrier.text("NO")
    for text in ("BOOK", "YES", "BOOK", "YES"):
        carrier.text(text)
    assert eventually(lambda: [t.template for t in courier.texts].count("on_waiting_list") == 2)
    assert len(waits(families)) == 1


def test_who_is_refused_the_last_place_joins_by_a_yes(
    families: Families, courier: Courier, part_database, carrier: Carrier
) -> None:
    family = families.one()
    day = open_day(part_database, capacity=1)
    assert eventually(lambda: families.run("SELECT 1 FROM collection_session WHERE free = 1"))
    courier.pause()
    carrier.text("BOOK 1")
    taken_by_others(part_database, day, 1)  # the door does not know yet
    carrier.text("1")
    courier.go_on()
    assert eventually(lambda: "no_places" in [t.template for t in courier.texts])
    carrier.text("YES")
    assert eventually(lambda: waits(families) == [(family.reference, 1, "IQ-NI")])


@pytest.mark.parametrize("yes", ["YES", "نعم", "بەڵێ 2", "erê"])
def test_a_yes_by_text_takes_what_is_held(
    families: Families, courier: Courier, part_database, carrier: Carrier, yes: str
) -> None:
    family = families.one()
    session = held_for(families, part_database, family)
    carrier.text(yes)
    assert ended(families) == "booked"
    assert visits_of(part_database, family) == [(session, 2, "booked")]
    assert eventually(lambda: [t.template for t in courier.texts if t.contact == family.contact][-1] == "appointment")


def test_a_no_by_text_leaves_it_to_the_next_and_is_answered(
    families: Families, courier: Courier, part_database, carrier: Carrier
) -> None:
    family = families.one()
    held_for(families, part_database, family)
    carrier.text("لا")
    assert ended(families) == "ended"
    assert visits_of(part_database, family) == []
    assert eventually(lambda: "reply_thanks" in [t.template for t in courier.texts])


@pytest.mark.parametrize(
    ("text", "phone"), [("YES 5", PHONE), ("YES", "+9647709999999")], ids=["for five people", "from a stranger"]
)
def test_a_yes_that_is_none_to_what_is_held_takes_nothing(
    families: Families, courier: Courier, part_database, carrier: Carrier, text: str, phone: str
) -> None:
    family = families.one()
    held_for(families, part_database, family)
    carrier.text(text, phone=phone)
    assert eventually(lambda: "help" in [t.template for t in courier.texts])
    assert visits_of(part_database, family) == []


def test_a_yes_that_comes_too_late_is_told_so(
    families: Families, courier: Courier, part_database, carrier: Carrier
) -> None:
    family = families.one()
    held_for(families, part_database, family)
    courier.pause()
    with open_session(part_database(Part.APPOINTMENTS)) as db:  # its time is over; the door has not heard yet
        db.connection().exec_driver_sql("UPDATE waiting_entry SET offer_ends_at = now() - interval '1 minute'")
        db.commit()
    carrier.text("YES")
    courier.go_on()
    assert eventually(lambda: "no_places" in [t.template for t in courier.texts])
    assert visits_of(part_database, family) == []


def test_a_caller_hears_of_what_is_held_first_and_takes_it_with_one_key(
    families: Families, courier: Courier, part_database, carrier: Carrier
) -> None:
    family = families.one(pin="123456")
    session = held_for(families, part_database, family)
    for step, digits in (("", ""), ("language", "5"), ("reference", family.reference), ("pin", "123456")):
        carrier.call("CA1", step, digits)
    heard = carrier.call("CA1", "menu", "3")
    assert "step=held" in heard
    assert "step=menu" in carrier.call("CA1", "held", "2"), "no other day has room"
    assert "step=held" in carrier.call("CA1", "menu", "3")
    assert "step=menu" in carrier.call("CA1", "held", "1")
    assert ended(families) == "booked"
    assert visits_of(part_database, family) == [(session, 2, "booked")]

"""The waiting list, other days and other countries at the family's door, with its replays, tabs and dead sessions."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient

from services.appointments import sites
from services.appointments.booking import book_visit, cancel_visit
from services.appointments.waiting import OfferOver, answer
from shared.database import open_session
from shared.messages.appointments import AnswerOffer, BookVisit, CancelVisit, OpenSite
from shared.parts import Part
from shared.references import new_reference
from tests.actors import family_of, staff_of
from tests.service.appointments.builders import whose
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families, eventually, field, log_in
from tests.service.portal.test_visits import book, open_day


def taken_by_others(part_database, session: UUID, places: int) -> UUID:
    """A visit of another family's."""
    reference = new_reference()
    wish = BookVisit(
        actor=family_of(reference),
        visit=uuid4(),
        reference=reference,
        session=session,
        places=places,
        contact=uuid4(),
    )
    with open_session(part_database(Part.APPOINTMENTS)) as db:
        book_visit(db, wish)
        db.commit()
    return wish.visit


def given_back(part_database, visit: UUID) -> None:
    with open_session(part_database(Part.APPOINTMENTS)) as db:
        cancel_visit(db, CancelVisit(actor=whose(db, visit), visit=visit))
        db.commit()


def a_full_day(families: Families, part_database) -> tuple[UUID, UUID]:
    """A session whose two places another family has, and that visit."""
    session = open_day(part_database, capacity=2)
    visit = taken_by_others(part_database, session, 2)
    assert eventually(lambda: families.run("SELECT 1 FROM collection_session WHERE free = 0"))
    return session, visit


def join(client: TestClient, page: str, where: str, **more: str) -> Any:
    sent = {"csrf": field(page, "csrf"), "request_id": field(page, "request_id"), "where": where, "places": "2"}
    return client.post("/en/samples/wait", data=sent | more)


def offered(families: Families) -> UUID:
    """The entry to which something is offered, as soon as the door knows it."""
    assert eventually(lambda: families.run("SELECT 1 FROM waiting_entry WHERE state = 'offered'"))
    return families.run("SELECT entry FROM waiting_entry WHERE state = 'offered'")[0].entry


def reply(client: TestClient, page: str, entry: UUID, said: str) -> Any:
    sent = {"csrf": field(page, "csrf"), "request_id": field(page, "request_id"), "offer": field(page, "offer")}
    return client.post(f"/en/samples/waiting/{entry}/answer", data=sent | {"answer": said})


def test_a_full_day_is_waited_for_offered_and_taken(
    client: TestClient, families: Families, courier: Courier, part_database
) -> None:
    session, theirs = a_full_day(families, part_database)
    open_day(part_database, capacity=5, days=9)
    assert eventually(lambda: len(families.run("SELECT 1 FROM collection_session")) == 2)
    log_in(client, families, families.one())
    refused = book(client, session, 2)
    assert "Go on the waiting list" in refused.text

    shown = join(client, refused.text, f"session:{session}")
    assert "You are on the waiting list" in shown.text
    given_back(part_database, theirs)
    entry = offered(families)

    assert "A place is held for you" in client.get("/en/status").text
    page = client.get(f"/en/samples/waiting/{entry}").text
    booked = reply(client, page, entry, "yes")
    assert "Your visit is booked" in booked.text
    again = reply(client, page, entry, "yes")
    assert "Your visit is booked" in again.text
    assert len(families.run("SELECT 1 FROM visit WHERE state = 'booked'")) == 1


def test_a_second_tab_that_says_no_after_a_yes_changes_nothing(
    client: TestClient, families: Families, courier: Courier, part_database
) -> None:
    session, theirs = a_full_day(families, part_database)
    log_in(client, families, families.one())
    join(client, client.get("/en/samples/wait").text, f"session:{session}")
    given_back(part_database, theirs)
    entry = offered(families)
    first, second = (client.get(f"/en/samples/waiting/{entry}").text for _ in range(2))

    reply(client, first, entry, "yes")
    late = reply(client, second, entry, "no")

    assert late.status_code == 409
    assert "This offer is over" in late.text
    assert len(families.run("SELECT 1 FROM visit WHERE state = 'booked'")) == 1


def test_who_waits_already_is_shown_its_place_and_can_leave(
    client: TestClient, families: Families, courier: Courier, part_database
) -> None:
    session, _ = a_full_day(families, part_database)
    log_in(client, families, families.one())
    page = client.get("/en/samples/wait").text
    first, again = join(client, page, f"session:{session}"), join(client, page, f"session:{session}")
    other = join(client, client.get("/en/samples/wait").text, "IQ-NI")
    assert first.url == again.url == other.url
    assert families.run("SELECT count(*) FROM waiting_entry")[0].count == 1

    sent = {"csrf": field(other.text, "csrf"), "request_id": field(other.text, "request_id")}
    left = client.post(f"{other.url.path}/leave", data=sent)

    assert "You are not on the waiting list any more" in left.text


@pytest.mark.parametrize("where", ["", "session:", "site:nonsense", "IQ-XX", f"visit:{UUID(int=7)}", "💐"])
def test_what_cannot_be_waited_for_is_asked_again(client: TestClient, families: Families, where: str) -> None:
    log_in(client, families, families.one())
    page = join(client, client.get("/en/samples/wait").text, where)
    assert page.status_code == 422
    assert "Please choose one." in page.text


def test_another_familys_entry_does_not_exist(
    client: TestClient, families: Families, courier: Courier, part_database
) -> None:
    session, _ = a_full_day(families, part_database)
    log_in(client, families, families.one())
    join(client, client.get("/en/samples/wait").text, f"session:{session}")
    entry = families.run("SELECT entry FROM waiting_entry")[0].entry
    client.cookies.clear()
    log_in(client, families, families.one(phone="+9647701234568"))

    assert client.get(f"/en/samples/waiting/{entry}").status_code == 404
    with open_session(part_database(Part.APPOINTMENTS)) as db, pytest.raises(OfferOver):
        answer(db, AnswerOffer(actor=whose(db, entry), entry=entry, offer=uuid4(), accepts=True))


def test_a_form_of_a_session_that_ended_says_so_and_asks_nothing(
    client: TestClient, families: Families, courier: Courier, part_database
) -> None:
    session = open_day(part_database)
    assert eventually(lambda: families.run("SELECT 1 FROM collection_session"))
    log_in(client, families, families.one())
    days, wait = client.get("/en/samples").text, client.get("/en/samples/wait").text
    families.run("UPDATE family_session SET expires_at = now()")

    for page in (book(client, session, 1, days), join(client, wait, f"session:{session}")):
        assert page.status_code == 403
        assert "Please open your report again" in page.text
    assert families.run("SELECT 1 FROM outcome WHERE kind IN ('book_visit', 'join_waiting_list')") == []


def move(client: TestClient, visit: UUID, session: UUID, page: str | None = None) -> Any:
    shown = page or client.get(f"/en/samples/visit/{visit}/move").text
    sent = {"csrf": field(shown, "csrf"), "request_id": field(shown, "request_id"), "session": str(session)}
    return client.post(f"/en/samples/visit/{visit}/move", data=sent)


def test_a_visit_is_moved_and_kept_where_the_other_day_is_full(
    client: TestClient, families: Families, courier: Courier, part_database
) -> None:
    first, second = open_day(part_database, capacity=3), open_day(part_database, capacity=3, days=9)
    full = open_day(part_database, capacity=1, days=11)
    assert eventually(lambda: len(families.run("SELECT 1 FROM collection_session")) == 3)
    log_in(client, families, families.one())
    book(client, first, 2)
    visit = families.run("SELECT visit FROM visit")[0].visit
    page = client.get(f"/en/samples/visit/{visit}/move").text

    assert "Your visit has a new day" in move(client, visit, second, page).text
    assert "Your visit has a new day" in move(client, visit, second, page).text, "sent twice, it is moved once"
    kept = move(client, visit, full)

    assert kept.status_code == 409
    assert "Your visit stays as it was:" in kept.text
    assert families.run("SELECT session FROM visit") == [(second,)]


def test_a_visit_has_a_neutral_calendar_file_and_directions(
    client: TestClient, families: Families, courier: Courier, part_database
) -> None:
    session = open_day(part_database)
    assert eventually(lambda: families.run("SELECT 1 FROM collection_session"))
    log_in(client, families, families.one())
    book(client, session, 1)
    visit = families.run("SELECT visit FROM visit")[0].visit

    file = client.get(f"/ar/samples/visit/{visit}/appointment.ics")

    assert file.headers["content-type"].startswith("text/calendar")
    assert "SUMMARY:موعد" in file.text
    assert not re.search("sila.*sample|عينة|مفقود", file.text, re.I)
    assert "مركز الموصل" in client.get(f"/ar/samples/visit/{visit}/directions").text


def test_a_visit_abroad_needs_the_consent_to_the_transfer(
    client: TestClient, families: Families, courier: Courier, part_database
) -> None:
    stuttgart = uuid4()
    abroad = OpenSite(
        actor=staff_of("mld", uuid4()),
        site=stuttgart,
        name={"en": "Stuttgart"},
        country="DE",
        time_zone="Europe/Berlin",
    )
    with open_session(part_database(Part.APPOINTMENTS)) as db:
        sites.open_site(db, abroad)
        db.commit()
    session = open_day(part_database, site=stuttgart)
    assert eventually(lambda: families.run("SELECT 1 FROM collection_session"))
    log_in(client, families, families.one(governorate=None))

    asked = book(client, session, 1)
    assert "A visit in another country" in asked.text
    hidden = {name: field(asked.text, name) for name in ("csrf", "request_id", "session", "places", "transfer_asked")}
    assert client.post("/en/samples/book", data=hidden).status_code == 422
    agreed = client.post("/en/samples/book", data=hidden | {"transfer": "yes"})

    assert "Your visit is booked" in agreed.text
    with open_session(part_database(Part.APPOINTMENTS)) as db:
        assert db.connection().exec_driver_sql("SELECT consents_to_transfer FROM visit").scalar() is True


def test_the_nearest_days_come_first(client: TestClient, families: Families) -> None:
    far, near = families.session(), families.session()
    families.run("UPDATE site SET latitude = 36.3, longitude = 43.1")
    site = "(SELECT site FROM collection_session WHERE session = :s)"
    families.run(f"UPDATE site SET latitude = 30.5, longitude = 47.8 WHERE site = {site}", s=near)

    page = client.get("/en/samples?governorate=IQ-BA").text

    assert page.index("in your town or near it") < page.index("km away")
    families.run("UPDATE collection_session SET is_women_only = true WHERE session = :s", s=far)
    assert "in your town" not in client.get("/en/samples?governorate=IQ-BA&women=yes").text

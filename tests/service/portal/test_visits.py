import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

from sqlmodel import select
from starlette.testclient import TestClient

from portal.app import create_app
from services.appointments import sessions, sites
from services.appointments.tables import Visit
from shared.database import open_session, utc_now
from shared.messages.appointments import OpenSession, OpenSite
from shared.messages.gateway import Template
from shared.parts import Part
from shared.settings import Settings
from tests.actors import staff_of
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families, eventually, field, log_in


def open_day(part_database, *, capacity: int = 20, days: int = 7, site: UUID | None = None) -> UUID:
    """A collection session that appointments opens."""
    session, starts_at = uuid4(), utc_now() + timedelta(days=days)
    with open_session(part_database(Part.APPOINTMENTS)) as db:
        site_id = site or uuid4()
        if site is None:
            name = {"ar": "مركز الموصل", "en": "Mosul centre"}
            sites.open_site(db, OpenSite(actor=staff_of("mld", uuid4()), site=site_id, name=name, governorate="IQ-NI"))
            db.flush()
        opening = OpenSession(
            actor=staff_of("mld", uuid4()),
            session=session,
            site=site_id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=4),
            capacity=capacity,
        )
        sessions.open_session(db, opening)
        db.commit()
    return session


def book(client: TestClient, session: UUID, places: int, page: str | None = None):
    shown = page or client.get("/en/samples").text
    sent = {"csrf": field(shown, "csrf"), "request_id": field(shown, "request_id")}
    return client.post("/en/samples/book", data=sent | {"session": str(session), "places": str(places)})


def test_a_family_books_places_for_two_and_sees_the_visit(
    client: TestClient, families: Families, courier: Courier, part_database
) -> None:
    session = open_day(part_database)
    assert eventually(lambda: families.run("SELECT 1 FROM collection_session"))
    log_in(client, families, families.one())
    page = book(client, session, 2)
    assert "Your visit is booked" in page.text
    assert "Mosul centre" in client.get("/en/status").text
    assert eventually(lambda: [t for t in courier.texts if t.template is Template.APPOINTMENT])


def test_a_full_session_refuses_and_offers_the_next_one_with_room(
    client: TestClient, families: Families, courier: Courier, part_database
) -> None:
    full = open_day(part_database, capacity=1)
    open_day(part_database, capacity=5, days=9)
    assert eventually(lambda: len(families.run("SELECT 1 FROM collection_session")) == 2)
    log_in(client, families, families.one())
    page = book(client, full, 2)
    assert page.status_code == 409
    assert "There are not enough places" in page.text
    assert families.run("SELECT 1 FROM visit") == []


def test_two_clicks_book_once(client: TestClient, families: Families, courier: Courier, part_database) -> None:
    session = open_day(part_database)
    assert eventually(lambda: families.run("SELECT 1 FROM collection_session"))
    log_in(client, families, families.one())
    shown = client.get("/en/samples").text
    first, second = book(client, session, 2, shown), book(client, session, 2, shown)
    assert "Your visit is booked" in first.text
    assert "Your visit is booked" in second.text
    assert len(families.run("SELECT 1 FROM visit")) == 1


def test_while_the_broker_is_down_a_request_is_kept_and_then_carried_out_once(
    client: TestClient, families: Families, courier: Courier, part_database
) -> None:
    session = open_day(part_database)
    assert eventually(lambda: families.run("SELECT 1 FROM collection_session"))
    family = families.one()
    log_in(client, families, family)
    courier.pause()
    page = book(client, session, 1)
    assert "We have your request and will text you." in page.text
    assert "Your report" in client.get("/en/status").text
    courier.go_on()
    assert eventually(lambda: families.run("SELECT 1 FROM visit WHERE state = 'booked'"))
    with open_session(part_database(Part.APPOINTMENTS)) as db:
        assert len(db.exec(select(Visit)).all()) == 1


def test_a_refusal_that_no_page_waits_for_is_told_by_text(
    client: TestClient, families: Families, courier: Courier, part_database
) -> None:
    session = open_day(part_database, capacity=1)
    assert eventually(lambda: families.run("SELECT 1 FROM collection_session"))
    log_in(client, families, families.one())
    courier.pause()
    book(client, session, 3)
    courier.go_on()
    assert eventually(lambda: [t for t in courier.texts if t.template is Template.NO_PLACES])


def test_a_family_cancels_its_visit(client: TestClient, families: Families, courier: Courier, part_database) -> None:
    session = open_day(part_database)
    assert eventually(lambda: families.run("SELECT 1 FROM collection_session"))
    log_in(client, families, families.one())
    book(client, session, 2)
    link = re.search(r"/en/samples/visit/[0-9a-f-]{36}", client.get("/en/status").text)
    assert link
    shown = client.get(link[0]).text
    page = client.post(f"{link[0]}/cancel", data={"csrf": field(shown, "csrf")})
    assert "Your visit is cancelled" in page.text
    assert eventually(lambda: families.run("SELECT 1 FROM collection_session WHERE free = capacity"))


def test_another_familys_visit_does_not_exist(client: TestClient, families: Families) -> None:
    log_in(client, families, families.one())
    assert client.get(f"/en/samples/visit/{uuid4()}").status_code == 404


def test_fifty_at_once_for_the_last_ten_places(
    config: Settings, families: Families, courier: Courier, part_database
) -> None:
    session = open_day(part_database, capacity=10)
    assert eventually(lambda: families.run("SELECT 1 FROM collection_session"))
    with TestClient(
        create_app(config.model_copy(update={"limits": "raised"})), base_url="http://127.0.0.1:8000"
    ) as one:
        browsers = []
        for n in range(50):
            browser = TestClient(one.app, base_url="http://127.0.0.1:8000")
            browser.portal = one.portal
            log_in(browser, families, families.one(phone=f"+96477012345{n:02d}"))
            browsers.append((browser, browser.get("/en/samples").text))
        with ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda each: book(each[0], session, 1, each[1]), browsers))
        assert eventually(lambda: not families.run("SELECT 1 FROM outcome WHERE state = 'asked'"))
    assert families.run("SELECT sum(places) FROM visit WHERE state = 'booked'") == [(10,)]
    assert families.run("SELECT free FROM collection_session") == [(0,)]

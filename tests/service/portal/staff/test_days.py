"""A collection day at the console: the entrance, the paper of a day without power, and its rows entered afterwards."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from portal.accounts import Role
from services.appointments.booking import book_visit
from services.appointments.sessions import open_session as open_collection
from shared.database import open_session, utc_now
from shared.messages.appointments import BookVisit, OpenSession
from shared.parts import Part
from shared.references import show_reference
from tests.actors import family_of, staff_of
from tests.service.portal.courier import Courier
from tests.service.portal.families import eventually
from tests.service.portal.staff.conftest import Somebody
from tests.service.portal.staff.people import Page, Person, said
from tests.service.portal.staff.stories import enter_report, open_site, register_sample

Database = Callable[[Part], sa.Engine]


@pytest.fixture
def staff(somebody: Somebody, courier: Courier) -> Person:
    """Who takes samples."""
    return somebody(Role.SAMPLE_STAFF, institution="mld")


@pytest.fixture
def reference(somebody: Somebody, courier: Courier) -> str:
    """A report in the record."""
    return enter_report(somebody(Role.INTAKE))


def a_day(database: Database, *, site: UUID | None = None, days: int = 0) -> UUID:
    """A session of today, an hour from now."""
    session, starts_at = uuid4(), utc_now() + timedelta(days=days, hours=1)
    opened = OpenSession(
        actor=staff_of("mld", uuid4()),
        session=session,
        site=site or open_site(database),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=5),
        capacity=20,
    )
    with open_session(database(Part.APPOINTMENTS)) as db:
        open_collection(db, opened)
        db.commit()
    return session


def booked(database: Database, session: UUID, reference: str, places: int = 2) -> UUID:
    wish = BookVisit(
        actor=family_of(reference), visit=uuid4(), reference=reference, session=session, places=places, contact=uuid4()
    )
    with open_session(database(Part.APPOINTMENTS)) as db:
        book_visit(db, wish)
        db.commit()
    return wish.visit


def test_a_family_is_checked_in_by_its_reference_or_by_the_code_on_its_paper(
    staff: Person, reference: str, part_database: Database
) -> None:
    session = a_day(part_database)
    visit = booked(part_database, session, reference)
    address = f"/staff/days/sessions/{session}"
    page = staff.get(address)

    nobody = staff.submit(page, f"{address}/check-in", scan=str(uuid4()))
    assert nobody.status_code == 422
    assert "Nobody on this list" in said(nobody)
    there = staff.submit(page, f"{address}/check-in", scan=show_reference(reference), people="1")
    assert "Done. The family was checked in." in said(there)
    again = staff.submit(there, f"{address}/check-in", scan=str(visit))
    assert "is checked in already" in said(again)


def test_a_walk_in_is_received(staff: Person, reference: str, part_database: Database) -> None:
    session = a_day(part_database)
    address = f"/staff/days/sessions/{session}"
    page = staff.submit(staff.get(address), f"{address}/walk-in", reference=reference, walk_ins="٣")
    assert "Done. The family was received." in said(page)
    assert "attended, 3 came" in said(page)


def test_the_paper_of_a_day_bears_numbers_and_codes_and_no_name(
    staff: Person, reference: str, part_database: Database
) -> None:
    session = a_day(part_database)
    booked(part_database, session, reference)
    address = f"/staff/days/sessions/{session}"

    numbered = staff.get(f"{address}/list")
    sheets = staff.get(f"{address}/consent/ckb?from=1&to=3")
    labels = staff.get(f"{address}/labels.pdf")

    assert said(numbered).count(show_reference(reference)) == 2
    assert "-022" in numbered.text, "two who are expected, twenty walk-ins"
    assert "سالم" not in numbered.text
    assert sheets.text.count('class="sheet"') == 3
    assert 'lang="ckb-IQ"' in sheets.text
    assert labels.headers["content-type"] == "application/pdf"
    assert labels.content.startswith(b"%PDF")


def enter(staff: Person, session: UUID, reference: str, barcode: str, **what: str) -> Page:
    address = f"/staff/days/sessions/{session}/enter"
    now = utc_now() + timedelta(hours=3)  # in Baghdad
    usual = {
        "barcode": barcode,
        "sheet_barcode": barcode,
        "reference": reference,
        "donor_name": "نازي مراد",
        "relation": "mother",
        "biological": "yes",
        "specimen": "blood_card",
        "day": f"{now:%Y-%m-%d}",
        "clock": f"{now:%H:%M}",
    }
    return staff.submit(staff.get(address), address, **(usual | what))


def test_rows_are_entered_one_by_one_and_a_wrong_pair_is_refused(
    staff: Person, reference: str, part_database: Database
) -> None:
    session = a_day(part_database)

    first = enter(staff, session, reference, "DAYX-001", witness="م. سعد")
    wrong = enter(staff, session, reference, "DAYX-002", sheet_barcode="DAYX-003")
    same = enter(staff, session, reference, "DAYX-001")

    assert "Done. The row is saved." in said(first)
    assert "1 entered" in said(first)
    assert 'value="م. سعد"' in first.text, "who witnessed stays for the next row"
    assert wrong.status_code == 422
    assert "Card and consent sheet bear different codes" in said(wrong)
    assert 'value="DAYX-002"' in wrong.text, "nothing that was scanned is lost"
    assert "Refused. Another sample has this barcode." in said(same)
    assert "نازي" not in said(same)


def test_a_sample_goes_from_hand_to_hand_by_scanning(staff: Person, reference: str, part_database: Database) -> None:
    register_sample(staff, open_site(part_database), "B-000701", reference)

    def scan(step: str, holder: str) -> str:
        now = utc_now() + timedelta(hours=3)
        when = {"day": f"{now:%Y-%m-%d}", "clock": f"{now:%H:%M}"}
        page = staff.get("/staff/samples/custody")
        scanned = {"barcode": "b-000701", "step": step, "holder": holder, "seal": "S-1", "recipient": "mld"}
        return said(staff.submit(page, "/staff/samples/custody", **(scanned | when)))

    assert "Refused. This cannot come next" in scan("received", "laboratory"), "it was handed over to nobody"
    assert "Done. The custody chain has its new link." in scan("handed_over", "courier")
    assert "Refused. This cannot come next" in scan("handed_over", "courier")
    assert "Done. The custody chain has its new link." in scan("received", "laboratory")
    found = staff.submit(staff.get("/staff/samples"), "/staff/samples", find="B-000701", only_find="yes")
    assert "received, laboratory, seal S-1" in said(found)
    assert "The chain is whole." in said(found)


def test_a_session_is_closed_with_its_families_moved_and_then_the_site(
    staff: Person, reference: str, part_database: Database
) -> None:
    site = open_site(part_database)
    shut, other = a_day(part_database, site=site, days=6), a_day(part_database, site=site, days=9)
    booked(part_database, shut, reference)
    address = f"/staff/days/sessions/{shut}"

    page = staff.submit(staff.get(address), f"{address}/close", sure="yes", replacement=str(other))

    assert "Done. The session is closed." in said(page)
    assert show_reference(reference) in said(staff.get(f"/staff/days/sessions/{other}"))
    days = staff.get(f"/staff/days?site={site}")
    assert staff.submit(days, f"/staff/days/sites/{site}/close").status_code == 422
    closed = staff.submit(days, f"/staff/days/sites/{site}/close", sure="yes")
    assert "Done. The site is closed" in said(closed)
    with part_database(Part.APPOINTMENTS).connect() as db:
        assert eventually(lambda: db.execute(sa.text("SELECT state FROM waiting_entry")).scalar() == "waiting")


def test_a_session_on_a_feast_or_a_friday_is_opened_only_knowingly(staff: Person, part_database: Database) -> None:
    site = str(open_site(part_database))
    opening = {"site": site, "day": "2027-01-01", "from": "09:00", "until": "12:00", "capacity": "9"}

    asked = staff.submit(staff.get("/staff/days/sessions"), "/staff/days/sessions", **opening)
    assert asked.status_code == 422
    assert "This day is a Friday." in said(asked)
    opened = staff.submit(asked, "/staff/days/sessions", **opening, despite="yes")

    assert "Done. The session is open" in said(opened)

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from portal.accounts import Role
from services.appointments.booking import book_visit
from services.reports.reporting import accept_report
from shared.database import open_session, utc_now
from shared.days_to_avoid import reason_to_avoid
from shared.messages.appointments import BookVisit
from shared.parts import Part
from shared.references import new_reference, show_reference
from tests.actors import family_of
from tests.service.portal.courier import Courier
from tests.service.portal.staff.conftest import Somebody
from tests.service.portal.staff.people import Page, Person, said
from tests.service.portal.staff.stories import enter_report, open_site, register_sample
from tests.service.reports.builders import accepting

Database = Callable[[Part], sa.Engine]
DAY = next(
    f"{day:%Y-%m-%d}"
    for day in (utc_now() + timedelta(days=n) for n in range(3, 90))
    if not reason_to_avoid(day.date())
)


@pytest.fixture
def staff(somebody: Somebody, courier: Courier) -> Person:
    """Who takes samples."""
    return somebody(Role.SAMPLE_STAFF, institution="mld")


def open_session_on(staff: Person, site: str, **state: str) -> Page:
    usual = {"site": site, "day": DAY, "from": "09:00", "until": "13:00", "capacity": "٢٠"}
    return staff.submit(staff.get("/staff/days/sessions"), "/staff/days/sessions", **(usual | state))


def session_on(staff: Person, site: str) -> str:
    page = staff.get(f"/staff/days?site={site}&day={DAY}")
    (address,) = {a for a in page.text.split('"') if a.startswith("/staff/days/sessions/")}
    return address


def test_a_site_and_a_session_are_opened_and_show_in_the_calendar(staff: Person) -> None:
    form = staff.get("/staff/days/sites")
    page = staff.submit(form, "/staff/days/sites", **{"name.ar": "مركز دهوك", "governorate": "IQ-DA", "country": "iq"})
    assert "Done. The site is open." in said(page)
    site = page.text.partition('<option value="')[2].partition('"')[0]
    assert "Done. The session is open" in said(open_session_on(staff, site))
    assert "09:00–13:00" in said(staff.get(f"/staff/days?site={site}&day={DAY}"))


def test_a_session_that_ends_before_it_starts_is_refused(staff: Person, part_database: Database) -> None:
    site = str(open_site(part_database))
    page = open_session_on(staff, site, **{"from": "13:00", "until": "09:00"})
    assert "Refused. The session must end after it starts." in said(page)


def test_a_family_is_checked_in_and_a_session_closed(staff: Person, part_database: Database) -> None:
    site, reference = str(open_site(part_database)), new_reference()
    open_session_on(staff, site)
    address = session_on(staff, site)
    visit = uuid4()
    with open_session(part_database(Part.APPOINTMENTS)) as db:
        session = address.rpartition("/")[2]
        wish = {"visit": visit, "reference": reference, "session": session, "places": 2, "contact": uuid4()}
        book_visit(db, BookVisit.model_validate(wish | {"actor": family_of(reference)}))
        db.commit()
    page = staff.get(address)
    assert show_reference(reference) in said(page)
    page = staff.submit(page, f"{address}/check-in", scan=str(visit), people="2")
    assert "Done. The family was checked in." in said(page)
    assert "attended, 2 came" in said(page)
    assert "checked in already" in said(staff.submit(page, f"{address}/check-in", scan=str(visit), people="1"))
    assert staff.submit(page, f"{address}/close").status_code == 422
    assert "Done. The session is closed." in said(staff.submit(page, f"{address}/close", sure="yes"))


def test_one_donor_serves_several_missing_persons_and_is_known_again(
    staff: Person, somebody: Somebody, part_database: Database
) -> None:
    intake, site = somebody(Role.INTAKE), open_site(part_database)
    first, second = enter_report(intake), enter_report(intake, given="خالد", phone="0770 765 4321")
    assert "Done." in said(register_sample(staff, site, "b-000001", first, second))
    assert "Done." in said(register_sample(staff, site, "B-000002", second, earlier_barcode="B-000001"))
    page = staff.submit(staff.get("/staff/samples"), "/staff/samples", find="b-000001", only_find="yes")
    assert all(show_reference(reference) in said(page) for reference in (first, second))
    assert "ريزان" not in page.text
    with part_database(Part.APPOINTMENTS).connect() as db:
        assert db.execute(sa.text("SELECT count(DISTINCT donor) FROM sample")).scalar() == 1


def test_a_barcode_is_taken_once(staff: Person, somebody: Somebody, part_database: Database) -> None:
    site, reference = open_site(part_database), enter_report(somebody(Role.INTAKE))
    register_sample(staff, site, "B-000001", reference)
    page = register_sample(staff, site, "B-000001", reference)
    assert "Refused. Another sample has this barcode." in said(page)


def test_a_sample_whose_report_is_not_there_yet_counts_once_it_is(
    staff: Person, somebody: Somebody, part_database: Database, courier: Courier
) -> None:
    reference, other = new_reference(), new_reference()
    assert "Done." in said(register_sample(staff, open_site(part_database), "B-000001", reference, other))
    courier.settle()
    coordinator = somebody(Role.COORDINATOR, institution="ncc")
    page = coordinator.get("/staff/samples-without-report")
    assert show_reference(reference) in said(page)
    assert show_reference(other) in said(page)
    assert "B-000001" in said(page)
    with open_session(part_database(Part.REPORTS)) as db:
        accept_report(db, accepting(reference=reference))
        db.commit()
        assert db.execute(sa.text("SELECT samples FROM report")).scalar_one() == 1
    assert show_reference(reference) not in said(coordinator.get("/staff/samples-without-report"))


@pytest.mark.parametrize(
    ("state", "at"),
    [
        ({"barcode": "x"}, "barcode"),
        ({"references": "1234 5678 9012"}, "references"),
        ({"references": " "}, "references"),
        ({"donor_name": ""}, "donor_name"),
        ({"relation": "self"}, "relation"),
        ({"earlier_barcode": "NOT-THERE"}, "earlier_barcode"),
        ({"site": "everywhere"}, "site"),
    ],
)
def test_what_is_wrong_with_a_sample_is_said_at_its_field(
    staff: Person, part_database: Database, state: dict[str, str], at: str
) -> None:
    page = register_sample(staff, open_site(part_database), "B-000009", new_reference(), **state)
    assert page.status_code == 422
    assert f'href="#{at}"' in page.text

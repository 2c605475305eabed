import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import sqlalchemy as sa

from portal.accounts import Role
from shared.database import utc_now
from shared.parts import Part
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families, eventually, field
from tests.service.portal.staff.conftest import Somebody
from tests.service.portal.staff.people import Page, Person, said
from tests.service.portal.staff.stories import enter_report

Database = Callable[[Part], sa.Engine]


def a_plan(**state: str) -> dict[str, str]:
    usual = {
        "title.ar": "لقاء معلوماتي عام",
        "title.en": "Public information meeting",
        "place.ar": "قاعة البلدية",
        "place.en": "Municipal hall",
        "day": f"{utc_now() + timedelta(days=20):%Y-%m-%d}",
        "clock": "10:00",
        "time_zone": "Asia/Baghdad",
        "governorate": "IQ-NI",
        "partners": "ihchr",
    }
    return usual | state


def plan(outreach: Person, **state: str) -> Page:
    return outreach.submit(outreach.get("/staff/meetings/plan"), "/staff/meetings/plan", **a_plan(**state))


def address_in(page: Page, begins: str) -> str:
    (address,) = {a for a in page.text.split('"') if a.startswith(begins) and len(a) > len(begins) + 30}
    return address


@pytest.fixture
def outreach(somebody: Somebody, courier: Courier) -> Person:
    """Who plans meetings and drafts notices."""
    return somebody(Role.OUTREACH)


@pytest.fixture
def told_family(somebody: Somebody, courier: Courier, part_database: Database) -> str:
    """The reference of a family that may be told."""
    reference = enter_report(somebody(Role.INTAKE))
    with part_database(Part.OUTREACH).connect() as db:
        known = sa.text("SELECT 1 FROM audience_member WHERE may_be_told")
        assert eventually(lambda: db.execute(known).first() or db.rollback())
    return reference


@pytest.fixture
def draft(outreach: Person, told_family: str) -> Page:
    """The page of a notice that was drafted."""
    meeting = address_in(plan(outreach), "/staff/meetings/").rpartition("/")[2]
    form = outreach.get("/staff/notices/new")
    page = outreach.submit(form, "/staff/notices/new", meeting=meeting, template="townhall", governorates="IQ-NI")
    assert "Done. The notice was drafted." in said(page), said(page)
    return page


def take_step(person: Person, page: Page, step: str) -> Page:
    """Press a button of a notice's page; to approve is to approve what the page shows."""
    shown = re.search(r'name="digest" value="([0-9a-f]{64})"', page.text)
    return person.submit(page, f"{page.url.path}/{step}", **({"digest": shown[1]} if shown else {}))


def test_a_meeting_is_planned_altered_and_called_off(outreach: Person) -> None:
    page = plan(outreach)
    assert "Done." in said(page)
    assert "unlisted" in said(page)
    address = address_in(page, "/staff/meetings/")
    page = outreach.submit(outreach.get(address), address, **a_plan(clock="11:30", is_public="yes"))
    assert "Done." in said(page)
    assert 'value="11:30"' in page.text
    unsure = outreach.submit(page, f"{address}/cancel")
    assert unsure.status_code == 422
    assert "This meeting was called off." in said(outreach.submit(unsure, f"{address}/cancel", sure="yes"))


@pytest.mark.parametrize(
    ("state", "at"),
    [
        ({"title.ar": "", "title.en": ""}, "title.ar"),
        ({"day": "soon"}, "day"),
        ({"clock": "25:00"}, "clock"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"governorate": "XX"}, "governorate"),
    ],
)
def test_a_plan_that_cannot_be_is_said_at_its_field(outreach: Person, state: dict[str, str], at: str) -> None:
    page = plan(outreach, **state)
    assert page.status_code == 422
    assert f'href="#{at}"' in page.text


def test_a_meeting_in_the_past_is_refused_in_plain_words(outreach: Person) -> None:
    assert "Refused. The meeting has begun or is over" in said(plan(outreach, day="2020-01-01"))


def test_a_small_audience_is_counted_as_fewer_than_ten(outreach: Person, told_family: str) -> None:
    form = outreach.get("/staff/notices/new")
    page = outreach.submit(form, "/staff/notices/new", only_count="yes", governorates="IQ-NI")
    assert "This audience has fewer than 10 contacts." in said(page)


def test_who_drafted_a_notice_cannot_approve_it(draft: Page, outreach: Person, somebody: Somebody) -> None:
    assert "Another person of mgd, or of a partner of the meeting, has to approve it" in said(draft)
    second = somebody(Role.OUTREACH).get(draft.url.path)
    digest = re.findall(r'name="digest" value="([0-9a-f]{64})"', second.text)[0]
    page = outreach.submit(draft, f"{draft.url.path}/approve", digest=digest)
    assert "Refused. You wrote these words." in said(page)
    assert "Approved by nobody yet" in said(page)
    assert "Refused. A second person has to approve the notice first." in said(take_step(outreach, page, "start"))


def test_a_partners_second_person_approves_and_the_notice_goes_out(
    draft: Page, outreach: Person, somebody: Somebody, part_database: Database
) -> None:
    partner = somebody(Role.OUTREACH, institution="ihchr")
    seen = partner.get(draft.url.path)
    assert "Done. The notice was approved." in said(take_step(partner, seen, "approve"))
    running = take_step(outreach, draft, "start")
    assert "Done. The notice is going out." in said(running)
    assert '<meta http-equiv="refresh" content="2">' in running.text
    assert 'data-count="asked">1<' in running.text


def test_a_notice_that_is_not_going_out_cannot_be_paused_but_stopped(draft: Page, outreach: Person) -> None:
    page = take_step(outreach, draft, "pause")
    assert "Refused. The notice is not going out." in said(page)
    still_open = outreach.get(draft.url.path)
    assert "Done. The notice was stopped." in said(take_step(outreach, page, "stop"))
    assert "Refused. The notice has ended" in said(take_step(outreach, still_open, "start"))


def test_an_answer_at_the_desk_is_tallied(
    draft: Page, outreach: Person, somebody: Somebody, part_database: Database, told_family: str
) -> None:
    partner = somebody(Role.OUTREACH, institution="ihchr")
    take_step(partner, partner.get(draft.url.path), "approve")
    assert "Tally an answer at the desk" in said(take_step(outreach, draft, "start"))
    with part_database(Part.OUTREACH).connect() as db:
        sent = sa.text("SELECT 1 FROM notice WHERE sent = 1")
        assert eventually(lambda: db.execute(sent).first() or db.rollback())
    page = outreach.get(f"{draft.url.path}?still=yes")
    assert "refresh" not in page.text
    answer = {"reference": told_family, "answer": "yes", "people": "٣"}
    page = outreach.submit(page, f"{draft.url.path}/reply", **answer)
    assert eventually(lambda: "Done. The answer was recorded." in said(outreach.get(str(page.url))))
    page = outreach.get(f"{draft.url.path}?still=yes")
    assert "People who come 3" in said(page)
    wrong = outreach.submit(page, f"{draft.url.path}/reply", reference="1234", answer="maybe", people="99")
    assert wrong.status_code == 422


def test_a_form_that_is_sent_twice_drafts_one_notice(
    outreach: Person, told_family: str, part_database: Database
) -> None:
    meeting = address_in(plan(outreach), "/staff/meetings/").rpartition("/")[2]
    form = outreach.get("/staff/notices/new")
    pages = [
        outreach.submit(form, "/staff/notices/new", meeting=meeting, template="townhall", governorates="IQ-NI")
        for _ in range(2)
    ]
    assert pages[0].url.path == pages[1].url.path
    with part_database(Part.OUTREACH).connect() as db:
        assert db.execute(sa.text("SELECT count(*) FROM notice")).scalar() == 1


def test_an_unknown_step_or_notice_is_not_there(draft: Page, outreach: Person, families: Families) -> None:
    assert take_step(outreach, draft, "explode").status_code == 404
    assert outreach.get("/staff/notices/00000000-0000-4000-8000-000000000000").status_code == 404


@pytest.mark.parametrize("button", ["only_count", "draft"])
def test_an_audience_of_institutions_that_there_are_not_is_refused_beside_the_field(
    outreach: Person, button: str
) -> None:
    fields = [("institutions", "x")] * 3000 + [("csrf", ""), ("request_id", str(uuid4())), (button, "yes")]
    page = outreach.get("/staff/notices/new")
    body = urlencode([*fields, ("csrf", field(page.text, "csrf"))])
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = outreach.post("/staff/notices/new", None, content=body, headers=headers)
    assert answer.status_code == 422
    assert "Institutions : Please choose from the list." in said(answer)


@pytest.mark.parametrize(
    ("name", "written", "what"),
    [
        ("day", "9999-12-31", "Day : Please write a day from 1900 to 2100."),
        ("day", "0001-01-01", "Day : Please write a day from 1900 to 2100."),
        ("day", "2027-02-30", "Day : Please write a day as YYYY-MM-DD."),
        ("clock", "24:00", "Clock : Please write a time as HH:MM."),
        ("time_zone", "Mars/Base", "There is no such time zone."),
        ("title.en", "x" * 5000, "Please use at most 200 characters."),
    ],
)
def test_what_is_beyond_the_bounds_is_said_beside_its_field(
    outreach: Person, name: str, written: str, what: str
) -> None:
    page = plan(outreach, **{name: written})
    assert page.status_code == 422
    assert what in said(page)
    assert "Municipal hall" in page.text


def test_a_time_that_the_clocks_skip_is_said_beside_its_field(outreach: Person) -> None:
    page = plan(outreach, day="2027-03-28", clock="02:30", time_zone="Europe/Berlin")
    assert page.status_code == 422
    assert "Clock : The clocks are put forward past this time on that day." in said(page)


def test_a_day_and_a_time_may_be_written_in_arabic_indic_digits(outreach: Person) -> None:
    western = f"{utc_now() + timedelta(days=20):%Y-%m-%d}"
    day = western.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert "Done." in said(plan(outreach, day=day, clock="١٠:٠٠"))

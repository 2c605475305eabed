import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from icalendar import Calendar
from starlette.testclient import TestClient

from portal.projections import visits
from shared.database import utc_now
from tests.service.portal.families import Families, a_session, a_site

LANGUAGES = ["ar", "ckb", "kmr-Arab", "kmr", "en"]
PAGES = ["", "status", "report", "samples", "meetings", "rights", "privacy", "statistics"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_public_page_is_there_in_every_language(client: TestClient, families: Families, lang: str) -> None:
    families.session()
    families.meeting()
    for path in PAGES:
        page = client.get(f"/{lang}/{path}")
        assert page.status_code == 200, path
        assert page.headers["content-type"] == "text/html; charset=utf-8"


def test_the_door_opens_in_the_visitors_language(client: TestClient) -> None:
    answer = client.get("/", headers={"accept-language": "ckb,ar;q=0.5"}, follow_redirects=False)
    assert answer.headers["location"] == "/ckb/"


def test_a_language_that_we_do_not_have_is_no_page(client: TestClient) -> None:
    assert client.get("/xx/status").status_code == 404


def test_the_calendar_lists_public_meetings_only(client: TestClient, families: Families) -> None:
    shown = families.meeting()
    families.meeting(is_public=False)
    cancelled = families.meeting(is_cancelled=True)
    feed = Calendar.from_ical(client.get("/en/meetings.ics").content)
    entries = {str(e["uid"]): str(e["status"]) for e in feed.walk("VEVENT")}
    assert entries == {f"{shown}@sila": "CONFIRMED", f"{cancelled}@sila": "CANCELLED"}


def test_an_unlisted_meeting_has_no_page(client: TestClient, families: Families) -> None:
    assert client.get(f"/en/meetings/{families.meeting(is_public=False)}").status_code == 404


def test_figures_are_rounded_and_small_ones_left_out(client: TestClient, families: Families) -> None:
    for n in range(14):
        families.one(phone=f"+96477012345{n:02d}", samples=1 if n < 9 else 0)
    families.meeting(starts_at=utc_now() - timedelta(days=1))
    rows = list(csv.DictReader(io.StringIO(client.get("/en/statistics.csv").text)))
    counts = {row["figure"]: row["count"] for row in rows}
    assert counts["reports"] == "10"
    assert counts["families_with_samples"] == "fewer than 10"
    assert "14" not in client.get("/en/statistics").text.split("<table>")[1].split("</table>")[0]


def test_an_unknown_attestation_is_said_to_be_unknown(client: TestClient) -> None:
    page = client.get("/verify/ABC-123", params={"lang": "en"})
    assert page.status_code == 404
    assert "We do not know this attestation" in page.text


def test_samples_nearest_to_a_governorate_come_first(client: TestClient, families: Families) -> None:
    families.session()
    basra = uuid4()
    families.tell(
        visits.keep_site, a_site(basra).model_copy(update={"governorate": "IQ-BA", "name": {"en": "Basra centre"}})
    )
    families.tell(visits.keep_session, a_session(uuid4(), basra))

    def comes_first(site: str, governorate: str) -> bool:
        page = client.get(f"/en/samples?governorate={governorate}").text
        return page.index(site) == min(page.index("Mosul centre"), page.index("Basra centre"))

    assert comes_first("Mosul centre", "IQ-NI")
    assert comes_first("Basra centre", "IQ-BA")
    assert client.get("/en/samples?governorate=' OR 1=1").status_code == 200

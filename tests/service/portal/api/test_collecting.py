from datetime import timedelta

import pytest

from shared.database import utc_now
from tests.service.portal.api.institutions import Institutions
from tests.service.portal.families import Families


def test_open_sites_are_listed_with_their_names_by_language(institutions: Institutions, families: Families) -> None:
    families.session()
    (site,) = institutions.call("GET", "/sites").json()["sites"]
    assert site["governorate"] == "IQ-NI"
    assert site["time_zone"] == "Asia/Baghdad"
    assert site["name"]["en"]


def test_sessions_are_those_of_a_governorate_from_a_day_on(institutions: Institutions, families: Families) -> None:
    soon = families.session(starts_at=utc_now() + timedelta(days=2))
    later = families.session(starts_at=utc_now() + timedelta(days=20))
    families.session(starts_at=utc_now() - timedelta(days=2))
    from_then = (utc_now() + timedelta(days=10)).date().isoformat()

    def asked(**which: str) -> list[str]:
        answer = institutions.call("GET", "/sessions", params=which)
        return [session["session"] for session in answer.json()["sessions"]]

    assert asked() == [str(soon), str(later)]
    assert asked(**{"from": from_then}) == [str(later)]
    assert asked(governorate="IQ-BA") == []
    assert asked(governorate="IQ-NI", limit="1") == [str(soon)]


@pytest.mark.parametrize(
    "which",
    [
        {"governorate": "Nineveh"},
        {"from": "soon"},
        {"from": "2026-02-31"},
        {"from": "2026-11-24T10:00:00"},
        {"from": "0001-01-01"},
        {"limit": "0"},
        {"until": "2027-01-01"},
    ],
)
def test_a_wrong_parameter_is_named(institutions: Institutions, which: dict[str, str]) -> None:
    answer = institutions.call("GET", "/sessions", params=which)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{name}" for name in which]


def test_the_figures_are_those_that_everybody_reads(institutions: Institutions, families: Families) -> None:
    for _ in range(12):
        families.one()
    answer = institutions.call("GET", "/statistics").json()
    assert answer["figures"]["reports"] == 10
    assert answer["figures"]["samples"] is None
    assert (answer["rounded_to"], answer["smallest"]) == (10, 10)

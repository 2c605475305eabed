from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.family.report.form import CHOICES, TEXTS, read_report_form, report_of, wrong_in
from portal.family.views import ReportForm
from portal.forms import Form

TODAY = date(2026, 11, 24)
FORM = ReportForm(given="علي", consent_keep=True)


def test_one_name_and_the_consent_make_a_report():
    assert wrong_in(FORM, TODAY) == {}
    content = report_of(FORM, "ar", set(), "2026-11").content
    assert content.person.names[0].raw == "علي"
    assert content.consent.keep


def test_a_known_name_alone_makes_a_report():
    form = replace(FORM, given="", known_as="أبو علي")
    assert wrong_in(form, TODAY) == {}
    assert report_of(form, "ar", set(), "2026-11").content.person.names[0].kind == "known_as"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"last_seen_year": "2014"}, (2014, None, None)),
        ({"last_seen_year": "٢٠١٤", "last_seen_month": "٨"}, (2014, 8, None)),
        ({"last_seen_year": "۲۰۱۴", "last_seen_month": "8", "last_seen_day": "3"}, (2014, 8, 3)),
    ],
)
def test_a_date_is_taken_as_far_as_it_is_known(written: dict[str, str], expected: tuple[int | None, ...]):
    form = replace(FORM, **written)
    assert wrong_in(form, TODAY) == {}
    seen = report_of(form, "ar", set(), "2026-11").content.event.date
    assert seen is not None
    assert (seen.year, seen.month, seen.day) == expected


@pytest.mark.parametrize(
    "written",
    [
        {"last_seen_month": "8"},
        {"last_seen_year": "2014", "last_seen_day": "3"},
        {"last_seen_year": "2014", "last_seen_month": "13"},
        {"last_seen_year": "2014", "last_seen_month": "2", "last_seen_day": "30"},
        {"last_seen_year": "2026", "last_seen_month": "12"},
        {"last_seen_year": "14"},
        {"last_seen_year": "99999999999999999999"},
    ],
)
def test_a_date_that_cannot_be_is_named(written: dict[str, str]):
    assert "last_seen_year" in wrong_in(replace(FORM, **written), TODAY)


def test_only_known_institutions_are_shared_with():
    form = replace(FORM, consent_share=frozenset({"mgd", "nobody"}))
    assert report_of(form, "ar", {"mgd", "moi"}, "2026-11").content.consent.share == ["mgd"]


@given(st.lists(st.tuples(st.sampled_from([*TEXTS, *CHOICES, "happened", "consent_keep"]), st.text(max_size=60))))
def test_whatever_is_written_is_either_wrong_or_a_report(fields: list[tuple[str, str]]):
    form = read_report_form(Form(fields))
    if not wrong_in(form, TODAY):
        written = report_of(form, "ar", set(), "2026-11")
        assert written.content.consent.keep
        assert (written.phone is None) == (not form.phone)

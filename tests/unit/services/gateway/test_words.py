"""The words of every text in every language: complete, short enough, and free of what could hurt."""

import unicodedata
from datetime import UTC, datetime

import pytest

from services.gateway.words.rendering import CannotRender, in_language, render
from services.gateway.words.segments import is_gsm_7, units
from services.gateway.words.wording import LANGUAGES, STATUSES, book_of, wording_of
from shared.messages.forbidden_words import forbidden_in
from shared.messages.gateway import Template
from shared.messages.model import Language, LocalText

PLACE: LocalText = {
    "ar": "مستشفى الموصل العام",
    "ckb": "نەخۆشخانەی گشتی مووسڵ",
    "kmr-Arab": "نەخوەشخانەیا گشتی یا مووسلێ",
    "kmr": "Nexweşxaneya Giştî ya Mûsilê",
    "en": "Mosul General Hospital",
}
VALUES = {
    "ref": "123456789092",
    "code": "048213",
    "status": "more_information_needed",
    "starts_at": datetime(2027, 5, 12, 6, 30, tzinfo=UTC),
    "place": PLACE,
    "until": datetime(2027, 5, 11, 14, 0, tzinfo=UTC),
    "count": 3,
    "options": "\n".join(f"{n} 12/05 09:30 {'م' * 13}" for n in (1, 2, 3)),  # as long as the door makes them
}
FIELDS: dict[Template, set[str]] = {
    Template.REGISTERED: {"ref"},
    Template.OTP: {"code"},
    Template.STATUS: {"ref", "status", "phone"},
    Template.STATUS_NEUTRAL: {"ref", "phone"},
    Template.CHOOSE_FILE: {"count", "options", "phone"},
    Template.APPOINTMENT: {"date", "time", "place", "phone", "ref"},
    Template.REMINDER: {"date", "time", "place", "phone"},
    Template.CANCELLED: {"date", "phone", "ref"},
    Template.VISIT_MOVED: {"date", "time", "place", "phone", "ref"},
    Template.CLOSED_OFFER: {"date", "time", "place", "phone", "until"},
    Template.CLOSED_WAITING: {"date", "phone", "ref"},
    Template.MISSED: {"phone", "ref"},
    Template.ON_WAITING_LIST: {"phone", "ref"},
    Template.PLACE_OFFERED: {"date", "time", "place", "phone", "until"},
    Template.SESSION_FULL: {"date", "time", "place", "phone"},
    Template.OFFER_SESSIONS: {"options", "phone"},
    Template.VISIT: {"date", "time", "place", "ref"},
    Template.ASK_CANCEL_VISIT: {"phone"},
    Template.ASK_PLACES: {"phone"},
    Template.TOWNHALL: {"date", "time", "place", "phone"},
    Template.TOWNHALL_CHANGED: {"date", "time", "place", "phone"},
    Template.TOWNHALL_CANCELLED: {"date", "phone"},
    Template.CONTACT_US: {"phone", "ref"},
    Template.OPTOUT_FILE: {"ref", "phone"},
    Template.LANGUAGE_CHANGED: set(),
    Template.RESPONSIBLE_CHANGED: {"phone", "ref"},
    Template.QUESTION_WAITS: {"phone", "ref"},
}
ONLY_PHONE = {"phone"}

REFERENCES = "\n".join(f"{n} 9169 9100 5150" for n in (1, 2, 3))


def filled(template: Template, language: Language, **values: object) -> str:
    zone, phone = "Asia/Baghdad", "+9647700000000"
    values = ({"options": REFERENCES} if template is Template.CHOOSE_FILE else {}) | values
    return render(template, language, {**VALUES, **values}, time_zone=zone, office_phone=phone)


def every_text(language: Language) -> list[str]:
    statuses = [filled(Template.STATUS, language, status=s) for s in STATUSES]
    return [*statuses, *(filled(t, language) for t in Template)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_has_words_in_every_language(language: Language) -> None:
    assert set(book_of(language).wordings) == set(Template)
    assert all(w.text.strip() for w in book_of(language).wordings.values())
    assert set(book_of(language).status_words) == set(STATUSES)


@pytest.mark.parametrize("template", Template)
def test_the_fields_are_the_same_in_every_language(template: Template) -> None:
    for language in LANGUAGES:
        fields = wording_of(template, language).fields
        assert fields == wording_of(template, "en").fields
        expected = FIELDS.get(template)
        assert fields == expected if expected is not None else fields <= ONLY_PHONE


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_takes_two_parts_at_most(language: Language) -> None:
    for text in every_text(language):
        assert units(text) <= (306 if is_gsm_7(text) else 134), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_says_what_could_hurt(language: Language) -> None:
    for text in every_text(language):
        assert not forbidden_in(text, language), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_digits_are_western(language: Language) -> None:
    for text in every_text(language):
        assert all(c in "0123456789" for c in text if unicodedata.category(c) == "Nd"), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_please_contact_us_has_one_wording_whatever_the_occasion(language: Language) -> None:
    texts = {filled(Template.CONTACT_US, language, status=s, place={"ar": p}) for s in STATUSES for p in "اب"}
    assert len(texts) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unconfirmed_number_is_asked_without_a_reference(language: Language) -> None:
    assert "1234 5678 9092" not in filled(Template.CONFIRM_PHONE, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_without_a_reviewer_are_known_to_be_drafts(language: Language) -> None:
    for wording in book_of(language).wordings.values():
        assert wording.is_reviewed == (wording.reviewer is not None and wording.reviewed_on is not None)


def test_date_and_time_are_the_site_s_own() -> None:
    english = filled(Template.APPOINTMENT, "en")
    assert "Wednesday 12/05/2027 09:30" in english
    assert "Mosul General Hospital" in english
    assert "1234 5678 9092" in english
    assert "0770 000 0000" in english
    berlin = render(Template.VISIT, "en", VALUES, time_zone="Europe/Berlin", office_phone="+9647700000000")
    assert "08:30" in berlin


@pytest.mark.parametrize(
    ("language", "weekday"),
    [("ar", "الأربعاء"), ("ckb", "چوارشەممە"), ("kmr-Arab", "چارشەم"), ("kmr", "çarşem"), ("en", "Wednesday")],
)
def test_the_weekday_is_in_the_reader_s_language(language: Language, weekday: str) -> None:
    assert weekday in filled(Template.VISIT, language)


def test_a_time_that_came_as_text_is_understood() -> None:
    assert "09:30" in filled(Template.VISIT, "en", starts_at="2027-05-12T06:30:00Z")


def test_a_place_without_the_reader_s_language_is_told_in_the_next_best() -> None:
    assert in_language({"ar": "ا", "en": "a"}, "ckb") == "ا"
    assert in_language({"ar": "ا", "en": "a"}, "kmr") == "a"
    with pytest.raises(CannotRender):
        in_language({}, "ar")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "date"),
        ({**VALUES, "ref": "123456789012"}, "ref"),
        ({**VALUES, "starts_at": "soon"}, "starts_at"),
    ],
)
def test_a_missing_or_wrong_value_is_named_and_nothing_is_rendered(values: dict[str, object], field: str) -> None:
    with pytest.raises(CannotRender, match=rf"^{field}$"):
        render(Template.APPOINTMENT, "en", values, time_zone="Asia/Baghdad", office_phone="+9647700000000")


def test_a_status_that_families_never_see_is_not_rendered() -> None:
    with pytest.raises(CannotRender, match=r"^status$"):
        filled(Template.STATUS, "en", status="identified")


def test_a_value_cannot_bring_fields_of_its_own() -> None:
    assert "{phone}" in filled(Template.VISIT, "en", place={"en": "{phone}"})


@pytest.mark.parametrize(
    "template", [Template.CHOOSE_FILE, Template.OFFER_SESSIONS, Template.ASK_PLACES, Template.ASK_CANCEL_VISIT]
)
def test_a_text_that_asks_for_an_answer_names_another_way(template: Template) -> None:
    """Routes into Iraq are often outbound only (domain notes §5.3)."""
    assert all("phone" in wording_of(template, language).fields for language in LANGUAGES)

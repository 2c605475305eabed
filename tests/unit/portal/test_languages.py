"""Which language a visitor gets, and how days, times and numbers read in it."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.languages import (
    LANGUAGES,
    catalogue_path,
    compile_catalogue,
    date_in_words,
    grouped,
    local_time,
    negotiate,
    weekday_and_date,
)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "ar"),
        ("de-DE,de;q=0.9", "ar"),
        ("ar-IQ,ar;q=0.9,en;q=0.8", "ar"),
        ("en-GB, ar;q=0.5", "en"),
        ("ar;q=0.5, en-US;q=0.9", "en"),
        ("ckb-IQ", "ckb"),
        ("ku", "ckb"),
        ("ku-IQ,ar;q=0.2", "ckb"),
        ("ku-Latn-TR", "kmr"),
        ("ku-TR", "kmr"),
        ("kmr", "kmr"),
        ("kmr-Arab-IQ", "kmr-Arab"),
        ("kmr-IQ", "kmr-Arab"),
        ("KMR-arab", "kmr-Arab"),
        ("en;q=0, ckb;q=0.1", "ckb"),
        ("*;q=0.5", "ar"),
        ("en;q=nonsense", "ar"),
        ("en,en,en," * 400, "en"),
    ],
)
def test_a_browser_gets_the_best_of_our_languages(header: str, code: str):
    assert negotiate(header).code == code


@given(st.text())
def test_no_header_can_break_the_choice(header: str):
    assert negotiate(header).code in LANGUAGES


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ar", "24 تشرين الثاني 2026"),
        ("ckb", "24ی تشرینی دووەمی 2026"),
        ("kmr-Arab", "24 چریا دووێ 2026"),
        ("kmr", "24 mijdar 2026"),
        ("en", "24 November 2026"),
    ],
)
def test_a_day_reads_with_the_months_of_its_language_and_western_digits(code: str, words: str):
    assert date_in_words(datetime.date(2026, 11, 24), code) == words


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_twelve_months_and_seven_days_of_its_own(code: str):
    assert len(set(LANGUAGES[code].months)) == 12
    assert len(set(LANGUAGES[code].weekdays)) == 7


def test_a_weekday_stands_before_its_day():
    assert weekday_and_date(datetime.date(2026, 12, 6), "ar") == "الأحد، 6 كانون الأول 2026"
    assert weekday_and_date(datetime.date(2026, 12, 6), "en") == "Sunday, 6 December 2026"


def test_a_time_is_told_on_the_clocks_of_its_place():
    moment = datetime.datetime(2026, 12, 6, 22, 30, tzinfo=datetime.UTC)

    assert local_time(moment, "Asia/Baghdad").isoformat() == "2026-12-07T01:30:00+03:00"
    assert local_time(moment, "Europe/Berlin").isoformat() == "2026-12-06T23:30:00+01:00"


def test_large_numbers_are_grouped():
    assert [grouped(n) for n in (0, 999, 12_400, 1_000_000)] == ["0", "999", "12,400", "1,000,000"]


@pytest.mark.parametrize(
    ("n", "words"), [(1, "بقي مكان واحد"), (2, "بقي مكانان"), (3, "بقيت %(n)s أماكن"), (11, "بقي %(n)s مكاناً")]
)
def test_arabic_counts_in_its_own_forms(n: int, words: str):
    assert LANGUAGES["ar"].translations.ngettext("%(n)s place left", "%(n)s places left", n) == words


def test_a_text_that_sorani_lacks_is_told_in_arabic_and_at_last_in_english(tmp_path, monkeypatch):
    monkeypatch.setattr("portal.languages.LOCALES", tmp_path)
    for code, entry in (("ckb", ""), ("ar", 'msgid "Day"\nmsgstr "اليوم"\n')):
        catalogue_path(code).parent.mkdir(parents=True)
        catalogue_path(code).write_text(f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n{entry}')
    language = type(LANGUAGES["ckb"])("ckb", "", "", True, "ckb_IQ", ("ckb", "ar"))

    assert language.translations.gettext("Day") == "اليوم"
    assert language.translations.gettext("Night") == "Night"


def test_a_correction_in_the_file_is_read_without_a_build_step(tmp_path):
    po = tmp_path / "sila.po"
    po.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Day"\nmsgstr "Roj"\n')

    assert compile_catalogue(po).gettext("Day") == "Roj"

"""Calls: nothing before the PIN, three tries, no dead end, and a wrong reference sounds like a wrong PIN."""

from datetime import timedelta
from itertools import product

import pytest

from portal.languages import LANGUAGES
from portal.phone.voice.steps import SCREENS
from portal.phone.voice.wording import CHOICES, PROMPTS
from shared.database import utc_now
from shared.references import new_reference
from tests.service.portal.families import Families

ENTRANCE = [name for name, screen in SCREENS.items() if not screen.is_private]
PRIVATE = [name for name, screen in SCREENS.items() if screen.is_private]
NOISE = ["", "*", "#", "0", "99999999999999999999", "abc", "12*", "٣", "1" * 39]


def said(lang: str, prompt: str) -> str:
    return LANGUAGES[lang].translations.gettext(PROMPTS[prompt])


def enter(carrier, call: str, reference: str, pin: str = "123456", key: str = "5") -> str:
    carrier.call(call)
    carrier.call(call, "language", key)
    carrier.call(call, "reference", reference)
    return carrier.call(call, "pin", pin)


@pytest.mark.parametrize(("key", "lang"), [(str(n), lang) for n, (lang, _) in enumerate(CHOICES, 1)])
def test_a_caller_hears_the_status_in_each_language(families: Families, carrier, key: str, lang: str) -> None:
    family = families.one(status="search_continues", pin="123456")
    assert all(words in carrier.call("CA1") for _, words in CHOICES)
    assert said(lang, "enter-reference") in carrier.call("CA1", "language", key)
    assert said(lang, "enter-pin") in carrier.call("CA1", "reference", family.reference)
    told = carrier.call("CA1", "pin", "123456")
    assert said(lang, "status-search-continues") in told
    assert said(lang, "status-search-continues") in carrier.call("CA1", "menu", "*")
    assert said(lang, "status-search-continues") in carrier.call("CA1", "menu", "1")


def test_an_unknown_reference_and_a_wrong_pin_sound_alike(families: Families, carrier) -> None:
    family = families.one(pin="123456")
    heard = []
    for call, reference in (("CA1", family.reference), ("CA2", new_reference())):
        carrier.call(call)
        carrier.call(call, "language", "5")
        heard.append([carrier.call(call, "reference", reference), carrier.call(call, "pin", "000000")])
    assert heard[0] == heard[1]


def test_after_three_wrong_tries_the_caller_gets_the_offices_number(families: Families, carrier) -> None:
    family = families.one(pin="123456")
    carrier.call("CA1")
    carrier.call("CA1", "language", "5")
    for _ in range(3):
        carrier.call("CA1", "reference", family.reference)
        last = carrier.call("CA1", "pin", "999999")
    assert "<Hangup" in last
    assert said("en", "office") in last


def test_a_call_that_has_not_shown_a_pin_tells_nothing(families: Families, carrier, outbox) -> None:
    family = families.one(pin="123456", status="search_continues")
    carrier.call("CA1")
    carrier.call("CA1", "language", "5")
    carrier.call("CA1", "reference", family.reference)
    begun = carrier.call("CA2").replace("CA2", "CA1")
    for step, key in product(PRIVATE, ["*", "1", "7", "9", "#", ""]):
        assert carrier.call("CA1", step, key) == begun
    assert outbox() == []


def test_what_was_keyed_in_stands_in_no_url(families: Families, carrier) -> None:
    family = families.one(pin="123456")
    carrier.call("CA1")
    carrier.call("CA1", "language", "5")
    asked = carrier.call("CA1", "reference", family.reference)
    assert family.reference not in asked
    assert "123456" not in carrier.call("CA1", "pin", "123456")


def test_noise_on_the_keypad_is_answered(families: Families, carrier) -> None:
    family = families.one(pin="123456")
    enter(carrier, "CA1", family.reference)
    for step, digits in product(["", "spoken", "no", *ENTRANCE, *PRIVATE], NOISE):
        for call in ("CA1", "CA2"):
            assert "<Response>" in carrier.call(call, step, digits)


def test_a_person_is_put_through_and_whom_nobody_answers_is_written_down(families: Families, carrier) -> None:
    family = families.one(pin="123456")
    enter(carrier, "CA1", family.reference)
    assert "<Dial" in carrier.call("CA1", "menu", "0")
    last = carrier.call("CA1", "dialled", DialCallStatus="no-answer")
    assert said("en", "will-be-called") in last
    assert "<Hangup" in last
    assert families.run("SELECT count(*) FROM call_request")[0][0] == 1


def test_a_stranger_whom_nobody_answers_gets_the_number_and_leaves_no_request(families: Families, carrier) -> None:
    carrier.call("CA1")
    assert "<Dial" in carrier.call("CA1", "language", "0")
    assert said("ar", "nobody-there") in carrier.call("CA1", "dialled", DialCallStatus="busy")
    assert families.run("SELECT count(*) FROM call_request")[0][0] == 0


def test_the_next_free_place_is_booked_by_three_keys(families: Families, carrier, outbox) -> None:
    family = families.one(pin="123456")
    families.session(free=5)
    other = families.session(free=7, starts_at=utc_now() + timedelta(days=9))
    enter(carrier, "CA1", family.reference)
    assert said("en", "next-place") in carrier.call("CA1", "menu", "3")
    carrier.call("CA1", "offer", "2")
    carrier.call("CA1", "offer", "1")
    assert said("en", "will-tell") in carrier.call("CA1", "places", "4")
    [booking] = outbox("book_visit")
    assert (booking["session"], booking["places"], booking["reference"]) == (str(other), 4, family.reference)


def test_without_a_free_day_the_caller_is_back_at_the_menu(families: Families, carrier) -> None:
    family = families.one(pin="123456")
    enter(carrier, "CA1", family.reference)
    heard = carrier.call("CA1", "menu", "3")
    assert said("en", "no-places") in heard
    assert said("en", "menu") in heard


def test_calls_and_texts_about_a_report_are_stopped_after_a_second_key(families: Families, carrier, outbox) -> None:
    family = families.one(pin="123456")
    enter(carrier, "CA1", family.reference)
    carrier.call("CA1", "menu", "9")
    assert outbox("set_consent") == []
    assert said("en", "stopped") in carrier.call("CA1", "stop", "1")
    [consent] = outbox("set_consent")
    assert (consent["reference"], consent["purpose"], consent["is_given"]) == (family.reference, "contact", False)


def test_a_phone_that_calls_without_end_is_told_so(carrier) -> None:
    heard = [carrier.call(f"CA{n}") for n in range(22)]
    assert said("ar", "too-often") in heard[-1]
    assert "<Hangup" in heard[-1]
    assert all("<Gather" in h for h in heard[:20])
    assert all("<Gather" in carrier.call(f"CA9{n}", From="anonymous") for n in range(22))


def test_every_prompt_is_translated() -> None:
    for lang in ("ar", "ckb", "kmr", "kmr-Arab"):
        assert all(said(lang, name) != text for name, text in PROMPTS.items())

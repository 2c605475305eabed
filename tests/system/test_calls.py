"""A family at the voice door, by keypad."""

import re
from collections.abc import Callable

import pytest

from portal.languages import LANGUAGES
from portal.phone.voice.wording import CHOICES, PROMPTS
from shared.references import new_reference, show_reference
from tests.system.family import Case, status_words
from tests.system.phone import Call, Phone
from tests.system.visitor import Visitor
from tests.system.whole import System

Cases = Callable[..., Case]
KEYS = {"ar": "1", "en": "5"}


def said(lang: str, words: str) -> str:
    """A prompt in a language."""
    return LANGUAGES[lang].translations.gettext(PROMPTS[words])


@pytest.mark.parametrize(("lang", "status"), [("ar", "samples_needed"), ("en", "samples_complete")])
def test_a_caller_gets_to_the_status_by_keypad(case_in: Cases, lang: str, status: str) -> None:
    case = case_in(status, lang)
    call = case.phone.call().press(KEYS[lang]).press(case.reference).press(case.pin)

    assert said(lang, "welcome") in call.heard
    assert status_words(status, lang) in call.heard
    assert call.press("0").is_over


def try_three_pins(call: Call, reference: str, pin: str) -> Call:
    """Choose English, then the same reference and PIN three times."""
    call = call.press(KEYS["en"])
    for _ in range(3):
        call = call.press(reference).press(pin)
    return call


def test_three_wrong_pins_end_the_call_politely_and_an_unknown_reference_sounds_the_same(
    case_in: Cases, new_phone: Callable[[], Phone]
) -> None:
    case, phone = case_in("registered", "ckb"), new_phone()
    wrong = "111111" if case.pin != "111111" else "222222"
    known = try_three_pins(phone.call(), case.reference, wrong)
    unknown = try_three_pins(phone.call(), new_reference(), wrong)

    assert known.is_over
    assert known.heard.endswith(said("en", "goodbye"))
    assert said("en", "office") in known.heard
    assert unknown.heard == known.heard
    assert status_words(case.status, "en") not in known.heard


SCRIPT = ("1", "*", "2", "#", "4", "*", "#", "9", "#", "3")
"""Keys at the menu that every language is taken through; in one of them a visit is booked after them."""


@pytest.mark.parametrize(("key", "lang"), [(str(n), lang) for n, (lang, _) in enumerate(CHOICES, 1)])
def test_a_whole_call_in_each_language_comes_to_no_dead_end(case_in: Cases, key: str, lang: str) -> None:
    case = case_in("samples_needed")
    call = case.phone.call().press(key).press(case.reference).press(case.pin)
    for pressed in SCRIPT:
        call = call.press(pressed)
        assert call.awaits_keys, (pressed, call.heard)
    assert said(lang, "status-samples-needed") in call.heard
    assert said(lang, "sure-stop") in call.heard
    if lang != "en" or said(lang, "offer-keys") not in call.heard:
        assert call.press("0").is_over
        return
    booked = call.press("1").press("1")
    assert any(said(lang, end) in booked.heard for end in ("booked", "will-tell", "no-longer-free", "no-places"))
    assert booked.press("0").is_over


def test_a_missed_call_is_rung_back_and_asks_for_the_pin_alone(case_in: Cases) -> None:
    case = case_in("search_continues")
    assert case.phone.call(missed=True).is_over
    call = case.phone.pick_up()
    assert call.direction == "outbound-api"
    assert said(case.language, "enter-pin") in call.heard
    assert status_words(case.status, case.language) not in call.heard
    assert status_words(case.status, case.language) in call.press(case.pin).heard


def test_a_code_is_spoken_to_whoever_asks_for_it_so(case_in: Cases, system: System) -> None:
    case = case_in("registered")
    visitor = Visitor(system.url).go("/en/status").send("/en/status", reference=case.reference, by="call")
    heard = case.phone.pick_up().press("1").heard
    digits = "".join(re.findall(r"^\d$", heard, re.M))
    assert len(digits) == 12
    assert digits[:6] == digits[6:]
    visitor.send("status/enter", code=digits[:6])
    assert show_reference(case.reference) in visitor.text

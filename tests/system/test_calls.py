"""A family at the voice door, by keypad."""

from collections.abc import Callable

import pytest

from portal.languages import LANGUAGES
from portal.phone.voice.wording import PROMPTS
from shared.references import new_reference
from tests.system.family import Case, status_words
from tests.system.phone import Call, Phone

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

"""Calls: nothing before the PIN, three tries, no dead end, and a wrong reference sounds like a wrong PIN."""

import pytest

from portal.languages import LANGUAGES
from portal.phone import prompts
from shared.references import new_reference
from tests.service.portal.families import Families


def said(lang: str, text: str) -> str:
    return LANGUAGES[lang].translations.gettext(text)


@pytest.mark.parametrize(("key", "lang"), [(str(n), lang) for n, (lang, _) in enumerate(prompts.CHOICES, 1)])
def test_a_caller_hears_the_status_in_each_language(families: Families, carrier, key: str, lang: str) -> None:
    family = families.one(status="search_continues", pin="123456")
    assert all(words in carrier.call("CA1") for _, words in prompts.CHOICES)
    assert said(lang, prompts.ENTER_REFERENCE) in carrier.call("CA1", "language", key)
    assert said(lang, prompts.ENTER_PIN) in carrier.call("CA1", "reference", family.reference)
    told = carrier.call("CA1", "pin", "123456")
    assert said(lang, "The search continues") in told
    assert said(lang, "The search continues") in carrier.call("CA1", "menu", "*")
    assert "<Hangup" in carrier.call("CA1", "menu", "0")


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
    assert prompts.OFFICE in last


def test_the_menu_of_a_call_that_has_not_shown_a_pin_tells_nothing(families: Families, carrier) -> None:
    family = families.one(pin="123456", status="search_continues")
    carrier.call("CA1")
    carrier.call("CA1", "language", "5")
    carrier.call("CA1", "reference", family.reference)
    assert "The search continues" not in carrier.call("CA1", "menu", "*")


def test_what_was_keyed_in_stands_in_no_url(families: Families, carrier) -> None:
    family = families.one(pin="123456")
    carrier.call("CA1")
    carrier.call("CA1", "language", "5")
    asked = carrier.call("CA1", "reference", family.reference)
    assert family.reference not in asked
    assert "123456" not in carrier.call("CA1", "pin", "123456")


@pytest.mark.parametrize("step", ["", "language", "reference", "pin", "menu", "nonsense"])
@pytest.mark.parametrize("digits", ["", "*", "#", "99999999999999999999", "abc"])
def test_noise_on_the_keypad_is_answered(carrier, step: str, digits: str) -> None:
    assert "<Response>" in carrier.call("CA1", step, digits)


def test_every_prompt_is_translated() -> None:
    texts = [v for k, v in vars(prompts).items() if k.isupper() and isinstance(v, str)]
    for lang in ("ar", "ckb", "kmr", "kmr-Arab"):
        assert all(said(lang, text) != text for text in texts)

"""Which numbers the carrier knows."""

import pytest

from infra.simulator.numbers import country_of, is_landline, is_sender_name, to_e164


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+9647701234567", "+9647701234567"),
        ("+964 770 123 4567", "+9647701234567"),
        ("9647701234567", "+9647701234567"),
        ("+49 (170) 123-4567", "+491701234567"),
        ("whatsapp:+9647701234567", "whatsapp:+9647701234567"),
        ("", None),
        ("12", None),
        ("SILA", None),
        ("+964770123456712345", None),
        ("+999123456789", None),
    ],
)
def test_a_number_is_put_into_e164_or_refused(written: str, number: str | None) -> None:
    assert to_e164(written) == number


def test_only_what_the_numbering_plan_says_is_a_landline() -> None:
    assert is_landline("+96417171234")
    assert not is_landline("+9647701234567")
    assert not is_landline("+15005550006")


def test_countries() -> None:
    assert (country_of("+9647701234567"), country_of("+491701234567")) == ("IQ", "DE")


@pytest.mark.parametrize(
    ("name", "is_good"),
    [("SILA", True), ("Sila 1", True), ("12345", False), ("صلة", False), ("much too long", False), ("", False)],
)
def test_sender_names(name: str, is_good: bool) -> None:
    assert is_sender_name(name) is is_good

"""One captured request with the carrier's signature, its characters moved: no effect, and nothing counts twice."""

from collections.abc import Callable

import pytest
from prometheus_client import REGISTRY
from twilio.request_validator import RequestValidator

from tests.service.portal.families import Families
from tests.service.portal.phone.conftest import BASE, PHONE, TOKEN

Fields = list[tuple[str, str]]
Alter = Callable[[Fields], Fields]
TEXT, CALL = "SM" + "0c" * 16, "CA" + "3d" * 16
SMS, STATUS, VOICE = "/webhooks/twilio/sms", "/webhooks/twilio/status", "/webhooks/twilio/voice"


def signature_of(path: str, fields: Fields) -> str:
    """The carrier's signature; of a repeated field each value, as the carrier does it."""
    from starlette.datastructures import MultiDict

    return RequestValidator(TOKEN).compute_signature(BASE + path, MultiDict(fields))


def a_text(body: str = "STOP") -> Fields:
    return [
        ("AccountSid", "AC" + "a1" * 16), ("Body", body), ("From", PHONE), ("FromCity", ""), ("MessageSid", TEXT),
        ("NumMedia", "0"), ("NumSegments", "1"), ("To", "+15005550006"),
    ]  # fmt: skip


def a_status() -> Fields:
    return [
        ("AccountSid", "AC" + "a1" * 16), ("ErrorCode", "30003"), ("MessageSid", TEXT),
        ("MessageStatus", "undelivered"), ("MessagingServiceSid", "MG" + "b2" * 16), ("To", PHONE),
    ]  # fmt: skip


def a_call() -> Fields:
    return [
        ("AccountSid", "AC" + "a1" * 16), ("CallSid", CALL), ("Digits", "12"), ("Direction", "inbound"),
        ("From", PHONE), ("To", "+15005550006"),
    ]  # fmt: skip


def merged(name: str) -> Alter:
    """A field's value takes in the field that follows it."""

    def alter(fields: Fields) -> Fields:
        at = [n for n, _ in fields].index(name)
        (_, value), (next_name, next_value) = fields[at : at + 2]
        return [*fields[:at], (name, value + next_name + next_value), *fields[at + 2 :]]

    return alter


def shifted(name: str, by: int) -> Alter:
    """Characters go from a field's name to its value, or (below zero) the other way."""

    def alter(fields: Fields) -> Fields:
        moved = {n: (n + v)[: len(n) - by] for n, v in fields if n == name}
        return [(moved.get(n, n), (n + v)[len(moved.get(n, n)) :]) for n, v in fields]

    return alter


def twice(name: str) -> Alter:
    """A field is there twice, which is signed as once."""
    return lambda fields: [*fields, *((n, v) for n, v in fields if n == name)]


ALTERED = [
    *((SMS, a_text, merged(name)) for name in ("MessageSid", "From", "Body", "NumMedia")),
    *((SMS, a_text, shifted(name, by)) for name in ("MessageSid", "From", "NumMedia", "Body") for by in (-2, 1)),
    *((SMS, a_text, twice(name)) for name in ("MessageSid", "From", "Body")),
    *((STATUS, a_status, merged(name)) for name in ("ErrorCode", "MessageSid", "MessageStatus")),
    *((STATUS, a_status, shifted(name, by)) for name in ("ErrorCode", "MessageSid", "MessageStatus") for by in (-1, 1)),
    *((STATUS, a_status, twice(name)) for name in ("MessageSid", "MessageStatus", "ErrorCode")),
    *((VOICE, a_call, merged(name)) for name in ("CallSid", "Digits", "Direction", "From")),
    *((VOICE, a_call, shifted(name, by)) for name in ("CallSid", "Digits", "Direction", "To") for by in (-1, 1)),
    *((VOICE, a_call, twice(name)) for name in ("CallSid", "Digits", "From")),
]


@pytest.mark.parametrize(("path", "captured", "alter"), ALTERED)
def test_an_altered_request_with_the_same_signature_has_no_effect(
    families: Families, carrier, outbox, path: str, captured: Callable[[], Fields], alter: Alter
) -> None:
    families.one()
    right = signature_of(path, captured())
    altered = alter(captured())
    assert signature_of(path, altered) == right
    assert altered != captured()

    assert carrier.post(path, altered, signature=right).status_code == 403
    assert outbox() == []
    for table in ("inbound_text", "delivery_seen", "conversation"):
        assert families.run(f"SELECT count(*) FROM {table}")[0][0] == 0


def test_one_text_counts_once_however_its_characters_are_moved(families: Families, carrier, outbox) -> None:
    families.one()
    right, counted = signature_of(SMS, a_text()), {"channel": "sms", "direction": "in", "status": "stop"}
    before = REGISTRY.get_sample_value("sila_texts_total", counted) or 0
    carrier.post(SMS, a_text(), signature=right)
    for path, captured, alter in ALTERED:
        if path == SMS:
            carrier.post(SMS, alter(captured()), signature=right)
    carrier.post(SMS, a_text(), signature=right)

    assert REGISTRY.get_sample_value("sila_texts_total", counted) == before + 1
    assert len(outbox("record_inbound")) == len(outbox("opt_out")) == 1


@pytest.mark.parametrize("other", [STATUS, VOICE, f"{SMS}?step=menu", "/en/status"])
def test_a_captured_text_is_good_at_no_other_address(families: Families, carrier, outbox, other: str) -> None:
    families.one()
    answer = carrier.post(other, a_text(), signature=signature_of(SMS, a_text()))
    assert answer.status_code >= 300
    assert outbox() == []


def test_fields_in_the_address_are_no_fields_of_a_text(families: Families, carrier, outbox) -> None:
    """Signed for the address that has them, which the carrier would never call."""
    families.one()
    fields = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in a_text())
    assert carrier.post(f"{SMS}?{fields}", []).status_code == 403
    assert outbox() == []


@pytest.mark.parametrize("text", ["6f9619ff-8b86-4011-b42d-00cf4fc964ffAccountSidAC", "6f9619ff"])
def test_an_address_that_took_in_the_fields_behind_it_is_turned_away(carrier, outbox, text: str) -> None:
    assert carrier.post(f"{STATUS}?text={text}", a_status()).status_code == 403
    assert outbox() == []


def test_what_the_carrier_sends_one_day_is_taken(families: Families, carrier, outbox) -> None:
    families.one()
    fields = [*a_text(), ("NewParameter2028", "From my brother"), ("OriginalRepliedMessageSid", "SM" + "7" * 32)]
    assert carrier.post(SMS, fields).status_code == 200
    assert len(outbox("opt_out")) == 1

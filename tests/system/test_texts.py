"""A family at the text door."""

from collections.abc import Callable
from uuid import uuid4

import httpx
from twilio.request_validator import RequestValidator

from shared.parts import Part
from shared.references import show_reference
from tests.system.family import Case
from tests.system.phone import ARABIC, Phone
from tests.system.whole import System
from tests.waiting import eventually

Cases = Callable[..., Case]
Phones = Callable[[], Phone]
ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
INBOUND = "SELECT count(*) FROM inbound_text"


def webhook(system: System, sid: str, number: str, body: str, token: str | None = None) -> httpx.Response:
    """A text as the carrier posts it, signed with a token."""
    twilio, url = system.demo["twilio"], f"{system.url}/webhooks/twilio/sms"
    form = {
        "MessageSid": sid,
        "From": number,
        "To": twilio["number"],
        "Body": body,
        "AccountSid": twilio["account_sid"],
    }
    signature = RequestValidator(token or twilio["auth_token"]).compute_signature(url, form)
    return httpx.post(url, data=form, headers={"x-twilio-signature": signature})


def test_status_is_answered_in_the_language_of_the_registered_phone(case_in: Cases) -> None:
    arabic, english = case_in("samples_needed", "ar"), case_in("samples_complete", "en")

    assert ARABIC.search(arabic.phone.ask("STATUS"))
    answer = english.phone.ask("status!")
    assert show_reference(english.reference) in answer
    assert not ARABIC.search(answer)


def test_the_arabic_word_with_arabic_digits_is_understood(case_in: Cases) -> None:
    case = case_in("being_checked", "ar")

    answer = case.phone.ask("حالة " + case.reference.translate(ARABIC_INDIC))
    assert show_reference(case.reference) in answer


def test_another_phone_learns_nothing_of_a_reference(case_in: Cases, new_phone: Phones) -> None:
    case, stranger = case_in("samples_needed", "ar"), new_phone()

    assert stranger.ask(f"STATUS {case.reference}") == stranger.ask("STATUS 000000000097")
    assert not any(show_reference(case.reference) in text or case.reference in text for text in stranger.texts())


def test_stop_stops_and_start_resumes(case_in: Cases, system: System) -> None:
    phone = case_in("more_information_needed").phone
    phone.ask("STOP")
    before = len(phone.texts())
    phone.write("STATUS")
    eventually(system.at_rest, 20, "the answer to be decided")
    assert len(phone.texts()) == before

    phone.ask("START")
    assert phone.ask("STATUS")


def test_a_forged_signature_gets_403_and_leaves_no_row(system: System, case_in: Cases) -> None:
    before = system.count(Part.PORTAL, INBOUND)
    refused = webhook(system, f"SM{uuid4().hex}", case_in("registered").phone.number, "STOP", token="guessed")

    assert refused.status_code == 403
    assert system.count(Part.PORTAL, INBOUND) == before


def test_a_text_that_comes_twice_is_answered_once(system: System, new_phone: Phones) -> None:
    phone, sid = new_phone(), f"SM{uuid4().hex}"
    for _ in range(3):
        assert webhook(system, sid, phone.number, "HELP").status_code == 200
    first = phone.next_text(0)
    assert phone.texts() == [first]
    assert system.count(Part.PORTAL, INBOUND + " WHERE carrier_id = %s", sid) == 1
    phone.ask("what?")
    assert len(phone.texts()) == 2


def test_a_family_books_a_place_for_two_by_text(case_in: Cases) -> None:
    case = case_in("registered", "ckb")
    offered = case.phone.ask("BOOK")
    assert "1 " in offered

    case.phone.ask("2")
    booked = case.phone.ask("٢", limit_s=15)
    assert show_reference(case.reference) in booked
    assert show_reference(case.reference) in case.phone.ask("VISIT")

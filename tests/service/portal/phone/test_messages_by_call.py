"""Messages by call: nothing to a machine, nothing before a key, and every kind of message has words."""

from datetime import timedelta
from uuid import uuid4

import pytest

from portal.phone.voice.wording import PROMPTS
from shared.database import utc_now
from shared.messages.gateway import Template
from shared.messages.spoken import SpokenMessage, seal_spoken
from tests.service.portal.families import Families
from tests.service.portal.phone.conftest import MISSED_CALLS, PHONE

SID = "CA" + "0b" * 16
STRANGER = "+9647709999999"


def a_message(template: Template = Template.REMINDER, **more: object) -> SpokenMessage:
    given = {
        "text": uuid4(),
        "language": "en",
        "starts_at": utc_now() + timedelta(days=2),
        "values": {"place": "Town hall", "ref": "916991005150", "status": "samples_needed"},
        "not_after": utc_now() + timedelta(hours=1),
        "contact": uuid4(),
        "notice": uuid4(),
    }
    return SpokenMessage(template=template, **{**given, **more})  # type: ignore[arg-type]


def rung(carrier, message: SpokenMessage, **more: str) -> str:
    outgoing = {"Direction": "outbound-api", "To": PHONE, "From": "+15005550006", **more}
    return carrier.call(SID, "spoken", say=seal_spoken(message), **outgoing)


def press(carrier, step: str, digits: str) -> str:
    return carrier.call(SID, step, digits, Direction="outbound-api", To=PHONE)


def test_every_kind_of_message_is_told_after_a_key(carrier, outbox) -> None:
    for template in set(Template) - {Template.RING_BACK}:
        message = a_message(template, code="048213" if template is Template.OTP else None)
        told_before = len(outbox())
        opener = rung(carrier, message)
        assert PROMPTS["code-waits" if template is Template.OTP else "message-waits"] in opener
        assert len(outbox()) == told_before
        heard = press(carrier, "opened", "1")
        assert heard.count("<Say") >= 2, template
        assert "<Gather" in heard
        told = outbox("record_delivery")[-1]
        assert (told["carrier_id"], told["text"], told["status"]) == (SID, str(message.text), "heard")
        assert press(carrier, "message", "*") == heard


@pytest.mark.parametrize("by", ["machine_start", "machine_end_beep", "fax"])
def test_a_machine_hears_nothing(carrier, outbox, by: str) -> None:
    assert rung(carrier, a_message(), AnsweredBy=by).endswith("<Response><Hangup /></Response>")
    assert outbox() == []


def test_a_code_is_said_digit_by_digit_and_twice(carrier) -> None:
    rung(carrier, a_message(Template.OTP, code="048213"))
    heard = press(carrier, "opened", "1")
    digits = [part[0] for part in heard.split(">") if part.endswith("</Say") and part[0].isdigit() and part[1] == "<"]
    assert "".join(digits) == "048213048213"


def test_without_a_key_the_call_ends_after_three_tries_and_tells_nothing(carrier, outbox) -> None:
    rung(carrier, a_message())
    heard = [press(carrier, "opened", "") for _ in range(3)]
    assert "<Hangup" in heard[-1]
    assert all(PROMPTS["reminder"] not in h for h in heard)
    assert outbox() == []


def test_a_yes_to_a_meeting_is_one_key(families: Families, carrier, outbox) -> None:
    family = families.one()
    message = a_message(Template.TOWNHALL, contact=family.contact)
    rung(carrier, message)
    press(carrier, "opened", "1")
    assert PROMPTS["answer-heard"] in press(carrier, "message", "1")
    [reply] = outbox("record_reply")
    assert (reply["contact"], reply["notice"], reply["answer"]) == (str(message.contact), str(message.notice), "yes")
    assert reply["actor"] == {"reference": family.reference}


@pytest.mark.parametrize("digits", ["1", "2"])
def test_an_answer_of_a_contact_that_has_no_file_sounds_the_same_and_names_whom_to_call(
    families: Families, carrier, outbox, digits: str
) -> None:
    heard: list[str] = []
    for contact in (families.one().contact, uuid4(), None):
        rung(carrier, a_message(Template.TOWNHALL, contact=contact))
        press(carrier, "opened", "1")
        heard.append(press(carrier, "message", digits))
    assert heard[0] == heard[1] == heard[2]
    assert "please call us" in heard[0]
    assert PROMPTS["not-understood"] not in heard[0]
    assert len(outbox("record_reply")) == 1


@pytest.mark.parametrize("say", ["", "1.AAAA", "nonsense", "x" * 5000])
def test_an_address_that_is_not_ours_ends_the_call(carrier, say: str) -> None:
    assert "<Hangup" in carrier.call(SID, "spoken", say=say, Direction="outbound-api", To=PHONE)


def test_what_came_too_late_is_not_told(carrier) -> None:
    assert "<Gather" not in rung(carrier, a_message(not_after=utc_now() - timedelta(seconds=1)))


# A missed call


def missed_call(carrier, phone: str = PHONE) -> str:
    return carrier.call("CA" + uuid4().hex, From=phone, To=MISSED_CALLS)


def test_a_missed_call_is_turned_away_and_rung_back_at_the_number_on_record(
    families: Families, carrier, outbox
) -> None:
    family = families.one()
    assert "<Reject" in missed_call(carrier)
    [ring] = outbox("send")
    assert (ring["contact"], ring["channel"], ring["template"]) == (str(family.contact), "call", "ring_back")
    assert ring["phone"] is None


def test_a_number_that_nobody_registered_hears_the_same_and_nothing_follows(
    families: Families, carrier, outbox
) -> None:
    families.one()
    families.one(phone="+9647707777777", is_verified=False)
    known = missed_call(carrier)
    before = len(outbox())
    assert missed_call(carrier, STRANGER) == missed_call(carrier, "+9647707777777") == known
    assert missed_call(carrier, "anonymous") == known
    assert len(outbox()) == before


def test_whoever_rings_in_a_row_is_rung_once(families: Families, carrier, outbox) -> None:
    families.one()
    for _ in range(5):
        missed_call(carrier)
    assert len(outbox("send")) == 1


def test_a_registered_number_needs_only_its_pin_and_hears_nothing_before(families: Families, carrier, outbox) -> None:
    families.one(pin="111111", status="registered")
    families.one(pin="123456", status="search_continues")
    opened = rung(carrier, a_message(Template.RING_BACK))
    assert PROMPTS["enter-pin"] in opened
    assert PROMPTS["enter-reference"] not in opened
    assert PROMPTS["pin-not-right"] in press(carrier, "own_pin", "999999")
    told = press(carrier, "own_pin", "123456")
    assert PROMPTS["status-search-continues"] in told
    assert {d["status"] for d in outbox("record_delivery")} == {"heard"}


def test_a_phone_that_was_not_rung_cannot_use_the_pin_alone(families: Families, carrier) -> None:
    families.one(pin="123456", status="search_continues")
    assert PROMPTS["status-search-continues"] not in carrier.call("CA9", "own_pin", "123456")


def test_three_wrong_pins_end_the_call_that_we_made(families: Families, carrier) -> None:
    families.one(pin="123456")
    rung(carrier, a_message(Template.RING_BACK))
    heard = [press(carrier, "own_pin", "999999") for _ in range(3)]
    assert "<Hangup" in heard[-1]
    assert PROMPTS["office"] in heard[-1]

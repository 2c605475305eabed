"""From a wish to a phone: what reaches it, in which words, and what never leaves."""

import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from services.gateway.carrier.twilio_carrier import TwilioCarrier
from services.gateway.for_staff import tally
from services.gateway.sender_loop import Sender
from services.gateway.waking import Vigil
from shared.messages.gateway import Template
from shared.messages.model import Lane, Language
from shared.references import show_reference
from shared.sealing import keys
from tests.service.gateway.builders import REFERENCE, Gateway, a_number
from tests.waiting import eventually


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", "تم تسجيل طلبكم"),
        ("ckb", "داواکارییەکەتان تۆمارکرا"),
        ("kmr-Arab", "داخوازا وە هات تۆمارکرن"),
        ("kmr", "Daxwaza we hat tomarkirin"),
        ("en", "Your request is registered"),
    ],
)
def test_a_family_reads_its_own_language(gateway: Gateway, language: Language, words: str) -> None:
    number = a_number()
    text = gateway.ask(gateway.know(number, language=language))
    gateway.send()

    (body,) = gateway.phone(number)
    assert body.startswith(words)
    assert show_reference(REFERENCE) in body
    row = gateway.text(text)
    assert (row.state, row.attempts, row.segments) == ("handed_over", 1, 1)
    assert row.carrier_id == gateway.simulator.phone(number)[0]["sid"]


def test_a_one_time_code_is_opened_for_the_carrier_only(gateway: Gateway) -> None:
    number = a_number()
    contact = gateway.know(number, language="en")
    sealed = {"code": keys().seal_for_gateway("048213")}
    gateway.ask(contact, Template.OTP, values={}, sealed_values=sealed, text_class="code", lane=Lane.URGENT)
    gateway.send()

    assert gateway.phone(number) == ["Your code: 048213. Valid 10 minutes. Do not share it with anyone."]
    kept = str(gateway.rows("SELECT * FROM outgoing_text")) + str(gateway.rows("SELECT * FROM contact"))
    assert "048213" not in kept
    assert number not in kept
    assert number.removeprefix("+964") not in kept


def test_an_answer_to_a_phone_that_is_nobody_s_contact(gateway: Gateway) -> None:
    number = a_number()
    gateway.ask(None, Template.HELP, values={}, phone=keys().seal_for_gateway(number), language="en")
    gateway.send()
    assert gateway.phone(number)[0].startswith("For help call 0770 000 0000")


def test_the_callback_s_address_names_the_text_and_no_phone(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(gateway.know(number))
    gateway.send()
    (sent,) = [t for t in gateway.simulator.exported() if t["to"] == number]
    assert sent["callback"] == f"{gateway.config.base_url}/webhooks/twilio/status?text={text}"


def test_a_text_waits_for_a_contact_that_is_not_known_yet(gateway: Gateway) -> None:
    number = a_number()
    contact = gateway.know()
    unknown = gateway.ask(type(contact)(int=contact.int ^ 1))
    gateway.send()
    assert gateway.text(unknown).state == "waiting"

    gateway.know(number, contact=type(contact)(int=contact.int ^ 1))
    gateway.send()
    assert len(gateway.phone(number)) == 1


def test_a_contact_that_never_comes_is_named_as_the_reason(gateway: Gateway) -> None:
    contact = gateway.know()
    text = gateway.ask(type(contact)(int=contact.int ^ 1))
    gateway.clock.turn(hours=2)
    gateway.send()
    assert (gateway.text(text).state, gateway.text(text).reason) == ("expired", "contact_unknown")


def test_what_is_of_no_use_any_more_expires(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(gateway.know(number), text_class="code")
    gateway.clock.turn(hours=2)
    gateway.send()
    assert gateway.text(text).state == "expired"
    assert gateway.phone(number) == []


def test_a_number_that_changed_gets_the_text_and_the_old_one_not(gateway: Gateway) -> None:
    old, new = a_number(), a_number()
    contact = gateway.know(old)
    gateway.ask(contact)
    gateway.know(new, contact=contact, version=2)
    gateway.send()
    assert (len(gateway.phone(old)), len(gateway.phone(new))) == (0, 1)


def test_an_older_version_of_a_contact_changes_nothing(gateway: Gateway) -> None:
    new = a_number()
    contact = gateway.know(new, version=3)
    gateway.know(a_number(), contact=contact, version=2)
    gateway.ask(contact)
    gateway.send()
    assert len(gateway.phone(new)) == 1


def test_the_same_text_asked_for_twice_is_one_text(gateway: Gateway) -> None:
    from services.gateway import texts
    from shared.messages.gateway import Send

    number = a_number()
    contact = gateway.know(number)
    text = gateway.ask(contact)
    row = gateway.text(text)
    again = Send(
        text=text,
        contact=contact,
        template=Template.REGISTERED,
        values={"ref": REFERENCE},
        text_class="answer",
        not_after=row.not_after,
    )
    gateway.together(texts.accept_texts, again)
    gateway.send()
    gateway.together(texts.accept_texts, again)
    gateway.send()
    assert len(gateway.phone(number)) == 1


def test_an_unconfirmed_number_gets_one_question_and_nothing_else(gateway: Gateway) -> None:
    number = a_number()
    contact = gateway.know(number, is_verified=False, language="en")
    refused = gateway.ask(contact)
    code = gateway.ask(contact, Template.OTP, values={"code": "1"}, text_class="code")
    gateway.ask(contact, Template.CONFIRM_PHONE, values={})
    gateway.send()
    again = gateway.ask(contact, Template.CONFIRM_PHONE, values={})
    other = gateway.know(number, is_verified=False)
    neighbour = gateway.ask(other, Template.CONFIRM_PHONE, values={})
    gateway.send()

    (only,) = gateway.phone(number)
    assert only.startswith("This number was given to our service.")
    for text in (refused, code, again, neighbour):
        assert (gateway.text(text).state, gateway.text(text).reason) == ("refused", "phone_unverified")


def test_a_real_carrier_is_refused_a_text_that_nobody_reviewed(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(gateway.know(number))
    gateway.send(environment="production")
    assert gateway.text(text).reason == "template_unreviewed:registered"
    assert gateway.phone(number) == []


def test_a_real_carrier_never_gets_the_number_of_a_demo_contact(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(gateway.know(number, is_demo=True))
    gateway.send(environment="production")
    assert gateway.text(text).reason == "demo_contact"
    assert gateway.phone(number) == []


def test_a_text_whose_values_are_missing_is_refused_by_name(gateway: Gateway) -> None:
    text = gateway.ask(gateway.know(), Template.VISIT)
    gateway.send()
    assert gateway.text(text).reason == "values:date"


def test_a_notice_in_the_evening_waits_for_the_morning(gateway: Gateway) -> None:
    baghdad = ZoneInfo("Asia/Baghdad")
    number = a_number()
    contact = gateway.know(number)
    evening = datetime(2027, 5, 12, 19, 59, tzinfo=baghdad)
    gateway.clock.turn_to(evening)
    gateway.notify([contact])
    gateway.clock.turn_to(evening + timedelta(minutes=2))
    gateway.send(quiet_hours=True)
    assert gateway.phone(number) == []

    gateway.clock.turn_to(datetime(2027, 5, 13, 9, 1, tzinfo=baghdad))
    gateway.send(quiet_hours=True)
    assert len(gateway.phone(number)) == 1


def test_an_urgent_text_passes_a_campaign(gateway: Gateway) -> None:
    gateway.notify([gateway.know() for _ in range(120)])
    number = a_number()
    gateway.ask(gateway.know(number), lane=Lane.URGENT)
    sender = gateway.sender(carrier_segments_per_s=20.0)
    sender.run_once()
    sender.finish()
    assert len(gateway.phone(number)) == 1
    assert gateway.states()["waiting"] > 90


def test_the_pace_is_kept_in_parts_not_texts(gateway: Gateway) -> None:
    gateway.notify([gateway.know() for _ in range(60)])
    sender = gateway.sender(carrier_segments_per_s=10.0)
    for _ in range(40):
        sender.run_once()
        gateway.clock.turn(seconds=0.25)
    sender.finish()
    parts = sum(row.segments for row in gateway.rows("SELECT segments FROM outgoing_text WHERE state = 'handed_over'"))
    assert 80 <= parts <= 10 * 12 + 10


def test_two_texts_to_one_phone_go_one_after_the_other(gateway: Gateway) -> None:
    number = a_number()
    first, second = gateway.know(number, language="en"), gateway.know(number, language="ar")
    gateway.ask(first)
    gateway.ask(second)
    with gateway.session() as db:
        sender = gateway.sender()
        (claimed,) = sender._claim_in(db, 1)
        db.rollback()
        sender.finish()
    assert claimed.to == number
    gateway.send()
    assert [body[:4] for body in gateway.phone(number)] == ["Your", "تم ت"]


def test_one_odd_text_holds_nobody_up(gateway: Gateway) -> None:
    odd, good = gateway.ask(gateway.know()), gateway.ask(gateway.know())
    with gateway.engine.begin() as connection:
        connection.execute(sa.text("UPDATE outgoing_text SET template = 'of_old' WHERE id = :id"), {"id": odd})
    gateway.send()
    assert (gateway.text(odd).state, gateway.text(odd).reason) == ("refused", "cannot_be_sent")
    assert gateway.text(good).state == "handed_over"


def test_everything_asked_for_is_accounted_for(gateway: Gateway) -> None:
    stopped = a_number()
    contacts = [gateway.know() for _ in range(5)]
    gateway.opt_out(stopped, confirmed_by_carrier=True)
    gateway.ask(gateway.know(stopped))
    gateway.ask(gateway.know(), not_after=gateway.clock() - timedelta(seconds=1))
    for contact in contacts:
        gateway.ask(contact)
    gateway.send()
    with gateway.session() as db:
        counted = tally(db)
    assert counted == {
        "asked": 7, "handed_over": 5, "expired": 1, "refused": 1, "unsettled": 0, "waiting": 0, "sending": 0,
    }  # fmt: skip


def test_the_loop_is_woken_by_a_text(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Vigil, "AWAKE_S", 600.0)
    contact = gateway.know(a_number())
    stop = threading.Event()
    sender = Sender(gateway.engine, TwilioCarrier(gateway.config), gateway.config, gateway.clock)
    loop = threading.Thread(target=sender.run, args=(stop,))
    loop.start()
    try:
        for _ in range(3):
            text = gateway.ask(contact, lane=Lane.URGENT)
            assert eventually(lambda text=text: gateway.text(text).state == "handed_over")
    finally:
        stop.set()
        sender.wake()
        loop.join(timeout=60)
    assert not loop.is_alive()

"""A contact that chose calls hears every kind of message: rung once for each, a few tries, never twice at a time."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.gateway.for_staff import tally
from shared.messages.gateway import RecordDelivery, Template
from shared.messages.model import Lane
from shared.messages.spoken import SpokenMessage, open_spoken
from shared.sealing import keys
from tests.service.gateway.builders import REFERENCE, Gateway, a_number


def calls_to(gateway: Gateway, number: str) -> list[dict[str, str]]:
    return [c for c in gateway.simulator.get("/simulator/calls") if c["phone"] == number]


def spoken(gateway: Gateway, sid: str) -> SpokenMessage:
    [line] = [c for c in gateway.simulator.get("/simulator/calls") if c["sid"] == sid]
    found = open_spoken(parse_qs(urlsplit(line["url"]).query)["say"][0])
    assert found
    return found


def told(gateway: Gateway, sid: str, status: str, text: UUID | None = None, **more: str) -> None:
    gateway.hear(RecordDelivery(carrier_id=sid, status=status, text=text, **more))


def a_called_contact(gateway: Gateway, number: str, **details: str) -> UUID:
    return gateway.know(number, channel="call", **details)


def test_who_chose_calls_is_rung_and_gets_no_text(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(a_called_contact(gateway, number, language="ckb"))
    gateway.send()

    assert gateway.phone(number) == []
    [call] = calls_to(gateway, number)
    said = spoken(gateway, call["sid"])
    assert (said.template, said.language, said.values) == (Template.REGISTERED, "ckb", {"ref": REFERENCE})
    row = gateway.text(text)
    assert (row.state, row.carried_as, row.carrier_id) == ("handed_over", "call", call["sid"])


def test_neither_the_address_nor_the_row_shows_what_is_said(gateway: Gateway) -> None:
    number = a_number()
    sealed = {"code": keys().seal_for_gateway("048213")}
    contact = gateway.know(number)
    gateway.ask(
        contact, Template.OTP, values={}, sealed_values=sealed, text_class="code", channel="call", lane=Lane.URGENT
    )
    gateway.send()
    [call] = calls_to(gateway, number)
    assert "048213" not in call["url"]
    assert number.removeprefix("+") not in call["url"]
    assert spoken(gateway, call["sid"]).code == "048213"


def test_what_is_asked_as_a_text_is_one_whatever_the_contact_chose(gateway: Gateway) -> None:
    number = a_number()
    gateway.ask(a_called_contact(gateway, number), Template.HELP, values={}, channel="sms")
    gateway.send()
    assert (len(gateway.phone(number)), calls_to(gateway, number)) == (1, [])


def test_a_notice_is_spoken_to_some_and_written_to_others(gateway: Gateway) -> None:
    caller, reader = a_number(), a_number()
    notice = gateway.notify([a_called_contact(gateway, caller), gateway.know(reader)])
    gateway.send()
    [call] = calls_to(gateway, caller)
    said = spoken(gateway, call["sid"])
    assert (said.notice, said.values["place"]) == (notice, "قاعة البلدية")
    assert said.starts_at is not None
    assert len(gateway.phone(reader)) == 1


def test_a_call_that_was_heard_is_delivered_and_never_tried_again(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(a_called_contact(gateway, number))
    gateway.send()
    [call] = calls_to(gateway, number)
    told(gateway, call["sid"], "heard", text)
    told(gateway, call["sid"], "completed", text, answered_by="human")
    gateway.clock.turn(minutes=45)
    gateway.send()
    assert (gateway.text(text).carrier_status, len(calls_to(gateway, number))) == ("heard", 1)


def test_the_end_that_overtook_the_hearing_costs_no_second_call(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(a_called_contact(gateway, number))
    gateway.send()
    [call] = calls_to(gateway, number)
    told(gateway, call["sid"], "completed", text)
    told(gateway, call["sid"], "heard", text)
    gateway.clock.turn(minutes=45)
    gateway.send()
    row = gateway.text(text)
    assert (row.state, row.carrier_status, len(calls_to(gateway, number))) == ("handed_over", "heard", 1)


@pytest.mark.parametrize(
    ("end", "by", "at_last"),
    [
        ("no_answer", None, "no_answer"),
        ("busy", None, "busy"),
        ("completed", "machine_start", "unheard"),
        ("completed", "human", "unheard"),
    ],
)
def test_what_was_not_heard_is_tried_three_times_in_all(
    gateway: Gateway, end: str, by: str | None, at_last: str
) -> None:
    number = a_number()
    text = gateway.ask(
        a_called_contact(gateway, number), text_class="reminder", not_after=gateway.clock() + timedelta(days=2)
    )
    for tries in (1, 2, 3):
        gateway.send()
        assert len(calls_to(gateway, number)) == tries
        told(gateway, calls_to(gateway, number)[-1]["sid"], end, text, **({"answered_by": by} if by else {}))
        gateway.send()
        assert len(calls_to(gateway, number)) == tries, "no call follows at once"
        gateway.clock.turn(hours=4)
    gateway.send()
    row = gateway.text(text)
    assert (len(calls_to(gateway, number)), row.state, row.carrier_status) == (3, "handed_over", at_last)
    with gateway.session() as db:
        assert tally(db)["handed_over"] == 1


def test_a_code_is_tried_once_more_soon_and_not_when_it_is_dead(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(
        gateway.know(number), Template.OTP, channel="call", text_class="code", values={}, lane=Lane.URGENT,
        sealed_values={"code": keys().seal_for_gateway("123456")}, not_after=gateway.clock() + timedelta(minutes=10),
    )  # fmt: skip
    for tries in (1, 2):
        gateway.send()
        assert len(calls_to(gateway, number)) == tries
        told(gateway, calls_to(gateway, number)[-1]["sid"], "no_answer", text)
        gateway.clock.turn(seconds=40)
    gateway.send()
    assert (len(calls_to(gateway, number)), gateway.text(text).carrier_status) == (2, "no_answer")


def test_nobody_is_rung_at_night_nor_on_friday_noon(gateway: Gateway) -> None:
    number, baghdad = a_number(), ZoneInfo("Asia/Baghdad")
    contact = a_called_contact(gateway, number)
    friday = next(d for n in range(7) if (d := datetime.now(baghdad) + timedelta(days=n + 1)).weekday() == 4)
    gateway.clock.turn_to(friday.replace(hour=3, minute=0))
    gateway.ask(contact, Template.CONTACT_US, text_class="case", not_after=gateway.clock() + timedelta(days=2))
    gateway.send(quiet_hours=True)
    assert calls_to(gateway, number) == []
    gateway.clock.turn_to(friday.replace(hour=12, minute=0))
    gateway.send(quiet_hours=True)
    assert calls_to(gateway, number) == []
    gateway.clock.turn_to(friday.replace(hour=14, minute=1))
    gateway.send(quiet_hours=True)
    assert len(calls_to(gateway, number)) == 1


@pytest.mark.parametrize("fault", ["accept_then_cut", "accept_then_500"])
def test_a_call_whose_answer_was_lost_is_found_and_not_made_again(gateway: Gateway, fault: str) -> None:
    number = a_number()
    text = gateway.ask(a_called_contact(gateway, number), not_after=gateway.clock() + timedelta(days=1))
    gateway.simulator.put("/simulator/faults", **{fault: 1.0})
    gateway.send()
    assert gateway.text(text).state == "sending"
    gateway.simulator.put("/simulator/faults")
    gateway.clock.turn(seconds=90)
    gateway.send()
    row = gateway.text(text)
    assert (row.state, row.carrier_id) == ("handed_over", calls_to(gateway, number)[0]["sid"])
    assert len(calls_to(gateway, number)) == 1


def test_the_callback_alone_proves_that_a_call_was_placed(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(a_called_contact(gateway, number))
    gateway.simulator.put("/simulator/faults", accept_then_cut=1.0)
    gateway.send()
    gateway.simulator.put("/simulator/faults")
    [call] = calls_to(gateway, number)
    told(gateway, call["sid"], "initiated", text)
    assert gateway.text(text).carrier_id == call["sid"]
    gateway.clock.turn(seconds=90)
    gateway.send()
    assert len(calls_to(gateway, number)) == 1


def test_the_end_of_a_second_try_is_not_taken_for_the_first(gateway: Gateway) -> None:
    """The answer of the second try is lost: the carrier lists both calls, and only the new one is ours to find."""
    number = a_number()
    sealed = {"code": keys().seal_for_gateway("123456")}
    contact = gateway.know(number)
    text = gateway.ask(contact, Template.OTP, channel="call", text_class="code", values={}, sealed_values=sealed)
    gateway.send()
    told(gateway, calls_to(gateway, number)[0]["sid"], "no_answer", text)
    gateway.clock.turn(seconds=35)
    gateway.simulator.put("/simulator/faults", accept_then_cut=1.0)
    gateway.send()
    gateway.simulator.put("/simulator/faults")
    gateway.clock.turn(seconds=60)
    gateway.send()
    assert gateway.text(text).carrier_id == calls_to(gateway, number)[-1]["sid"]
    assert len(calls_to(gateway, number)) == 2


def test_an_end_that_was_never_told_is_asked_for(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(a_called_contact(gateway, number), not_after=gateway.clock() + timedelta(days=1))
    gateway.send()
    [call] = calls_to(gateway, number)
    gateway.simulator.post(f"/simulator/calls/{call['sid']}/decline", status="busy")
    gateway.clock.turn(minutes=25)
    gateway.sender().chores.ask_after_calls()
    row = gateway.text(text)
    assert (row.state, row.reason) == ("waiting", "call_busy")


def test_a_phone_that_stopped_texts_is_not_rung_either(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(a_called_contact(gateway, number))
    gateway.opt_out(number, confirmed_by_carrier=True)
    gateway.send()
    assert (gateway.text(text).reason, calls_to(gateway, number)) == ("opted_out", [])

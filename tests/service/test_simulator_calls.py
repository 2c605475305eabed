"""Whole calls with keys pressed, in both directions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException

from tests.service.carrier_simulator import (
    ACCOUNT,
    NUMBER,
    Receiver,
    Simulator,
    running_simulator,
)
from tests.waiting import eventually

PHONE = "+9647701234567"
VOICE = "/webhooks/twilio/voice"
LANGUAGE = """<?xml version="1.0" encoding="UTF-8"?>
<Response>
  <Gather numDigits="1" action="/language" timeout="5">
    <Say language="ar-XA">للعربية <emphasis>اضغط</emphasis> واحد</Say>
    <Play>/audio/ckb.mp3</Play>
    <Pause length="2"/>
  </Gather>
  <Redirect>/webhooks/twilio/voice?again=1</Redirect>
</Response>"""
REFERENCE = (
    '<Response><Gather numDigits="12" action="reference" finishOnKey="#"><Say>Reference</Say></Gather></Response>'
)
STATUS = "<Response><Say>Open</Say><Hangup/><Say>never</Say></Response>"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture(scope="module")
def simulator(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("simulator"), receiver.url, "--pace", "0") as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(receiver: Receiver) -> None:
    receiver.calls.clear()


def call(simulator: Simulator) -> dict[str, Any]:
    return simulator.post(f"/simulator/phones/{PHONE}/calls")


def press(simulator: Simulator, sid: str, digits: str, **more: Any) -> dict[str, Any]:
    return simulator.post(f"/simulator/calls/{sid}/digits", digits=digits, **more)


def events(shown: dict[str, Any]) -> list[str]:
    return [entry["event"] for entry in shown["transcript"]]


def said(shown: dict[str, Any]) -> list[str]:
    return [entry["text"] for entry in shown["transcript"] if entry["event"] == "say"]


def test_a_caller_chooses_a_language_types_a_reference_and_hears_the_status(
    simulator: Simulator, receiver: Receiver
) -> None:
    receiver.answer(VOICE, LANGUAGE)
    receiver.answer("/language", REFERENCE)
    receiver.answer("/reference", STATUS)

    begun = call(simulator)
    assert (begun["status"], begun["awaits_digits"]) == ("in-progress", True)
    assert events(begun) == ["say", "play", "pause"]
    assert said(begun) == ["للعربية اضغط واحد"]
    assert begun["transcript"][1]["url"] == f"{receiver.url}/audio/ckb.mp3"

    assert press(simulator, begun["sid"], "1")["awaits_digits"]
    ended = press(simulator, begun["sid"], "123456789012")

    assert (ended["status"], ended["awaits_digits"]) == ("completed", False)
    assert said(ended)[1:] == ["Reference", "Open"]
    assert [seen.path for seen in receiver.calls] == [VOICE, "/language", "/reference"]
    assert all(seen.is_signed for seen in receiver.calls)
    first, language, reference = (seen.fields for seen in receiver.calls)
    assert {name: first[name] for name in ("CallSid", "AccountSid", "From", "To", "CallStatus", "Direction")} == {
        "CallSid": begun["sid"],
        "AccountSid": ACCOUNT,
        "From": PHONE,
        "To": NUMBER,
        "CallStatus": "ringing",
        "Direction": "inbound",
    }
    assert (language["Digits"], language["CallStatus"]) == ("1", "in-progress")
    assert reference["Digits"] == "123456789012"


def test_a_silence_goes_on_behind_the_gather(simulator: Simulator, receiver: Receiver) -> None:
    receiver.answer(VOICE, LANGUAGE)
    begun = call(simulator)
    again = press(simulator, begun["sid"], "")
    assert again["awaits_digits"]
    assert [(seen.path, seen.query) for seen in receiver.calls] == [(VOICE, ""), (VOICE, "again=1")]


def test_a_silence_is_told_where_the_action_wants_it(simulator: Simulator, receiver: Receiver) -> None:
    receiver.answer(VOICE, '<Response><Gather action="/empty" actionOnEmptyResult="true"/></Response>')
    receiver.answer("/empty", STATUS)
    press(simulator, call(simulator)["sid"], "")
    assert receiver.at("/empty")[0].fields["Digits"] == ""


def test_keys_pressed_one_by_one_end_with_the_finishing_key(simulator: Simulator, receiver: Receiver) -> None:
    receiver.answer(VOICE, '<Response><Gather action="/free"/></Response>')
    receiver.answer("/free", STATUS)
    sid = call(simulator)["sid"]
    for key in "407":
        assert press(simulator, sid, key, hold=True)["awaits_digits"]
    assert press(simulator, sid, "#", hold=True)["status"] == "completed"
    fields = receiver.at("/free")[0].fields
    assert (fields["Digits"], fields["FinishedOnKey"]) == ("407", "#")


def test_keys_that_nobody_asks_for_are_refused(simulator: Simulator, receiver: Receiver) -> None:
    receiver.answer(VOICE, STATUS)
    ended = call(simulator)
    assert ended["status"] == "completed"
    answer = httpx.post(f"{simulator.url}/simulator/calls/{ended['sid']}/digits", json={"digits": "1"})
    assert answer.status_code == 409


@pytest.mark.parametrize(("reason", "status"), [("", "no-answer"), (' reason="busy"', "busy")])
def test_a_rejected_call_is_never_answered(simulator: Simulator, receiver: Receiver, reason: str, status: str) -> None:
    receiver.answer(VOICE, f"<Response><Reject{reason}/></Response>")
    assert call(simulator)["status"] == status


def test_a_get_carries_the_fields_in_a_signed_query(simulator: Simulator, receiver: Receiver) -> None:
    receiver.answer(VOICE, '<Response><Redirect method="GET">/next?a=1</Redirect></Response>')
    receiver.answer("/next", STATUS)
    call(simulator)
    [seen] = receiver.at("/next")
    assert seen.is_signed
    assert seen.query.startswith("a=1&CallSid=CA")


@pytest.mark.parametrize(("answer", "code"), [("not TwiML", 12100), ("<Other/>", 12100), (404, 11200)])
def test_a_broken_answer_ends_the_call_with_the_carriers_error(
    simulator: Simulator, receiver: Receiver, answer: str | int, code: int
) -> None:
    receiver.answer(VOICE, answer)
    ended = call(simulator)
    assert ended["status"] == "completed"
    assert [entry["code"] for entry in ended["transcript"] if entry["event"] == "error"] == [code]


def test_documents_in_a_circle_end(simulator: Simulator, receiver: Receiver) -> None:
    receiver.answer(VOICE, f"<Response><Redirect>{VOICE}</Redirect></Response>")
    assert "error" in events(call(simulator))


def test_a_dialled_desk_answers_and_the_service_hears_of_it(simulator: Simulator, receiver: Receiver) -> None:
    receiver.answer(VOICE, '<Response><Dial action="/after">+9647700000000</Dial></Response>')
    receiver.answer("/after", STATUS)
    call(simulator)
    assert receiver.at("/after")[0].fields["DialCallStatus"] == "completed"


def ring(simulator: Simulator, receiver: Receiver, **order: Any) -> str:
    order = {"url": f"{receiver.url}/out", **order}
    created = simulator.client().calls.create(
        to=PHONE,
        from_=NUMBER,
        status_callback=f"{receiver.url}/call-status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
        **order,
    )
    assert (created.status, created.direction) == ("queued", "outbound-api")
    sid = str(created.sid)
    assert eventually(lambda: simulator.client().calls(sid).fetch().status == "ringing")
    return sid


def told(receiver: Receiver, sid: str) -> list[str]:
    """The steps of this call alone: the last ones of another test's call may still come in."""
    calls = [seen.fields for seen in receiver.at("/call-status") if seen.fields["CallSid"] == sid]
    return [fields["CallStatus"] for fields in sorted(calls, key=lambda fields: int(fields["SequenceNumber"]))]


def test_an_answered_call_fetches_its_twiml_and_tells_each_step(simulator: Simulator, receiver: Receiver) -> None:
    receiver.answer("/out", REFERENCE)
    receiver.answer("/reference", STATUS)
    sid = ring(simulator, receiver)
    assert simulator.post(f"/simulator/calls/{sid}/answer")["awaits_digits"]
    press(simulator, sid, "123456789012")

    assert simulator.client().calls(sid).fetch().status == "completed"
    assert eventually(lambda: len(told(receiver, sid)) == 4)
    assert told(receiver, sid) == ["initiated", "ringing", "in-progress", "completed"]
    assert receiver.at("/out")[0].fields["CallStatus"] == "in-progress"
    assert all(seen.is_signed for seen in receiver.calls)


def test_twiml_can_come_with_the_order_and_a_machine_can_answer(simulator: Simulator, receiver: Receiver) -> None:
    sid = ring(simulator, receiver, url=None, twiml=REFERENCE, machine_detection="Enable")
    answered = simulator.post(f"/simulator/calls/{sid}/answer", answered_by="machine_start")
    assert said(answered) == ["Reference"]
    assert simulator.client().calls(sid).fetch().answered_by == "machine_start"
    simulator.client().calls(sid).update(status="completed")
    assert simulator.client().calls(sid).fetch().status == "completed"


@pytest.mark.parametrize("status", ["busy", "no-answer"])
def test_a_call_that_nobody_takes(simulator: Simulator, receiver: Receiver, status: str) -> None:
    sid = ring(simulator, receiver)
    simulator.post(f"/simulator/calls/{sid}/decline", status=status)
    assert eventually(lambda: len(told(receiver, sid)) == 3)
    assert told(receiver, sid) == ["initiated", "ringing", status]
    answer = httpx.post(f"{simulator.url}/simulator/calls/{sid}/answer", json={})
    assert answer.status_code == 409


def test_a_phone_rings_only_so_long(simulator: Simulator, receiver: Receiver) -> None:
    sid = ring(simulator, receiver, timeout=1)
    assert eventually(lambda: simulator.client().calls(sid).fetch().status == "no-answer")


def test_calls_are_listed_newest_first_and_page_by_page(simulator: Simulator, receiver: Receiver) -> None:
    phone = "+9647799999999"
    create = simulator.client().calls.create
    sids = [create(to=phone, from_=NUMBER, twiml="<Response/>").sid for _ in range(5)]
    assert [one.sid for one in simulator.client().calls.list(to=phone, page_size=2)] == sids[::-1]


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"to": "nobody"}, 21211),
        ({"from_": "+15005550001"}, 21210),
        ({"url": "nowhere"}, 21205),
    ],
)
def test_an_order_for_a_call_that_is_wrong_is_refused(simulator: Simulator, order: dict[str, str], code: int) -> None:
    with pytest.raises(TwilioRestException) as raised:
        simulator.client().calls.create(**{"to": PHONE, "from_": NUMBER, "url": "http://127.0.0.1/", **order})
    assert raised.value.code == code


def test_after_a_crash_phones_ring_again_and_cut_calls_are_over(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answer(VOICE, LANGUAGE)
    with running_simulator(tmp_path, receiver.url) as simulator:
        talking = call(simulator)["sid"]
        ringing = str(simulator.client().calls.create(to=PHONE, from_=NUMBER, twiml=STATUS).sid)
        simulator.kill()
        simulator.start()
        assert simulator.get(f"/simulator/calls/{talking}")["status"] == "failed"
        assert simulator.post(f"/simulator/calls/{ringing}/answer")["status"] == "completed"

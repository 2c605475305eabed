"""The simulator calls a service as Twilio does: signed, repeated on failure, in whatever order."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.service.carrier_simulator import (
    ACCOUNT,
    NUMBER,
    SERVICE,
    Receiver,
    Simulator,
    running_simulator,
)
from tests.waiting import eventually

PHONE = "+9647701234567"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture(scope="module")
def simulator(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("simulator"), receiver.url) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(simulator: Simulator, receiver: Receiver) -> None:
    simulator.reset()
    receiver.reset()


@pytest.fixture
def status() -> str:
    """A callback path of this test's own: a late call of another test does not come here."""
    return f"/status/{uuid4()}"


def send(simulator: Simulator, receiver: Receiver, status: str, **order: object) -> str:
    order = {"to": PHONE, "from_": NUMBER, "body": "مرحبا", **order}
    return str(simulator.client().messages.create(**order, status_callback=f"{receiver.url}{status}?id=a%20b").sid)


def statuses(receiver: Receiver, status: str) -> list[str]:
    return [call.fields["MessageStatus"] for call in receiver.at(status)]


def test_each_status_after_the_first_is_told_and_signed(simulator: Simulator, receiver: Receiver, status: str) -> None:
    sid = send(simulator, receiver, status)
    assert eventually(lambda: len(receiver.at(status)) == 3)

    assert set(statuses(receiver, status)) == {"sending", "sent", "delivered"}
    assert all(call.is_signed for call in receiver.at(status))
    fields = next(call.fields for call in receiver.at(status) if call.fields["MessageStatus"] == "delivered")
    assert fields.pop("RawDlrDoneDate").isdigit()
    assert fields == {
        "MessageSid": sid,
        "SmsSid": sid,
        "MessageStatus": "delivered",
        "SmsStatus": "delivered",
        "To": PHONE,
        "From": NUMBER,
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
    }


def test_a_text_of_a_messaging_service_is_told_as_queued_too(
    simulator: Simulator, receiver: Receiver, status: str
) -> None:
    send(simulator, receiver, status, from_="", messaging_service_sid=SERVICE)
    assert eventually(lambda: len(receiver.at(status)) == 4)
    assert set(statuses(receiver, status)) == {"queued", "sending", "sent", "delivered"}
    assert receiver.at(status)[0].fields["MessagingServiceSid"] == SERVICE


def test_callbacks_can_come_twice_and_in_any_order(simulator: Simulator, receiver: Receiver, status: str) -> None:
    simulator.put("/simulator/behaviour", pace=0.02, out_of_order=0.5, repeated=1)
    for _ in range(8):
        send(simulator, receiver, status)
    assert eventually(lambda: len(receiver.at(status)) == 8 * 6)
    order = {
        sid: [c.fields["MessageStatus"] for c in receiver.at(status) if c.fields["MessageSid"] == sid]
        for sid in {c.fields["MessageSid"] for c in receiver.at(status)}
    }
    assert any(told.index("delivered") < told.index("sent") for told in order.values())


def test_callbacks_can_be_turned_off(simulator: Simulator, receiver: Receiver, status: str) -> None:
    simulator.put("/simulator/behaviour", callbacks=False)
    sid = send(simulator, receiver, status)
    assert eventually(lambda: simulator.client().messages(sid).fetch().status == "delivered")
    assert receiver.at(status) == []


def test_a_callback_that_failed_is_made_again(simulator: Simulator, receiver: Receiver, status: str) -> None:
    receiver.answer(status, 503, 200)
    before = simulator.get("/simulator/messages")["callbacks"]["taken"]
    simulator.put("/simulator/behaviour", callback_statuses=["delivered"])
    send(simulator, receiver, status)
    assert eventually(lambda: len(receiver.at(status)) == 2)
    assert statuses(receiver, status) == ["delivered", "delivered"]
    assert eventually(lambda: simulator.get("/simulator/messages")["callbacks"]["taken"] == before + 1)


def test_a_phone_that_is_switched_off_is_undelivered(simulator: Simulator, receiver: Receiver, status: str) -> None:
    simulator.put(f"/simulator/phones/{PHONE}", reachable=False)
    simulator.put("/simulator/behaviour", callback_statuses=["undelivered"])
    sid = send(simulator, receiver, status)
    assert eventually(lambda: receiver.at(status))
    assert receiver.at(status)[0].fields["ErrorCode"] == "30003"
    assert simulator.client().messages(sid).fetch().error_code == 30003


def test_a_text_from_a_phone_is_posted_and_answered(simulator: Simulator, receiver: Receiver) -> None:
    receiver.answer("/webhooks/twilio/sms", "<Response><Message>أهلا</Message></Response>")

    sent = simulator.post(f"/simulator/phones/{PHONE}/texts", body="  حالة ١٢٣ ")

    assert (sent["webhook_status"], sent["replies"]) == (200, ["أهلا"])
    [call] = receiver.at("/webhooks/twilio/sms")
    assert call.is_signed
    assert call.fields == {
        "MessageSid": sent["sid"],
        "SmsMessageSid": sent["sid"],
        "SmsSid": sent["sid"],
        "AccountSid": ACCOUNT,
        "MessagingServiceSid": SERVICE,
        "From": PHONE,
        "To": NUMBER,
        "Body": "  حالة ١٢٣ ",
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "FromCountry": "IQ",
        "ToCountry": "US",
        "ApiVersion": "2010-04-01",
    }
    thread = [(text["direction"], text["body"]) for text in simulator.phone(PHONE)]
    assert thread == [("from_phone", "  حالة ١٢٣ "), ("to_phone", "أهلا")]


def test_a_text_whose_webhook_failed_is_posted_once_more_as_the_same(simulator: Simulator, receiver: Receiver) -> None:
    receiver.answer("/webhooks/twilio/sms", 500, "<Response/>")
    sent = simulator.post(f"/simulator/phones/{PHONE}/texts", body="STATUS")
    assert sent["webhook_status"] == 200
    assert [call.fields["MessageSid"] for call in receiver.at("/webhooks/twilio/sms")] == [sent["sid"], sent["sid"]]


def test_a_text_is_kept_when_no_webhook_answers(tmp_path: Path) -> None:
    with running_simulator(tmp_path) as unheard:
        assert unheard.post(f"/simulator/phones/{PHONE}/texts", body="STATUS")["webhook_status"] == 0
        assert [text["body"] for text in unheard.phone(PHONE)] == ["STATUS"]


def test_stop_is_the_services_business_unless_the_carrier_handles_it(simulator: Simulator, receiver: Receiver) -> None:
    simulator.post(f"/simulator/phones/{PHONE}/texts", body="STOP")
    assert "OptOutType" not in receiver.at("/webhooks/twilio/sms")[0].fields
    assert simulator.client().messages.create(to=PHONE, from_=NUMBER, body="still").sid


def test_a_stop_at_the_carrier_blocks_the_phone_until_start(simulator: Simulator, receiver: Receiver) -> None:
    simulator.put("/simulator/behaviour", handles_opt_out=True)
    simulator.post(f"/simulator/phones/{PHONE}/texts", body=" stop ")
    assert receiver.at("/webhooks/twilio/sms")[0].fields["OptOutType"] == "STOP"
    with pytest.raises(Exception, match="unsubscribed") as raised:
        simulator.client().messages.create(to=PHONE, from_=NUMBER, body="no")
    assert getattr(raised.value, "code", None) == 21610

    simulator.post(f"/simulator/phones/{PHONE}/texts", body="START")
    assert simulator.client().messages.create(to=PHONE, from_=NUMBER, body="again").sid

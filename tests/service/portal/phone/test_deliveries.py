"""Status callbacks: each told to the gateway once, whatever their order; what is none has no effect."""

from uuid import uuid4

import pytest

SID = "SM" + "0a" * 16


def test_each_status_is_told_once(carrier, outbox) -> None:
    text = str(uuid4())
    for status in ("delivered", "sent", "sent", "delivered"):
        assert carrier.status(SID, status, text).status_code == 204
    assert [(d["status"], d["text"]) for d in outbox("record_delivery")] == [("delivered", text), ("sent", text)]


def test_an_error_code_is_told(carrier, outbox) -> None:
    carrier.status(SID, "undelivered", ErrorCode="30003")
    assert outbox("record_delivery")[0]["error_code"] == 30003


@pytest.mark.parametrize(
    ("sid", "status", "text"),
    [("", "sent", ""), ("SMx", "sent", ""), (SID, "", ""), (SID, "سلام", ""), (SID, "SENT!", "x")],
)
def test_what_is_no_status_has_no_effect(carrier, outbox, sid: str, status: str, text: str) -> None:
    assert carrier.status(sid, status, text).status_code == 204
    assert outbox() == []


def test_a_wrong_text_id_is_left_out(carrier, outbox) -> None:
    carrier.status(SID, "sent", "not-an-id")
    assert outbox("record_delivery")[0]["text"] is None


def test_a_forged_callback_is_turned_away(carrier, outbox) -> None:
    fields = [("MessageSid", SID), ("MessageStatus", "delivered")]
    assert carrier.post("/webhooks/twilio/status?text=", fields, token="another").status_code == 403
    assert outbox() == []

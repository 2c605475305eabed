"""Status callbacks: each told to the gateway once, whatever their order; what is none has no effect."""

import asyncio
from uuid import uuid4

import pytest

from portal.database import Database
from portal.phone.deliveries import Deliveries
from shared.messages.gateway import RecordDelivery
from shared.settings import Settings

SID = "SM" + "0a" * 16


def test_each_status_is_told_once(carrier, outbox) -> None:
    text = str(uuid4())
    for status in ("delivered", "sent", "sent", "delivered"):
        assert carrier.status(SID, status, text).status_code == 204
    assert [(d["status"], d["text"]) for d in outbox("record_delivery")] == [("delivered", text), ("sent", text)]


def test_an_error_code_is_told(carrier, outbox) -> None:
    carrier.status(SID, "undelivered", ErrorCode="30003")
    assert outbox("record_delivery")[0]["error_code"] == 30003


@pytest.mark.parametrize(("sid", "status"), [("", "sent"), (SID, "")])
def test_what_is_no_status_has_no_effect(carrier, outbox, sid: str, status: str) -> None:
    assert carrier.status(sid, status).status_code == 204
    assert outbox() == []


@pytest.mark.parametrize(
    ("sid", "status", "text"), [("SMx", "sent", ""), (SID, "سلام", ""), (SID, "SENT!", ""), (SID, "sent", "not-an-id")]
)
def test_what_the_carrier_never_sends_is_turned_away(carrier, outbox, sid: str, status: str, text: str) -> None:
    assert carrier.status(sid, status, text).status_code == 403
    assert outbox() == []


def test_a_forged_callback_is_turned_away(carrier, outbox) -> None:
    fields = [("MessageSid", SID), ("MessageStatus", "delivered")]
    assert carrier.post("/webhooks/twilio/status?text=", fields, token="another").status_code == 403
    assert outbox() == []


def _statuses(count: int) -> list[RecordDelivery]:
    return [RecordDelivery(carrier_id=f"SM{number:032x}", status="sent") for number in range(count)]


def test_what_arrives_at_once_is_told_once_each(config: Settings, outbox) -> None:
    async def take() -> None:
        database = Database(config)
        await database.open()
        one, another = Deliveries(database), Deliveries(database)  # as two portals
        await asyncio.gather(*(d.take(s) for s in _statuses(150) for d in (one, another, one)))
        await database.close()

    asyncio.run(take())
    assert sorted(d["carrier_id"] for d in outbox("record_delivery")) == [s.carrier_id for s in _statuses(150)]


def test_while_the_database_is_away_each_caller_hears_so_and_the_next_is_taken(config: Settings, outbox) -> None:
    async def take() -> list[object]:
        database = Database(config)
        deliveries = Deliveries(database)
        heard = await asyncio.gather(*(deliveries.take(s) for s in _statuses(3)), return_exceptions=True)
        await database.open()
        await deliveries.take(_statuses(1)[0])
        await database.close()
        return heard

    heard = asyncio.run(take())
    assert all(isinstance(h, Exception) for h in heard)
    assert len(heard) == 3
    assert len(outbox("record_delivery")) == 1

"""Notices: one text for each contact, and how far they are."""

from uuid import UUID, uuid4

from services.gateway.for_staff import notice_progress
from shared.messages.gateway import BatchProgressed, RecordDelivery
from tests.service.gateway.builders import Gateway, a_number


def progress(gateway: Gateway, notice: UUID) -> dict[str, int]:
    with gateway.session() as db:
        return {name: n for name, n in notice_progress(db, str(notice)).items() if n}


def told(gateway: Gateway, batch: UUID) -> list[BatchProgressed]:
    rows = gateway.rows("SELECT body FROM outbox WHERE routing_key LIKE 'batch_progressed%' ORDER BY id")
    events = [BatchProgressed.model_validate_json(bytes(row.body)) for row in rows]
    return [e for e in events if e.batch == batch]


def test_each_contact_is_texted_once_in_its_language(gateway: Gateway) -> None:
    arabic, english = a_number(), a_number()
    contacts = [gateway.know(arabic), gateway.know(english, language="en")]
    notice = gateway.notify(contacts)
    gateway.send()
    assert "لقاء عام" in gateway.phone(arabic)[0]
    assert "Public information meeting" in gateway.phone(english)[0]
    assert progress(gateway, notice) == {"handed_over": 2}


def test_the_same_batch_again_texts_nobody_twice(gateway: Gateway) -> None:
    number = a_number()
    batch, contacts = uuid4(), [gateway.know(number)]
    notice = gateway.notify(contacts, batch=batch)
    gateway.send()
    gateway.notify(contacts, batch=batch, notice=notice)
    gateway.send()
    assert len(gateway.phone(number)) == 1
    assert progress(gateway, notice) == {"handed_over": 1}


def test_who_is_unknown_or_stopped_is_counted_as_refused(gateway: Gateway) -> None:
    stopped, unverified = a_number(), a_number()
    gateway.opt_out(stopped, confirmed_by_carrier=True)
    contacts = [uuid4(), gateway.know(stopped), gateway.know(unverified, is_verified=False), gateway.know()]
    notice = gateway.notify(contacts)
    assert progress(gateway, notice) == {"refused": 2, "waiting": 2}
    gateway.send()
    assert progress(gateway, notice) == {"refused": 3, "handed_over": 1}
    assert gateway.phone(stopped) == gateway.phone(unverified) == []


def test_progress_is_told_as_it_changes_and_no_oftener_than_once_a_second(gateway: Gateway) -> None:
    number, batch = a_number(), uuid4()
    notice = gateway.notify([gateway.know(number), gateway.know()], batch=batch)
    sender = gateway.sender()
    sender.chores.do()
    sender.chores.do()
    assert [t.counts["waiting"] for t in told(gateway, batch)] == [2]

    sender.run_once()
    assert len(told(gateway, batch)) == 1, "within the same second"
    gateway.clock.turn(seconds=2)
    sender.chores.do()
    assert told(gateway, batch)[-1].counts["handed_over"] == 2

    (row,) = [t for t in gateway.simulator.exported() if t["to"] == number]
    text = gateway.rows("SELECT id FROM outgoing_text WHERE carrier_id = :sid", sid=row["sid"])[0].id
    gateway.hear(RecordDelivery(carrier_id=row["sid"], text=text, status="delivered"))
    gateway.clock.turn(seconds=2)
    sender.chores.do()
    sender.chores.do()
    sender.finish()
    last = told(gateway, batch)[-1]
    assert last.counts == {
        "waiting": 0, "handed_over": 1, "delivered": 1, "failed": 0, "expired": 0, "refused": 0, "unsettled": 0,
    }  # fmt: skip
    assert [t.version for t in told(gateway, batch)] == [1, 2, 3]
    assert last.notice == notice


def test_a_resync_tells_what_was_last_told(gateway: Gateway) -> None:
    from services.gateway.resync import states
    from shared.messages.gateway import OptOutChanged

    batch = uuid4()
    gateway.notify([gateway.know()], batch=batch)
    gateway.opt_out(a_number(), confirmed_by_carrier=True)
    gateway.send()
    with gateway.session() as db:
        events = list(states(db))
    progressed = [e for e in events if isinstance(e, BatchProgressed)]
    assert progressed == told(gateway, batch)[-1:]
    assert [e.is_stopped for e in events if isinstance(e, OptOutChanged)] == [True]


def test_what_expired_is_counted(gateway: Gateway) -> None:
    notice = gateway.notify([gateway.know()])
    gateway.clock.turn(days=2)
    gateway.send()
    assert progress(gateway, notice) == {"expired": 1}

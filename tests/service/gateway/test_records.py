"""What is kept of texts, for whom, and for how long."""

from datetime import timedelta
from uuid import uuid4

import pytest

from services.gateway import for_staff, inbound
from services.gateway.retention import erase_old
from shared.messages.gateway import RecordInbound, Template
from shared.sealing import keys
from tests.service.gateway.builders import REFERENCE, Gateway, a_number


def test_a_text_that_came_in_is_kept_once_and_sealed(gateway: Gateway) -> None:
    number = a_number()
    command = RecordInbound(
        carrier_id="SM" + "c" * 32,
        phone=keys().seal_for_gateway(number),
        phone_index=keys().phone_index(number),
        body=keys().seal_for_gateway("حالة"),
        keyword="status",
    )
    gateway.apply(inbound.record_inbound, command, command)
    gateway.apply(inbound.record_inbound, command)
    (row,) = gateway.rows("SELECT * FROM incoming_text")
    assert keys().unseal_as_gateway(row.sealed_body) == "حالة"
    assert number not in str(row)


def test_staff_see_which_texts_a_contact_got_and_not_their_words(gateway: Gateway) -> None:
    contact = gateway.know()
    gateway.ask(contact)
    gateway.clock.turn(minutes=1)
    gateway.ask(contact, Template.CONTACT_US, text_class="case")
    gateway.send()
    with gateway.session() as db:
        newest, oldest = for_staff.texts_of(db, str(contact))
    assert (newest["template"], oldest["template"]) == ("contact_us", "registered")
    assert newest["state"] == "handed_over"
    assert REFERENCE not in str((newest, oldest))


def test_staff_see_how_the_carrier_does(gateway: Gateway) -> None:
    gateway.ask(gateway.know())
    with gateway.session() as db:
        before = for_staff.carrier_health(db)
    gateway.send()
    with gateway.session() as db:
        after = for_staff.carrier_health(db)
    assert (before["waiting"], before["handed_over"]) == (1, 0)
    assert before["oldest_waiting_s"] >= 0
    assert (after["waiting"], after["handed_over"]) == (0, 1)
    assert after["last_handed_over_at"]


def test_staff_see_what_nobody_can_settle(gateway: Gateway) -> None:
    contact = gateway.know()
    text = gateway.ask(contact)
    with gateway.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE outgoing_text SET state = 'unsettled', reason = 'carrier_silent', claimed_at = now()"
        )
    with gateway.session() as db:
        (row,) = for_staff.texts_unsettled(db)
    assert (row["id"], row["contact"], row["reason"]) == (str(text), str(contact), "carrier_silent")


def test_a_day_s_tally_counts_what_was_asked_that_day(gateway: Gateway) -> None:
    gateway.ask(gateway.know())
    since = gateway.clock() + timedelta(hours=12)
    gateway.clock.turn(days=1)
    gateway.ask(gateway.know())
    with gateway.session() as db:
        assert for_staff.tally(db)["asked"] == 2
        assert for_staff.tally(db, since=since)["asked"] == 1


def test_values_and_phones_are_erased_once_they_are_old(gateway: Gateway) -> None:
    number = a_number()
    kept = gateway.ask(gateway.know())
    gateway.ask(None, Template.HELP, values={}, phone=keys().seal_for_gateway(number), language="en")
    gateway.send()
    with gateway.session() as db:
        assert erase_old(db) == 0
        db.commit()

    gateway.clock.turn(days=31)
    waiting = gateway.ask(gateway.know())
    with gateway.session() as db:
        assert erase_old(db) == 2
        assert erase_old(db) == 0
        db.commit()
    row = gateway.text(kept)
    assert (row.values, row.sealed_phone, row.body_digest) == ({}, None, None)
    assert row.state == "handed_over"
    assert gateway.text(waiting).values == {"ref": REFERENCE}


def test_a_one_time_code_is_erased_as_soon_as_it_is_dead(gateway: Gateway) -> None:
    sealed = {"code": keys().seal_for_gateway("048213")}
    text = gateway.ask(gateway.know(), Template.OTP, values={}, sealed_values=sealed, text_class="code")
    gateway.send()
    gateway.clock.turn(hours=2)
    with gateway.session() as db:
        erase_old(db)
        db.commit()
    assert gateway.text(text).sealed_values == {}


def test_an_incoming_text_is_erased_once_it_is_old(gateway: Gateway) -> None:
    phone = keys().seal_for_gateway("+9647701234567")
    command = RecordInbound(carrier_id="SM" + "d" * 32, phone=phone, phone_index="0" * 64, body=phone, keyword="help")
    gateway.apply(inbound.record_inbound, command)
    gateway.clock.turn(days=31)
    with gateway.session() as db:
        erase_old(db)
        db.commit()
    (row,) = gateway.rows("SELECT * FROM incoming_text")
    assert (row.sealed_body, row.sealed_phone) == (None, "")


def test_a_phone_that_is_not_the_one_of_its_index_is_never_kept(gateway: Gateway) -> None:
    from services.gateway import address_book
    from shared.messages.reports import ContactChanged, ContactDetails

    details = ContactDetails(
        contact=uuid4(), phone=keys().seal_for_gateway(a_number()), phone_index="0" * 64, is_verified=True
    )
    with gateway.session() as db, pytest.raises(address_book.PhoneUnreadable):
        address_book.keep_contact(db, ContactChanged(reference=REFERENCE, version=1, details=details))
    assert gateway.rows("SELECT FROM contact") == []


def test_a_contact_may_lose_its_phone(gateway: Gateway) -> None:
    from services.gateway import address_book
    from shared.messages.reports import ContactChanged, ContactDetails

    contact = gateway.know()
    text = gateway.ask(contact)
    without = ContactChanged(reference=REFERENCE, version=2, details=ContactDetails(contact=contact))
    with gateway.session() as db:
        address_book.keep_contact(db, without)
        db.commit()
    gateway.send()
    assert gateway.text(text).state == "waiting"

"""What the carrier tells of a text: any order, repeated, early, late, and for nobody we know."""

from random import Random
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.messages.gateway import RecordDelivery
from tests.service.gateway.builders import Gateway, a_number

JOURNEY = [
    ("queued", None),
    ("sending", None),
    ("sent", None),
    ("undelivered", 30003),
    ("failed", None),
    ("delivered", None),
    ("canceled", 30410),
    ("sent_on_to_mars", None),
]


def a_carrier_id() -> str:
    return f"SM{uuid4().hex}"


def told(carrier_id: str, status: str, text: UUID | None = None, error: int | None = None) -> RecordDelivery:
    return RecordDelivery(carrier_id=carrier_id, text=text, status=status, error_code=error)


def sent(gateway: Gateway) -> tuple[UUID, str]:
    text = gateway.ask(gateway.know())
    gateway.send()
    return text, str(gateway.text(text).carrier_id)


def test_a_text_only_moves_forward(gateway: Gateway) -> None:
    text, sid = sent(gateway)
    for status in ("delivered", "sent", "queued"):
        gateway.hear(told(sid, status, text))
    assert gateway.text(text).carrier_status == "delivered"


def test_a_failure_keeps_its_code_when_a_later_word_has_none(gateway: Gateway) -> None:
    text, sid = sent(gateway)
    gateway.hear(told(sid, "undelivered", text, 30003))
    gateway.hear(told(sid, "failed", text))
    row = gateway.text(text)
    assert row.carrier_error == 30003
    assert row.carrier_rank == 6


def test_a_status_is_kept_once(gateway: Gateway) -> None:
    text, sid = sent(gateway)
    gateway.hear(*[told(sid, "delivered", text)] * 3)
    version = gateway.text(text).version
    gateway.hear(told(sid, "delivered", text))
    assert len(gateway.rows("SELECT FROM delivery_event")) == 1
    assert gateway.text(text).version == version


def test_a_word_that_is_a_day_late_counts(gateway: Gateway) -> None:
    text, sid = sent(gateway)
    gateway.clock.turn(days=1)
    gateway.hear(told(sid, "delivered", text))
    assert gateway.text(text).carrier_status == "delivered"


def test_an_id_that_nobody_knows_is_kept_and_changes_nothing(gateway: Gateway) -> None:
    text, _ = sent(gateway)
    before = gateway.text(text)
    gateway.hear(told(a_carrier_id(), "delivered", uuid4()), told(a_carrier_id(), "failed"))
    assert len(gateway.rows("SELECT FROM delivery_event")) == 2
    assert gateway.text(text) == before


def test_a_word_without_our_id_that_came_first_counts_once_the_text_is_known(gateway: Gateway) -> None:
    from services.gateway.sending.outcomes import HandedOver, hand_over

    text, sid = gateway.ask(gateway.know()), a_carrier_id()
    gateway.hear(told(sid, "delivered"))
    with gateway.session() as db:
        hand_over(db, [HandedOver(text, sid, "queued")])
        db.commit()
    assert gateway.text(text).carrier_status == "delivered"


@pytest.mark.parametrize("status", ["queued", "sent", "delivered"])
def test_a_word_that_comes_before_our_own_commit_hands_the_text_over(gateway: Gateway, status: str) -> None:
    text, sid = gateway.ask(gateway.know()), a_carrier_id()
    gateway.hear(told(sid, status, text))
    row = gateway.text(text)
    assert (row.state, row.carrier_id, row.carrier_status) == ("handed_over", sid, status)


def test_a_text_under_two_ids_is_counted_as_sent_twice(gateway: Gateway) -> None:
    from services.gateway.metrics import sent_twice

    before = sent_twice._value.get()  # pyright: ignore[reportPrivateUsage]
    text, sid = sent(gateway)
    gateway.hear(told(sid, "sent", text))
    assert sent_twice._value.get() == before  # pyright: ignore[reportPrivateUsage]
    gateway.hear(told(a_carrier_id(), "sent", text))
    assert sent_twice._value.get() == before + 1  # pyright: ignore[reportPrivateUsage]
    assert gateway.text(text).carrier_id == sid


def test_a_phone_that_the_carrier_found_stopped_is_stopped_here(gateway: Gateway) -> None:
    number = a_number()
    contact = gateway.know(number)
    text = gateway.ask(contact)
    gateway.send()
    gateway.hear(told(str(gateway.text(text).carrier_id), "undelivered", text, 21610))
    refused = gateway.ask(contact)
    gateway.send()
    assert gateway.text(refused).reason == "opted_out"
    assert len(gateway.rows("SELECT FROM outbox WHERE routing_key = 'opt_out_changed'")) == 1


Words = list[tuple[str, int | None]]
ORDERS = st.lists(st.sampled_from(JOURNEY), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(words=ORDERS, rng=st.randoms(use_true_random=False), at_once=st.booleans())
def test_the_end_does_not_depend_on_the_order(gateway: Gateway, words: Words, rng: Random, at_once: bool) -> None:
    ends: list[object] = []
    for _ in range(2):
        text, sid = gateway.ask(gateway.know()), a_carrier_id()
        messages = [told(sid, status, text, error) for status, error in words]
        gateway.hear(*messages) if at_once else [gateway.hear(m) for m in messages]
        row = gateway.text(text)
        ends.append((row.state, row.carrier_status, row.carrier_rank, row.carrier_error))
        rng.shuffle(words)
    assert ends[0] == ends[1]

"""A carrier that is busy, silent, broken or cut off: each text is handed over once, or it is known where it stands."""

from datetime import timedelta

import pytest

from infra.local.ports import free_ports
from services.gateway.sending.lease import Lease
from shared.messages.gateway import RecordDelivery
from shared.messages.model import Lane
from tests.service.gateway.builders import Gateway, a_number

TRIES = 12


def settle(gateway: Gateway, **changes: object) -> None:
    """Let the leases run out, and look at the carrier until nothing is open."""
    for _ in range(TRIES):
        gateway.clock.turn(seconds=70)
        gateway.send(**changes)
        if not {"waiting", "sending"} & gateway.states().keys():
            return
    raise AssertionError(gateway.states())


def test_a_busy_carrier_is_asked_again(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(gateway.know(number))
    gateway.simulator.put("/simulator/faults", error_429=1)
    gateway.send()
    row = gateway.text(text)
    assert (row.state, row.reason) == ("waiting", "busy")
    assert row.due_at > gateway.clock()

    gateway.simulator.put("/simulator/faults")
    gateway.clock.turn(seconds=5)
    gateway.send()
    assert len(gateway.phone(number)) == 1


def test_a_carrier_that_cannot_be_reached_surely_has_nothing(gateway: Gateway) -> None:
    text = gateway.ask(gateway.know())
    gateway.send(twilio_api_base_url=f"http://127.0.0.1:{free_ports(1)[0]}")
    assert (gateway.text(text).state, gateway.text(text).reason) == ("waiting", "unreachable")


def test_wrong_credentials_cost_no_text(gateway: Gateway) -> None:
    text = gateway.ask(gateway.know())
    gateway.send(twilio_account_sid="AC" + "0" * 32)
    assert (gateway.text(text).state, gateway.text(text).reason) == ("waiting", "account")


def test_urgent_texts_never_wait_long_for_another_try(gateway: Gateway) -> None:
    text = gateway.ask(gateway.know(), lane=Lane.URGENT)
    gateway.simulator.put("/simulator/faults", error_429=1)
    for _ in range(6):
        gateway.send()
        assert gateway.text(text).due_at - gateway.clock() <= timedelta(seconds=4)
        gateway.clock.turn(seconds=4)


def test_a_landline_is_final(gateway: Gateway) -> None:
    text = gateway.ask(gateway.know("+96417712345"))
    gateway.send()
    assert (gateway.text(text).state, gateway.text(text).reason) == ("refused", "carrier_21614")


@pytest.mark.parametrize("fault", ["accept_then_cut", "accept_then_500"])
def test_a_text_that_the_carrier_took_before_the_line_broke_is_found_and_not_sent_again(
    gateway: Gateway, fault: str
) -> None:
    number = a_number()
    text = gateway.ask(gateway.know(number))
    gateway.simulator.put("/simulator/faults", **{fault: 1})
    gateway.send()
    assert gateway.text(text).state == "sending"

    gateway.simulator.put("/simulator/faults")
    settle(gateway)
    (sent,) = gateway.simulator.phone(number)
    row = gateway.text(text)
    assert (row.state, row.carrier_id, row.attempts) == ("handed_over", sent["sid"], 1)


@pytest.mark.parametrize("fault", ["error_500", "no_answer"])
def test_a_text_that_the_carrier_surely_does_not_have_is_sent_again(gateway: Gateway, fault: str) -> None:
    number = a_number()
    text = gateway.ask(gateway.know(number))
    gateway.simulator.put("/simulator/faults", **{fault: 1})
    gateway.send(carrier_timeout_s=0.5)
    assert gateway.text(text).state == "sending"

    gateway.simulator.put("/simulator/faults")
    settle(gateway)
    assert len(gateway.phone(number)) == 1
    assert (gateway.text(text).state, gateway.text(text).attempts) == ("handed_over", 2)


def test_nothing_is_sent_again_before_the_carrier_was_asked(gateway: Gateway) -> None:
    number = a_number()
    gateway.ask(gateway.know(number))
    gateway.simulator.put("/simulator/faults", accept_then_500=1)
    for _ in range(3):
        gateway.send()
        gateway.clock.turn(seconds=2)
    assert len(gateway.phone(number)) == 1


def test_a_callback_settles_without_asking(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(gateway.know(number))
    gateway.simulator.put("/simulator/faults", accept_then_cut=1)
    gateway.send()
    sid = gateway.simulator.phone(number)[0]["sid"]
    gateway.hear(RecordDelivery(carrier_id=sid, text=text, status="sent"))
    assert (gateway.text(text).state, gateway.text(text).carrier_id) == ("handed_over", sid)


def test_while_the_carrier_is_silent_the_question_waits(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(gateway.know(number))
    gateway.simulator.put("/simulator/faults", accept_then_cut=1)
    gateway.send()
    gateway.simulator.put("/simulator/faults", error_500=1)
    gateway.clock.turn(seconds=70)
    gateway.send()
    assert gateway.text(text).state == "sending"

    gateway.simulator.put("/simulator/faults")
    settle(gateway)
    assert len(gateway.phone(number)) == 1
    assert gateway.text(text).state == "handed_over"


def test_a_carrier_that_stays_silent_leaves_the_text_to_a_person(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(gateway.know(number), not_after=gateway.clock() + timedelta(days=3))
    gateway.simulator.put("/simulator/faults", accept_then_cut=1)
    gateway.send()
    gateway.simulator.put("/simulator/faults", error_500=1)
    sender = gateway.sender()
    for _ in range(15):
        gateway.clock.turn(seconds=700)
        sender.chores.do()
    sender.finish()
    assert (gateway.text(text).state, gateway.text(text).reason) == ("unsettled", "carrier_silent")

    gateway.simulator.put("/simulator/faults")
    gateway.clock.turn(hours=1)
    gateway.send()
    assert len(gateway.phone(number)) == 1, "never sent again by itself"


def test_an_unsettled_text_is_settled_when_the_carrier_speaks(gateway: Gateway) -> None:
    text = gateway.ask(gateway.know())
    gateway.rows("SELECT 1")
    with gateway.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE outgoing_text SET state = 'unsettled', reason = 'carrier_silent'")
    gateway.hear(RecordDelivery(carrier_id="SM" + "a" * 32, text=text, status="delivered"))
    row = gateway.text(text)
    assert (row.state, row.reason, row.carrier_status) == ("handed_over", None, "delivered")


def test_a_text_that_was_never_accepted_is_not_tried_for_ever(gateway: Gateway) -> None:
    text = gateway.ask(gateway.know(), not_after=gateway.clock() + timedelta(days=3))
    for _ in range(6):
        gateway.simulator.put("/simulator/faults", error_500=1)
        gateway.send()
        gateway.simulator.put("/simulator/faults")
        gateway.clock.turn(seconds=70)
        sender = gateway.sender()
        sender.chores.do()
        sender.finish()
    row = gateway.text(text)
    assert (row.state, row.reason, row.attempts) == ("unsettled", "tried_too_often", 4)


def test_a_dead_code_is_not_sent_again(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(gateway.know(number), text_class="code", not_after=gateway.clock() + timedelta(seconds=30))
    gateway.simulator.put("/simulator/faults", error_500=1)
    gateway.send()
    gateway.simulator.put("/simulator/faults")
    settle(gateway)
    assert gateway.text(text).state == "expired"
    assert gateway.phone(number) == []


def test_a_number_that_changed_meanwhile_is_left_to_a_person(gateway: Gateway) -> None:
    old, new = a_number(), a_number()
    contact = gateway.know(old)
    text = gateway.ask(contact)
    gateway.simulator.put("/simulator/faults", accept_then_cut=1)
    gateway.send()
    gateway.simulator.put("/simulator/faults")
    gateway.know(new, contact=contact, version=2)
    settle(gateway)
    assert (gateway.text(text).state, gateway.text(text).reason) == ("unsettled", "number_changed")
    assert (len(gateway.phone(old)), gateway.phone(new)) == (1, [])


def test_the_same_words_sent_before_are_not_taken_for_it(gateway: Gateway) -> None:
    number = a_number()
    contact = gateway.know(number)
    gateway.ask(contact)
    gateway.send()
    text = gateway.ask(contact)
    gateway.simulator.put("/simulator/faults", error_500=1)
    gateway.send()
    gateway.simulator.put("/simulator/faults")
    settle(gateway)
    assert len(gateway.phone(number)) == 2
    assert gateway.text(text).attempts == 2


def test_a_sender_whose_time_is_over_sends_nothing(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(gateway.know(number))
    sender = gateway.sender(lease=Lease(begin_within_s=-1, lasts=timedelta(seconds=1)))
    sender.run_once()
    sender.finish()
    assert gateway.phone(number) == []
    assert (gateway.text(text).state, gateway.text(text).reason) == ("waiting", "lease_over")


def test_a_late_no_does_not_touch_what_others_have_taken_over(gateway: Gateway) -> None:
    from services.gateway.carrier.port import NotNow, Refused
    from services.gateway.sending.judging import Ready
    from services.gateway.sending.outcomes import Ended, write_outcomes
    from services.gateway.sending.settling import take_over

    text = gateway.ask(gateway.know())
    sender = gateway.sender()
    with gateway.session() as db:
        (ready,) = sender._claim_in(db, 1)
        db.commit()
    assert isinstance(ready, Ready)
    gateway.clock.turn(seconds=70)
    with gateway.session() as db:
        take_over(db)
        write_outcomes(db, [Ended(ready, Refused(21211)), Ended(ready, NotNow("busy"))])
        db.commit()
    sender.finish()
    assert gateway.text(text).state == "sending"


def test_a_late_yes_is_true_whoever_has_taken_over(gateway: Gateway) -> None:
    from services.gateway.carrier.port import Accepted
    from services.gateway.sending.judging import Ready
    from services.gateway.sending.outcomes import Ended, write_outcomes
    from services.gateway.sending.settling import take_over

    text, sid = gateway.ask(gateway.know()), "SM" + "b" * 32
    sender = gateway.sender()
    with gateway.session() as db:
        (ready,) = sender._claim_in(db, 1)
        db.commit()
    assert isinstance(ready, Ready)
    gateway.clock.turn(seconds=70)
    with gateway.session() as db:
        take_over(db)
        write_outcomes(db, [Ended(ready, Accepted(sid, "queued"))])
        db.commit()
    sender.finish()
    assert (gateway.text(text).state, gateway.text(text).carrier_id) == ("handed_over", sid)


def test_a_campaign_through_a_bad_line_texts_everybody_once(gateway: Gateway) -> None:
    numbers = [a_number() for _ in range(150)]
    gateway.notify([gateway.know(n) for n in numbers])
    faults = {"error_429": 0.1, "error_500": 0.1, "accept_then_cut": 0.1, "accept_then_500": 0.1}
    gateway.simulator.put("/simulator/faults", **faults)
    gateway.send()
    gateway.simulator.put("/simulator/faults")
    settle(gateway)
    sent = [t["to"] for t in gateway.simulator.exported() if t["to"] in set(numbers)]
    assert sorted(sent) == sorted(numbers)
    assert gateway.states() == {"handed_over": 150}

"""STOP and START: by number, for everybody who shares it."""

from shared.messages.gateway import Template
from shared.messages.model import Lane
from tests.service.gateway.builders import Gateway, a_number


def test_the_confirmation_leaves_although_the_phone_is_stopped(gateway: Gateway) -> None:
    number = a_number()
    gateway.opt_out(number, "en")
    gateway.send()
    (confirmation,) = gateway.phone(number)
    assert confirmation.startswith("You will get no more messages from us.")


def test_a_confirmation_by_the_carrier_is_enough(gateway: Gateway) -> None:
    number = a_number()
    gateway.opt_out(number, confirmed_by_carrier=True)
    gateway.send()
    assert gateway.phone(number) == []


def test_everybody_who_shares_the_phone_is_stopped(gateway: Gateway) -> None:
    number = a_number()
    wife, brother = gateway.know(number), gateway.know(number)
    gateway.opt_out(number, confirmed_by_carrier=True)
    texts = [gateway.ask(wife), gateway.ask(brother, text_class="case", template=Template.CONTACT_US)]
    gateway.send()
    assert gateway.phone(number) == []
    assert {gateway.text(t).reason for t in texts} == {"opted_out"}


def test_a_text_that_waits_does_not_leave_after_stop(gateway: Gateway) -> None:
    number = a_number()
    text = gateway.ask(gateway.know(number))
    gateway.opt_out(number, confirmed_by_carrier=True)
    gateway.send()
    assert gateway.text(text).reason == "opted_out"


def test_start_lets_texts_through_again_and_says_so(gateway: Gateway) -> None:
    number = a_number()
    contact = gateway.know(number, language="en")
    gateway.opt_out(number, "en", confirmed_by_carrier=True)
    gateway.opt_in(number, "en")
    gateway.send()
    gateway.ask(contact)
    gateway.send()
    first, second = gateway.phone(number)
    assert first.startswith("You will get our messages again.")
    assert second.startswith("Your request is registered.")


def test_each_change_is_told_once_with_a_growing_version(gateway: Gateway) -> None:
    number = a_number()
    gateway.opt_out(number)
    gateway.opt_out(number)
    gateway.opt_in(number)
    told = [
        row.body
        for row in gateway.rows(
            "SELECT convert_from(body, 'UTF8')::jsonb AS body FROM outbox WHERE routing_key = 'opt_out_changed' "
            "ORDER BY id"
        )
    ]
    assert [(t["version"], t["is_stopped"]) for t in told] == [(1, True), (2, False)]


def test_stop_asked_for_twice_is_confirmed_twice(gateway: Gateway) -> None:
    number = a_number()
    gateway.opt_out(number, "en")
    gateway.send()
    gateway.opt_out(number, "en")
    gateway.send()
    assert len(gateway.phone(number)) == 2


def test_a_phone_that_the_carrier_has_stopped_is_stopped_here(gateway: Gateway) -> None:
    number = a_number()
    gateway.simulator.put(f"/simulator/phones/{number}", opted_out=True)
    gateway.simulator.put("/simulator/behaviour", pace=0, callbacks=False, handles_opt_out=True)
    first = gateway.ask(gateway.know(number))
    gateway.send()
    second = gateway.ask(gateway.know(number), lane=Lane.URGENT)
    gateway.send()
    assert gateway.text(first).reason == "carrier_21610"
    assert gateway.text(second).reason == "opted_out"

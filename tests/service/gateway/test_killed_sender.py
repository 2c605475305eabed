"""A sender process that is killed, or stopped and woken up too late: no text twice, none lost."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from shared.messages.gateway import Template
from shared.messages.model import Lane
from shared.settings import settings
from tests.service.carrier_simulator import ACCOUNT, NUMBER, TOKEN
from tests.service.gateway.builders import Gateway, a_number
from tests.waiting import eventually


@contextmanager
def sender_process(gateway: Gateway, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    database = str(gateway.engine.url.database)
    environment = os.environ | {
        "SILA_DATABASE_URL": settings().database_url,
        "SILA_DATABASE_PREFIX": database.removesuffix("gateway"),
        "SILA_QUIET_HOURS": "false",
        "SILA_CARRIER_SEGMENTS_PER_S": "100000",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "SILA_TWILIO_NUMBER": NUMBER,
        "TWILIO_API_BASE_URL": gateway.simulator.url,
        **variables,
    }
    process = subprocess.Popen([sys.executable, "-m", "tests.service.gateway.sender_process"], env=environment)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.wait()


def received(gateway: Gateway, numbers: list[str]) -> list[str]:
    mine = set(numbers)
    return [t["to"] for t in gateway.simulator.exported() if t["to"] in mine]


def come_to_rest(gateway: Gateway) -> None:
    """Let the carrier finish the calls of a process that is gone: a turned clock does not wait for them."""
    seen: list[tuple[float, int]] = []

    def is_at_rest() -> bool:
        seen.append((time.monotonic(), gateway.simulator.get("/simulator/messages")["to_phones"]))
        unchanged_since = next(at for at, count in seen if count == seen[-1][1])
        return seen[-1][0] - unchanged_since > 1

    assert eventually(is_at_rest, limit_s=60)


@pytest.mark.parametrize("after", [1, 100])
def test_a_sender_killed_in_the_middle_costs_nothing_and_doubles_nothing(gateway: Gateway, after: int) -> None:
    numbers = [a_number() for _ in range(300)]
    gateway.notify([gateway.know(n) for n in numbers[:150]])
    gateway.notify([gateway.know(n) for n in numbers[150:]])
    before = gateway.simulator.get("/simulator/messages")["to_phones"]
    gateway.simulator.put("/simulator/faults", delay_ms=30)
    with sender_process(gateway) as process:
        assert eventually(
            lambda: gateway.simulator.get("/simulator/messages")["to_phones"] >= before + after, 60, pause_s=0.01
        )
        process.kill()
        process.wait()
    killed_at = gateway.clock()
    come_to_rest(gateway)
    left = gateway.states()
    assert left.get("sending", 0) > 0, "it was killed while texts were in its hands"
    assert left.get("handed_over", 0) < 300

    gateway.simulator.put("/simulator/faults")
    gateway.clock.turn_to(killed_at)
    gateway.send()
    assert gateway.states().get("sending", 0) == left["sending"], "nothing is sent again before its lease is over"
    for _ in range(10):
        gateway.clock.turn(seconds=70)
        gateway.send()
    assert sorted(received(gateway, numbers)) == sorted(numbers)
    assert gateway.states() == {"handed_over": 300}


def test_a_sender_that_slept_past_its_time_sends_nothing(gateway: Gateway) -> None:
    """It is stopped with claimed texts in its hands, others settle and send them, and then it wakes up."""
    numbers = [a_number() for _ in range(40)]
    for number in numbers:
        gateway.ask(gateway.know(number, language="en"), Template.HELP, values={})
    gateway.simulator.put("/simulator/faults", delay_ms=400)
    with sender_process(gateway, SILA_CARRIER_TIMEOUT_S="0.5") as process:
        assert eventually(lambda: len(received(gateway, numbers)) >= 2, 60, pause_s=0.01)
        process.send_signal(signal.SIGSTOP)
        stopped = time.monotonic()
        in_hand = gateway.states()["sending"]
        assert in_hand > 2

        come_to_rest(gateway)
        gateway.simulator.put("/simulator/faults")
        for _ in range(4):
            gateway.clock.turn(seconds=70)
            gateway.send()
        assert sorted(received(gateway, numbers)) == sorted(numbers)

        begin_within_s = 10.5
        assert eventually(lambda: time.monotonic() - stopped > begin_within_s + 0.5, limit_s=60)
        process.send_signal(signal.SIGCONT)
        gateway.clock.ahead = timedelta()  # the process has the real time
        later = gateway.ask(gateway.know(), lane=Lane.URGENT)
        assert eventually(lambda: gateway.text(later).state == "handed_over", limit_s=60)
    assert sorted(received(gateway, numbers)) == sorted(numbers)
    assert gateway.states() == {"handed_over": 41}

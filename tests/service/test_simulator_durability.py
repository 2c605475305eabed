"""What the simulator accepted survives its own death, and its faults are those that were asked for."""

import base64
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from requests.exceptions import ChunkedEncodingError, ReadTimeout
from requests.exceptions import ConnectionError as LineCut
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.service.carrier_simulator import (
    ACCOUNT,
    NUMBER,
    TOKEN,
    Receiver,
    Simulator,
    all_at_once,
    running_simulator,
)
from tests.waiting import eventually

PHONE = "+9647701234567"


def numbered(n: int) -> str:
    return f"+96477{n:08d}"


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("faulty")) as running:
        yield running


def test_no_accepted_text_is_lost_by_kill_9(tmp_path: Path) -> None:
    accepted: list[str] = []

    def send(simulator: Simulator, n: int) -> None:
        if n == 150:
            simulator.kill()
        try:
            client = simulator.client()
            accepted.append(str(client.messages.create(to=numbered(n), from_=NUMBER, body=str(n)).sid))
        except (LineCut, ChunkedEncodingError):  # the second where the answer's first half had come
            pass

    with running_simulator(tmp_path) as simulator:
        all_at_once([lambda n=n: send(simulator, n) for n in range(200)])
        assert len(accepted) > 50
        simulator.start()
        kept = {text["sid"]: text for text in simulator.exported()}
        assert set(accepted) <= set(kept)
        assert eventually(lambda: simulator.get("/simulator/messages")["by_status"].keys() == {"delivered"})
        fresh = simulator.client().messages.create(to=PHONE, from_=NUMBER, body="after").sid
        assert fresh not in kept


def test_a_line_cut_by_a_crash_is_dropped_and_the_rest_kept(tmp_path: Path) -> None:
    with running_simulator(tmp_path) as simulator:
        sid = simulator.client().messages.create(to=PHONE, from_=NUMBER, body="whole").sid
        simulator.kill()
        with (tmp_path / "carrier.jsonl").open("ab") as journal:
            journal.write(b'{"text":{"number":99,"sid":"SM')
        simulator.start()
        simulator.client().messages.create(to=PHONE, from_=NUMBER, body="more")
        simulator.kill()
        simulator.start()
        assert [text["body"] for text in simulator.phone(PHONE)] == ["whole", "more"]
        assert simulator.client().messages(str(sid)).fetch().body == "whole"


def test_callbacks_that_a_crash_swallowed_are_made_after_it(tmp_path: Path) -> None:
    with Receiver() as receiver, running_simulator(tmp_path, receiver.url, "--pace", "3") as simulator:
        sid = (
            simulator.client()
            .messages.create(to=PHONE, from_=NUMBER, body="x", status_callback=f"{receiver.url}/status")
            .sid
        )
        simulator.kill()
        simulator.start()
        simulator.put("/simulator/behaviour", pace=0)
        told = lambda: {(c.fields["MessageSid"], c.fields["MessageStatus"]) for c in receiver.calls}  # noqa: E731
        assert eventually(lambda: (sid, "delivered") in told(), limit_s=30)


def test_phones_faults_and_behaviour_outlive_a_crash(tmp_path: Path) -> None:
    with running_simulator(tmp_path) as simulator:
        simulator.put(f"/simulator/phones/{PHONE}", reachable=False)
        simulator.put("/simulator/faults", error_429=0.5)
        simulator.put("/simulator/behaviour", repeated=0.7)
        simulator.kill()
        simulator.start()
        assert simulator.get(f"/simulator/phones/{PHONE}")["reachable"] is False
        assert simulator.get("/simulator/faults")["error_429"] == 0.5
        assert simulator.get("/simulator/behaviour")["repeated"] == 0.7


def test_forgetting_empties_every_phone_for_good(tmp_path: Path) -> None:
    with running_simulator(tmp_path) as simulator:
        simulator.client().messages.create(to=PHONE, from_=NUMBER, body="x")
        httpx.delete(f"{simulator.url}/simulator/phones").raise_for_status()
        simulator.kill()
        simulator.start()
        assert simulator.get("/simulator/phones") == []
        assert simulator.client().messages.list() == []


@pytest.mark.parametrize(
    ("fault", "code", "kept"), [("error_429", 20429, 0), ("error_500", 20500, 0), ("accept_then_500", 20500, 1)]
)
def test_an_error_that_is_asked_for_is_answered(faulty: Simulator, fault: str, code: int, kept: int) -> None:
    faulty.reset()
    faulty.put("/simulator/faults", **{fault: 1})
    with pytest.raises(TwilioRestException) as raised:
        faulty.client().messages.create(to=PHONE, from_=NUMBER, body="x")
    assert raised.value.code == code
    assert len(faulty.phone(PHONE)) == kept


@pytest.mark.parametrize(("fault", "error", "kept"), [("no_answer", ReadTimeout, 0), ("accept_then_cut", LineCut, 1)])
def test_a_line_goes_dead_before_or_after_acceptance(
    faulty: Simulator, fault: str, error: type[Exception], kept: int
) -> None:
    faulty.reset()
    faulty.put("/simulator/faults", **{fault: 1})
    client = Client(ACCOUNT, TOKEN, http_client=TwilioHttpClient(timeout=0.5))
    client.api.base_url = faulty.url
    with pytest.raises(error):
        client.messages.create(to=PHONE, from_=NUMBER, body="x")
    assert len(faulty.phone(PHONE)) == kept


def test_a_fault_that_does_not_exist_is_refused(faulty: Simulator) -> None:
    faulty.reset()
    answer = httpx.put(f"{faulty.url}/simulator/faults", json={"error_418": 1})
    assert answer.status_code == 422


def ended_start(directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "infra.simulator", "--port", "0", "--directory", str(directory)]
    credentials = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN}
    environment = os.environ | credentials | environment
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"SILA_ENVIRONMENT": "production"}, "never runs in production"),
        ({"TWILIO_AUTH_TOKEN": ""}, "TWILIO_AUTH_TOKEN"),
    ],
)
def test_a_start_that_must_not_be_says_why_and_leaves_nothing(
    tmp_path: Path, environment: dict[str, str], message: str
) -> None:
    ended = ended_start(tmp_path / "none", **environment)
    assert ended.returncode == 1
    assert message in ended.stderr
    assert not (tmp_path / "none").exists()


def test_two_simulators_do_not_share_a_log(tmp_path: Path) -> None:
    with running_simulator(tmp_path):
        ended = ended_start(tmp_path)
        assert ended.returncode == 1
        assert "Another carrier simulator" in ended.stderr


def test_it_stops_when_asked_though_a_client_waits_for_an_answer(tmp_path: Path) -> None:
    with running_simulator(tmp_path) as simulator, socket.create_connection(("127.0.0.1", simulator.port)) as line:
        simulator.put("/simulator/faults", no_answer=1)
        basic = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {basic}\r\n\r\n".encode())
        assert simulator.process is not None
        simulator.process.terminate()
        simulator.process.wait(timeout=60)


def test_a_senders_queue_empties_at_its_pace_and_what_waits_too_long_expires(faulty: Simulator) -> None:
    faulty.reset()
    faulty.put("/simulator/behaviour", pace=0, segments_per_s=0.2)
    first, second, third = (
        str(faulty.client().messages.create(to=PHONE, from_=NUMBER, body="x", validity_period=limit).sid)
        for limit in (1, 3600, 1)
    )
    assert eventually(lambda: faulty.client().messages(third).fetch().error_code == 30036)
    assert faulty.client().messages(third).fetch().status == "failed"
    assert faulty.client().messages(second).fetch().status == "queued"
    assert faulty.client().messages(first).fetch().status == "delivered"


def test_a_text_from_a_phone_that_a_crash_kept_from_the_service_is_posted_after_it(tmp_path: Path) -> None:
    with Receiver() as receiver:
        with running_simulator(tmp_path) as unheard:
            sid = unheard.post(f"/simulator/phones/{PHONE}/texts", body="STATUS")["sid"]
        lines = (tmp_path / "carrier.jsonl").read_text().splitlines(keepends=True)
        (tmp_path / "carrier.jsonl").write_text("".join(line for line in lines if "answered" not in line))
        with running_simulator(tmp_path, receiver.url):
            assert eventually(lambda: receiver.calls)
            assert receiver.calls[0].fields["MessageSid"] == sid

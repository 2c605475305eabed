"""What the simulator accepted survives its own death, and its faults are those that were asked for."""

from pathlib import Path

import httpx
import pytest
from requests.exceptions import ConnectionError as LineCut
from requests.exceptions import ReadTimeout
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
    wait_until,
)

PHONE = "+9647701234567"


def numbered(n: int) -> str:
    return f"+96477{n:08d}"


def test_no_accepted_text_is_lost_by_kill_9(tmp_path: Path) -> None:
    accepted: list[str] = []

    def send(simulator: Simulator, n: int) -> None:
        if n == 150:
            simulator.kill()
        try:
            client = simulator.client()
            accepted.append(str(client.messages.create(to=numbered(n), from_=NUMBER, body=str(n)).sid))
        except LineCut:
            pass

    with running_simulator(tmp_path) as simulator:
        all_at_once([lambda n=n: send(simulator, n) for n in range(200)])
        assert len(accepted) > 50
        simulator.start()
        kept = {text["sid"]: text for text in simulator.exported()}
        assert set(accepted) <= set(kept)
        wait_until(lambda: simulator.get("/simulator/messages")["by_status"].keys() == {"delivered"})
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
        wait_until(lambda: (sid, "delivered") in told(), within_s=30)


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
def test_an_error_that_is_asked_for_is_answered(tmp_path: Path, fault: str, code: int, kept: int) -> None:
    with running_simulator(tmp_path) as simulator:
        simulator.put("/simulator/faults", **{fault: 1})
        with pytest.raises(TwilioRestException) as raised:
            simulator.client().messages.create(to=PHONE, from_=NUMBER, body="x")
        assert raised.value.code == code
        assert len(simulator.phone(PHONE)) == kept


@pytest.mark.parametrize(("fault", "error", "kept"), [("no_answer", ReadTimeout, 0), ("accept_then_cut", LineCut, 1)])
def test_a_line_goes_dead_before_or_after_acceptance(
    tmp_path: Path, fault: str, error: type[Exception], kept: int
) -> None:
    with running_simulator(tmp_path) as simulator:
        simulator.put("/simulator/faults", **{fault: 1})
        client = Client(ACCOUNT, TOKEN, http_client=TwilioHttpClient(timeout=0.5))
        client.api.base_url = simulator.url
        with pytest.raises(error):
            client.messages.create(to=PHONE, from_=NUMBER, body="x")
        assert len(simulator.phone(PHONE)) == kept


def test_a_fault_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with running_simulator(tmp_path) as simulator:
        answer = httpx.put(f"{simulator.url}/simulator/faults", json={"error_418": 1})
        assert answer.status_code == 422


def test_production_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess
    import sys

    monkeypatch.setenv("SILA_ENVIRONMENT", "production")
    command = [sys.executable, "-m", "infra.simulator", "--directory", str(tmp_path / "none")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert "never runs in production" in ended.stderr
    assert not (tmp_path / "none").exists()

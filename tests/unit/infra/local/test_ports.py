import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.ports import answers, free_ports, is_free, remembered_ports, require_free
from infra.local.problems import StartError


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_somebody_listens_on_is_not_free(taken: int):
    assert not is_free(taken)


def test_chosen_ports_are_free_and_different():
    ports = free_ports(5)

    assert len(set(ports)) == 5
    assert all(is_free(port) for port in ports)


def test_ports_are_remembered(tmp_path: Path):
    first = remembered_ports(tmp_path / "ports.json", ("postgres", "amqp"))

    assert remembered_ports(tmp_path / "ports.json", ("postgres", "amqp")) == first


def test_a_remembered_port_that_is_taken_meanwhile_is_replaced(tmp_path: Path, taken: int):
    (tmp_path / "ports.json").write_text(json.dumps({"postgres": taken, "amqp": free_ports(1)[0]}))

    ports = remembered_ports(tmp_path / "ports.json", ("postgres", "amqp"))

    assert ports["postgres"] != taken


@pytest.mark.parametrize("content", ["", "[1]", "{"])
def test_a_damaged_memory_is_replaced(tmp_path: Path, content: str):
    (tmp_path / "ports.json").write_text(content)

    assert is_free(remembered_ports(tmp_path / "ports.json", ("postgres",))["postgres"])


def test_a_taken_port_is_named_with_the_variable_that_chooses_it(taken: int):
    with pytest.raises(StartError, match=rf"Port {taken} is taken.*set SILA_PORT to another"):
        require_free({free_ports(1)[0]: "SILA_METRICS_PORT", taken: "SILA_PORT"})


def test_an_address_answers_while_somebody_listens(taken: int):
    assert answers(f"amqp://user:word@127.0.0.1:{taken}/vhost", 5672)
    assert not answers(f"amqp://127.0.0.1:{free_ports(1)[0]}/", 5672)


def test_a_message_about_a_taken_port_is_one_line(taken: int):
    with pytest.raises(StartError) as raised:
        require_free({taken: "SILA_PORT"})

    assert not re.search(r"\n", str(raised.value))

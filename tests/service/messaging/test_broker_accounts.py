"""`sila broker accounts --apply` at a real broker, by its own rabbitmqctl: what it writes lets each process in, and the
whole table of who may publish and read what holds there, cell by cell.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker, ProbableAuthenticationError, UnroutableError

from infra.local.keeper import Servers
from infra.local.rabbitmq import script
from shared.messages.model import COMMANDS_EXCHANGE, REGISTRY, Command, Event, routing_key_of
from shared.messages.subscriptions import all_queues, commands_sent_by
from shared.messaging.topology import QUEUES_EXCHANGE, declare, presence_queue
from shared.parts import Part, Process

pytestmark = pytest.mark.broker

SILA = "from infra.cli import app; app()"
REFUSED = 403


@dataclass
class Broker:
    """A virtual host whose accounts the command has made, and the addresses that it has written."""

    servers: Servers
    vhost: str
    folder: Path
    said: str = ""
    channels: dict[str, BlockingChannel] = field(default_factory=dict[str, BlockingChannel])

    def apply(self) -> None:
        """Run the command as an administrator does, with the node's rabbitmqctl on the PATH."""
        settings = {name: value for name, value in os.environ.items() if name.startswith("SILA_")}
        done = subprocess.run(
            [
                sys.executable,
                "-W",
                "ignore",
                "-c",
                SILA,
                "broker",
                "accounts",
                str(self.folder / "accounts"),
                "--apply",
            ],
            env={
                **self.servers.node._environment(),
                **settings,
                "SILA_AMQP_URL": self.servers.node.url(self.vhost),
                "PATH": f"{self.folder}:{os.environ['PATH']}",
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self.said = done.stdout

    def url(self, process: Process, part: Part | None = None) -> str:
        """The address that the command wrote for a process."""
        line = (self.folder / "accounts" / f"{process}.env").read_text().strip()
        return line.removeprefix("SILA_AMQP_URL=").replace("{part}", str(part))

    def may_publish(self, url: str, exchange: str, routing_key: str) -> bool:
        """Whether the broker lets an account publish this."""
        channel = self._channel(url)
        try:
            with suppress(UnroutableError):
                channel.basic_publish(exchange, routing_key, b"{}", mandatory=True)
        except ChannelClosedByBroker as closed:
            if closed.reply_code != REFUSED:
                raise
            return False
        return True

    def may_read(self, url: str, queue: str) -> bool:
        """Whether the broker lets an account read this queue."""
        try:
            self._channel(url).basic_get(queue, auto_ack=True)
        except ChannelClosedByBroker as closed:
            if closed.reply_code != REFUSED:
                raise
            return False
        return True

    def _channel(self, url: str) -> BlockingChannel:
        """An account's channel; another one where the broker has closed the last."""
        found = self.channels.get(url)
        if found is None:
            self.channels[url] = found = pika.BlockingConnection(pika.URLParameters(url)).channel()
            found.confirm_delivery()
        elif found.is_closed:
            self.channels[url] = found = found.connection.channel()
            found.confirm_delivery()
        return found


@pytest.fixture(scope="module")
def broker(
    servers: Servers, worker_id: str, sila_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Broker]:
    """The command's work on a virtual host of this module's own."""
    made = Broker(servers, f"{worker_id}-by-command-{uuid4().hex[:6]}", tmp_path_factory.mktemp("broker"))
    control = made.folder / "rabbitmqctl"
    control.write_text(f'#!/bin/sh\nexec {script("rabbitmqctl")} --node sila@localhost "$@"\n')
    control.chmod(0o755)
    servers.node.create_vhost(made.vhost)
    declare(servers.node.url(made.vhost))
    made.apply()
    yield made
    for channel in made.channels.values():
        with suppress(Exception):
            channel.connection.close()
    servers.node.delete_vhost(made.vhost)


def everything_published() -> dict[tuple[str, str], set[Part]]:
    """Every exchange and routing key that a message goes through, and whose outboxes may hold it."""
    table: dict[tuple[str, str], set[Part]] = {}
    for model in REGISTRY.values():
        for lane in model.lanes if model.owner in [*Part] else ():
            key = routing_key_of(model, lane)
            if issubclass(model, Command):
                senders = {part for part in Part if model in commands_sent_by(part)}
                table[COMMANDS_EXCHANGE, key] = senders
            elif issubclass(model, Event):
                table[f"{model.owner}.events", key] = {Part(model.owner)}
    return table


def test_it_says_what_it_did_and_does_it_again_unchanged(broker: Broker) -> None:
    assert broker.said.endswith("imported\n")
    before = broker.url(Process.GATEWAY)
    broker.apply()
    assert broker.url(Process.GATEWAY) == before
    listed = broker.servers.node.control("list_permissions", "-p", broker.vhost)
    own = [line.split("\t")[0] for line in listed.splitlines() if line.startswith(f"{broker.vhost}-")]
    assert len(own) == len(Process) - 1 + len(Part)


@pytest.mark.parametrize("part", Part)
def test_an_outboxs_relay_publishes_what_its_part_sends_and_nothing_else(broker: Broker, part: Part) -> None:
    url = broker.url(Process.RELAY, part)
    table = everything_published()
    assert len(table) > 80
    wrong = [cell for cell, senders in table.items() if broker.may_publish(url, *cell) != (part in senders)]
    assert wrong == []


@pytest.mark.parametrize("process", [p for p in Process if p is not Process.RELAY])
def test_a_process_publishes_no_message_and_reads_its_own_queues_alone(broker: Broker, process: Process) -> None:
    url = broker.url(process)
    published = [*everything_published(), *((QUEUES_EXCHANGE, queue.name) for queue in all_queues())]
    assert [cell for cell in published if broker.may_publish(url, *cell)] == []
    queues = {queue.name: queue.consumer for queue in all_queues()}
    queues |= {presence_queue(part): "" for part in Part}
    wrong = [name for name, consumer in queues.items() if broker.may_read(url, name) != (consumer == process)]
    assert wrong == []


@pytest.mark.parametrize("part", Part)
def test_a_relay_reads_nothing_but_that_it_is_there(broker: Broker, part: Part) -> None:
    url = broker.url(Process.RELAY, part)
    names = [queue.name for queue in all_queues()] + [presence_queue(each) for each in Part]
    assert [name for name in names if broker.may_read(url, name)] == [presence_queue(part)]


def test_new_passwords_put_the_old_ones_out(broker: Broker) -> None:
    before = broker.url(Process.MATCHING)
    (broker.folder / "accounts" / "passwords.json").unlink()
    broker.apply()
    assert broker.url(Process.MATCHING) != before
    with pytest.raises(ProbableAuthenticationError):
        pika.BlockingConnection(pika.URLParameters(before))
    assert broker.may_read(broker.url(Process.MATCHING), "matching.review")

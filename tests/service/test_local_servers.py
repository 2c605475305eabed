"""The private servers really start, stop, and come back after `kill -9`."""

import time
from collections.abc import Iterator
from pathlib import Path

import pika
import psutil
import psycopg
import pytest

from infra.local.children import wait_until
from infra.local.keeper import Servers
from infra.local.ports import free_ports, is_free
from infra.local.postgres import Postgres
from infra.local.rabbitmq import Node, Ports


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    server = Postgres(tmp_path / "postgres", free_ports(1)[0])
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def a_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    node = Node(tmp_path_factory.mktemp("rabbitmq"), Ports.free(), vhosts=["/", "other"])
    yield node
    node.stop()


@pytest.fixture
def node(a_node: Node) -> Node:
    if not a_node.broker.is_running:
        a_node.start()
    return a_node


def query(server: Postgres, statement: str) -> list[tuple[object, ...]]:
    address = server.url.replace("+psycopg", "") + "/postgres"
    with psycopg.connect(address, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def quorum_queue(node: Node, vhost: str = "/") -> tuple[pika.BlockingConnection, pika.channel.Channel]:
    connection = pika.BlockingConnection(pika.URLParameters(node.url(vhost)))
    channel = connection.channel()
    channel.queue_declare("tests", durable=True, arguments={"x-queue-type": "quorum"})
    channel.confirm_delivery()
    return connection, channel


def publish(channel: pika.channel.Channel) -> None:
    persistent = pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent)
    channel.basic_publish("", "tests", b"kept", persistent, mandatory=True)


def test_a_committed_row_outlives_a_killed_database_server(postgres: Postgres):
    query(postgres, "CREATE TABLE kept (number int)")
    query(postgres, "INSERT INTO kept VALUES (7)")

    postgres.kill()
    postgres.start()

    assert query(postgres, "SELECT number FROM kept") == [(7,)]


def test_a_database_server_left_by_a_killed_run_is_replaced(postgres: Postgres):
    left_behind = postgres.child.pid

    successor = Postgres(postgres.directory, postgres.port)
    successor.start()

    assert successor.child.pid != left_behind
    assert query(successor, "SELECT 1") == [(1,)]
    successor.stop()
    assert is_free(postgres.port)


def test_the_database_server_listens_on_loopback_only(postgres: Postgres):
    listening = {c.laddr.ip for c in psutil.Process(postgres.child.pid).net_connections() if c.status == "LISTEN"}

    assert listening == {"127.0.0.1"}


def test_the_database_server_wants_its_password(postgres: Postgres):
    address = f"postgresql://sila:guess@127.0.0.1:{postgres.port}/postgres"

    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(address)


def test_its_log_shows_no_value_of_a_failed_statement(postgres: Postgres):
    query(postgres, "CREATE TABLE person (name text UNIQUE)")
    query(postgres, "INSERT INTO person VALUES ('Zaynab')")

    with pytest.raises(psycopg.errors.UniqueViolation):
        query(postgres, "INSERT INTO person VALUES ('Zaynab')")

    assert "Zaynab" not in postgres.child.log.read_text()


def test_a_confirmed_message_outlives_a_killed_broker(node: Node):
    connection, channel = quorum_queue(node)
    publish(channel)
    # Younger than this, its queue would not outlive the kill (Node.kill says why).
    declared = time.monotonic()
    wait_until(lambda: time.monotonic() - declared > 1.5, 2)

    node.kill()
    node.start()
    connection, channel = quorum_queue(node)

    assert wait_until(lambda: channel.basic_get("tests", auto_ack=True)[2] == b"kept", 60)
    connection.close()


def test_the_node_listens_on_loopback_only(node: Node):
    connections = [c for child in (node.broker, node.epmd) for c in psutil.Process(child.pid).net_connections()]

    assert {c.laddr.ip for c in connections if c.status == "LISTEN"} <= {"127.0.0.1", "::1"}


def test_virtual_hosts_come_and_go(node: Node):
    node.create_vhost("spare")
    connection, channel = quorum_queue(node, "spare")
    publish(channel)
    connection.close()

    node.delete_vhost("spare")

    with pytest.raises(pika.exceptions.AMQPConnectionError):
        pika.BlockingConnection(pika.URLParameters(node.url("spare")))


def test_each_worker_has_a_virtual_host_and_a_database_server(servers: Servers, amqp_url: str, database_url: str):
    pika.BlockingConnection(pika.URLParameters(amqp_url)).close()

    assert query(servers.postgres, "SHOW listen_addresses") == [("127.0.0.1",)]
    assert database_url.endswith(str(servers.postgres_port))


def test_a_stopped_node_leaves_neither_epmd_nor_an_open_port(node: Node):
    started = [psutil.Process(child.pid) for child in (node.broker, node.epmd)]
    everything = [*started, *started[0].children(recursive=True)]

    node.stop()

    assert wait_until(lambda: not any(process.is_running() for process in everything), 60)
    assert all(is_free(port) for port in (node.ports.amqp, node.ports.distribution, node.ports.epmd))

"""At the broker each process may do what its messages need, and nothing else: asked of the broker itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

import pika
import pytest
import sqlalchemy as sa
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker, ProbableAccessDeniedError

from infra.local.keeper import Servers
from shared.messages.subscriptions import OWNERS, PART_OF, all_queues
from shared.messaging.relay import Relay
from shared.messaging.topology import QUEUES_EXCHANGE, READS_EXCHANGE, declare, presence_queue
from shared.parts import Part, Process
from shared.settings import Settings
from tests.waiting import eventually

pytestmark = pytest.mark.broker

READERS = [p for p in Process if p not in (Process.PORTAL, Process.RELAY)]
SERVICES = [p for p in Process if p in OWNERS]
REFUSED = 403
AccountUrl = Callable[..., str]


@pytest.fixture(scope="module")
def vhost(servers: Servers, worker_id: str) -> Iterator[str]:
    """A virtual host of this module's own, with its queues and its accounts."""
    name = f"{worker_id}-accounts-{uuid4().hex[:6]}"
    servers.node.create_vhost(name)
    declare(servers.node.url(name))
    servers.node.create_accounts(name)
    yield name
    servers.node.delete_vhost(name)


@pytest.fixture(scope="module")
def url(servers: Servers, vhost: str) -> AccountUrl:
    """`url(Process.PORTAL)`, `url(Process.RELAY, Part.REPORTS)`: an account's address."""

    def of(process: Process, part: Part | None = None) -> str:
        return servers.node.url_of(process, vhost).replace("{part}", str(part))

    return of


@contextmanager
def channel_at(address: str) -> Iterator[BlockingChannel]:
    connection = pika.BlockingConnection(pika.URLParameters(address))
    try:
        yield connection.channel()
    finally:
        with suppress(Exception):
            connection.close()


def may(address: str, act: Callable[[BlockingChannel], object]) -> bool:
    """Whether the broker lets an account do something; fails where it answers anything but a refusal."""
    with channel_at(address) as channel:
        try:
            act(channel)
        except ChannelClosedByBroker as closed:
            if closed.reply_code != REFUSED:
                raise
            return False
    return True


def publishing(exchange: str, routing_key: str) -> Callable[[BlockingChannel], None]:
    def act(channel: BlockingChannel) -> None:
        channel.confirm_delivery()
        with suppress(pika.exceptions.UnroutableError):
            channel.basic_publish(exchange, routing_key, b"{}", mandatory=True)

    return act


def reading(queue: str) -> Callable[[BlockingChannel], object]:
    return lambda channel: channel.basic_get(queue, auto_ack=True)


def own_queues(process: Process) -> list[str]:
    return [queue.name for queue in all_queues() if queue.consumer == process]


@pytest.mark.parametrize("process", READERS)
def test_a_process_reads_its_own_queues(url: AccountUrl, process: Process) -> None:
    with channel_at(url(process)) as channel:
        for queue in own_queues(process):
            channel.basic_consume(queue, lambda *_: None)


@pytest.mark.parametrize("process", [p for p in Process if p is not Process.RELAY])
def test_no_process_reads_anothers_queue(url: AccountUrl, process: Process) -> None:
    others = {q.consumer: q.name for q in all_queues() if q.consumer in list(Process) and q.consumer != process}
    assert len(others) >= 5
    for queue in others.values():
        assert not may(url(process), reading(queue))
        assert not may(url(process), lambda channel, name=queue: channel.queue_purge(name))


@pytest.mark.parametrize("process", [p for p in Process if p is not Process.RELAY])
def test_no_process_publishes_a_message(url: AccountUrl, process: Process) -> None:
    own = own_queues(process)[:1]
    for exchange, key in (
        ("commands", "gateway.send"),
        ("commands", f"{process}.anything"),
        ("gateway.events", "opt_out_changed"),
        (QUEUES_EXCHANGE, "gateway.send"),
        *((QUEUES_EXCHANGE, queue) for queue in own),
        *(("", queue) for queue in (*own, "gateway.send")),
    ):
        assert not may(url(process), publishing(exchange, key)), (exchange, key)


@pytest.mark.parametrize("process", [p for p in Process if p is not Process.RELAY])
def test_no_process_declares_or_binds(url: AccountUrl, process: Process) -> None:
    own = own_queues(process)[0] if process is not Process.PORTAL else "gateway.send"
    for act in (
        lambda channel: channel.queue_declare(f"own-{uuid4().hex}"),
        lambda channel: channel.queue_declare(f"{process}.new"),
        lambda channel: channel.queue_declare(""),
        lambda channel: channel.exchange_declare("own"),
        lambda channel: channel.exchange_delete("commands"),
        lambda channel: channel.queue_delete(own),
        lambda channel: channel.queue_bind(own, "commands", "#"),
        lambda channel: channel.queue_bind("gateway.send", "gateway.events", "#"),
    ):
        assert not may(url(process), act)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_the_staff_reads_that_are_requested_of_it_and_no_others(
    url: AccountUrl, service: Process, servers: Servers, vhost: str
) -> None:
    queue = f"rpc-{service}"
    assert may(url(service), lambda channel: channel.queue_declare(queue, durable=True))
    assert may(url(service), lambda channel: channel.queue_bind(queue, READS_EXCHANGE, f"{service}.*"))
    assert may(url(service), publishing(READS_EXCHANGE, str(uuid4())))
    other = "matching" if service != "matching" else "reports"
    for key in ("#", "*", "*.*", f"{other}.*", str(uuid4())):
        assert not may(url(service), lambda channel, key=key: channel.queue_bind(queue, READS_EXCHANGE, key))
    for key in (f"{other}.report", f"{service}.report"):
        assert not may(url(service), publishing(READS_EXCHANGE, key))
    with channel_at(servers.node.url(vhost)) as channel:
        channel.queue_declare(f"rpc-{other}", durable=True)
    assert not may(url(service), reading(f"rpc-{other}"))


def test_the_portal_requests_staff_reads_and_gets_its_own_answers_alone(url: AccountUrl) -> None:
    portal, queue = url(Process.PORTAL), f"rpc.reply-standalone_rpc_proxy-{uuid4()}"
    assert may(portal, lambda channel: channel.queue_declare(queue, arguments={"x-expires": 60_000}))
    assert may(portal, lambda channel: channel.queue_bind(queue, READS_EXCHANGE, str(uuid4())))
    assert may(portal, reading(queue))
    assert may(portal, publishing(READS_EXCHANGE, "reports.report"))
    for key in ("#", "*.*", "matching.*", "matching.match"):
        assert not may(portal, lambda channel, key=key: channel.queue_bind(queue, READS_EXCHANGE, key))
    assert not may(portal, publishing(READS_EXCHANGE, str(uuid4())))


def test_the_portal_sees_who_reads_which_queue(url: AccountUrl) -> None:
    with channel_at(url(Process.PORTAL)) as channel:
        for queue in (*(q.name for q in all_queues() if q.consumer in list(Process)), presence_queue(Part.REPORTS)):
            assert channel.queue_declare(queue, passive=True).method.consumer_count == 0


def sent(part: Part) -> set[tuple[str, str]]:
    """What a part's outbox may hold, written down by hand where a rule could be wrong."""
    return {
        Part.REPORTS: {("commands", "gateway.send.urgent"), ("reports.events", "report_changed.bulk")},
        Part.MATCHING: {("commands", "matching.round_due"), ("matching.events", "review_refused")},
        Part.APPOINTMENTS: {("commands", "gateway.send"), ("appointments.events", "place_freed")},
        Part.OUTREACH: {("commands", "gateway.send_batch.bulk"), ("outreach.events", "meeting_changed")},
        Part.GATEWAY: {("gateway.events", "opt_out_changed"), (QUEUES_EXCHANGE, "gateway.send.urgent")},
        Part.PORTAL: {("commands", "reports.set_status"), ("commands", "gateway.send.urgent")},
    }[part]


@pytest.mark.parametrize("part", Part)
def test_the_relay_publishes_what_a_parts_outbox_may_hold(url: AccountUrl, part: Part) -> None:
    relay = url(Process.RELAY, part)
    own = {(QUEUES_EXCHANGE, q.name) for q in all_queues() if PART_OF[q.consumer] is part}
    for exchange, key in sent(part) | {min(own)}:
        assert may(relay, publishing(exchange, key)), (exchange, key)
    assert may(relay, reading(presence_queue(part)))


@pytest.mark.parametrize("part", Part)
def test_the_relay_publishes_nothing_else_for_a_part(url: AccountUrl, part: Part) -> None:
    relay = url(Process.RELAY, part)
    anothers = Part.MATCHING if part is not Part.MATCHING else Part.REPORTS
    foreign = [
        ("", "gateway.send"),
        ("amq.topic", "reports.report"),
        (f"{anothers}.events", "report_changed"),
        ("commands", "outreach.batch_due.bulk" if part is not Part.OUTREACH else "matching.round_due"),
        ("commands", "#"),
    ]
    if part is not Part.PORTAL:
        foreign += [("commands", "matching.review"), ("commands", "reports.set_contact")]
        foreign += [(QUEUES_EXCHANGE, "projector.refused"), (QUEUES_EXCHANGE, f"{anothers}.set_contact")]
    for exchange, key in foreign:
        assert not may(relay, publishing(exchange, key)), (exchange, key)


def test_what_a_relay_may_not_publish_stays_and_blocks_nobody(
    url: AccountUrl, servers: Servers, vhost: str, settings: Settings, probe: sa.Engine
) -> None:
    relay = Relay(Part.MATCHING, settings.model_copy(update={"amqp_url": servers.node.url_of(Process.RELAY, vhost)}))
    thread = threading.Thread(target=relay.run, daemon=True)
    outbox = sa.text(
        "INSERT INTO outbox (message_id, exchange, routing_key, headers, body) "
        "SELECT gen_random_uuid(), exchange, key, '{}', 'x' "
        "FROM unnest(CAST(:exchanges AS text[]), CAST(:keys AS text[])) AS rows (exchange, key)"
    )
    exchanges = ["commands", "", "reports.events", "commands", ""]
    keys = ["gateway.send", "gateway.send", "report_changed", "matching.round_due", "matching.review"]
    with probe.begin() as db:
        db.execute(outbox, {"exchanges": exchanges, "keys": keys})
    with channel_at(servers.node.url(vhost)) as channel:
        for queue in ("matching.round_due", "matching.review", "gateway.send"):
            channel.queue_purge(queue)
        thread.start()
        try:
            for queue in ("matching.round_due", "matching.review"):
                assert eventually(lambda queue=queue: channel.basic_get(queue, auto_ack=True)[0] is not None, 30)
        finally:
            relay.stop()
            thread.join(30)
        assert channel.basic_get("gateway.send")[0] is None
    with probe.connect() as db:
        left = db.execute(sa.text("SELECT exchange, routing_key FROM outbox WHERE returned_at IS NOT NULL ORDER BY id"))
        assert [tuple(row) for row in left] == list(zip(exchanges, keys, strict=True))[:3]


@pytest.mark.parametrize("part", Part)
def test_a_relay_reads_no_messages_and_declares_nothing(url: AccountUrl, part: Part) -> None:
    relay = url(Process.RELAY, part)
    for queue in all_queues()[::7]:
        assert not may(relay, reading(queue.name))
    assert not may(relay, lambda channel: channel.queue_declare("own"))
    assert not may(relay, reading(presence_queue(Part.PORTAL if part is not Part.PORTAL else Part.REPORTS)))


def test_an_account_is_good_for_its_own_virtual_host_alone(url: AccountUrl, servers: Servers, vhost: str) -> None:
    elsewhere = url(Process.GATEWAY).rpartition("/")[0] + "/%2F"
    with pytest.raises(ProbableAccessDeniedError):
        pika.BlockingConnection(pika.URLParameters(elsewhere))

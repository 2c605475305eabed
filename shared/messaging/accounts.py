"""Who may do what at the broker: an account for each process, and one for each part's relay, computed from what the
message models say. Nobody but an administrator's account (`sila migrate`) may declare an exchange or a queue.

A part's process reads its own queues and publishes nothing but answers to staff reads. What a part publishes stands in
its outbox, and the relay of that outbox has an account that may publish what this part sends, and nothing else: a
part that was broken into cannot have the relay send another part's commands. See docs/decisions.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from shared.messages.model import COMMANDS_EXCHANGE, CommandRefused, Message, routing_key_of
from shared.messages.subscriptions import PART_OF, all_queues, commands_sent_by, events_of, queues_of
from shared.messaging.topology import (
    QUEUES_EXCHANGE,
    READS_EXCHANGE,
    presence_queue,
    reads_binding,
    reads_queue,
)
from shared.parts import Part, Process

NOTHING = "^$"
ANSWER_QUEUES = "rpc.reply-"
"""What the names of the queues start with in which the portal gets the answers to its staff reads (nameko's own)."""
ANSWER_KEY = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
"""An answer's routing key: a random UUID, which no request and no message has."""
ANSWERING = tuple(part for part in Part if part is not Part.PORTAL)
"""The services, which answer staff reads."""


@dataclass(frozen=True, slots=True)
class TopicRights:
    """Patterns (regular expressions) of the routing keys that an account may publish and bind with, at an exchange."""

    write: str = NOTHING
    read: str = NOTHING


@dataclass(frozen=True, slots=True)
class Account:
    """An account and its rights: patterns (regular expressions) of the names of exchanges and queues."""

    name: str
    configure: str = NOTHING
    write: str = NOTHING
    read: str = NOTHING
    topics: Mapping[str, TopicRights] = field(default_factory=dict[str, TopicRights])


def account_of_portal() -> Account:
    """It requests staff reads, and looks who reads the queues, for which the broker wants no right."""
    return Account(
        Process.PORTAL,
        configure=_one_of(prefix=ANSWER_QUEUES),
        write=_one_of(READS_EXCHANGE, prefix=ANSWER_QUEUES),
        read=_one_of(READS_EXCHANGE, prefix=ANSWER_QUEUES),
        topics={READS_EXCHANGE: TopicRights(write=f"^({'|'.join(ANSWERING)})\\.[a-z_]+$", read=ANSWER_KEY)},
    )


def account_of_consumer(process: Process) -> Account:
    """It reads its queues. A service answers staff reads, too, whose queue nameko declares and binds."""
    queues = [queue.name for queue in queues_of(process)]
    if process not in ANSWERING:
        return Account(process, read=_one_of(*queues))
    requests = reads_queue(process)
    return Account(
        process,
        configure=_one_of(requests),
        write=_one_of(requests, READS_EXCHANGE),
        read=_one_of(requests, READS_EXCHANGE, *queues),
        topics={READS_EXCHANGE: TopicRights(write=ANSWER_KEY, read=_one_of(reads_binding(process)))},
    )


def account_of_relay(part: Part) -> Account:
    """What the relay of a part's outbox may do: publish what the part sends, and say that it is there."""
    reached = {
        QUEUES_EXCHANGE: [*_queues_reached_by(part)],
        COMMANDS_EXCHANGE: _routing_keys(commands_sent_by(part)),
        f"{part}.events": _routing_keys(events_of(part)),
    }
    topics = {exchange: TopicRights(write=_one_of(*keys)) for exchange, keys in reached.items() if keys}
    return Account(f"{Process.RELAY}-{part}", write=_one_of(*topics), read=_one_of(presence_queue(part)), topics=topics)


def _routing_keys(models: Iterable[type[Message]]) -> list[str]:
    return [routing_key_of(model, lane) for model in models for lane in model.lanes]


def _queues_reached_by(part: Part) -> Iterator[str]:
    """Its consumers' own queues, for further tries, and those that read its states, for a resync."""
    states = {event for event in events_of(part) if not issubclass(event, CommandRefused)}
    for queue in all_queues():
        if PART_OF[queue.consumer] is part or not states.isdisjoint(queue.models):
            yield queue.name


def _one_of(*names: str, prefix: str = "") -> str:
    """A pattern that matches these names, and those that start with the prefix; RabbitMQ's `^` and `$` are ours."""
    patterns = [f"{re.escape(name)}$" for name in sorted(set(names))]
    return f"^({'|'.join([*patterns, *([re.escape(prefix)] if prefix else [])])})"


def accounts() -> list[Account]:
    """Every account of the system; the relay has one for each outbox."""
    consumers = [p for p in Process if p not in (Process.PORTAL, Process.RELAY)]
    return [account_of_portal(), *map(account_of_consumer, consumers), *map(account_of_relay, Part)]


# What an administrator is given


def account_prefix(vhost: str) -> str:
    """What the names of a virtual host's accounts start with: accounts are the whole broker's."""
    return f"{vhost.strip('/') or 'sila'}-"


def definitions(vhost: str, passwords: Mapping[Process, str]) -> dict[str, list[dict[str, Any]]]:
    """The accounts of a virtual host in the form of `rabbitmqctl import_definitions`, by its processes' passwords."""
    users: list[dict[str, Any]] = []
    permissions: list[dict[str, Any]] = []
    topic_permissions: list[dict[str, Any]] = []
    for account in accounts():
        name = f"{account_prefix(vhost)}{account.name}"
        password = passwords[Process(account.name.partition("-")[0])]
        rights = {"configure": account.configure, "write": account.write, "read": account.read}
        users.append({"name": name, "tags": "", **hashed(password)})
        permissions.append({"user": name, "vhost": vhost, **rights})
        topic_permissions.extend(
            {"user": name, "vhost": vhost, "exchange": exchange, "write": topic.write, "read": topic.read}
            for exchange, topic in account.topics.items()
        )
    return {"users": users, "permissions": permissions, "topic_permissions": topic_permissions}


def new_passwords() -> dict[Process, str]:
    """A random password for each process."""
    return {process: secrets.token_urlsafe(24) for process in Process}


def hashed(password: str) -> dict[str, str]:
    """A random password as RabbitMQ keeps it: a salt of four bytes before SHA-256 of salt and password."""
    salt = secrets.token_bytes(4)
    digest = hashlib.sha256(salt + password.encode()).digest()
    return {
        "password_hash": base64.b64encode(salt + digest).decode(),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
    }


def url_for(amqp_url: str, process: Process, password: str) -> str:
    """The same broker and virtual host for a process. In the relay's, `{part}` stands for the outbox's part."""
    parts = urlsplit(amqp_url)
    login = f"{quote(user_of(vhost_of(amqp_url), process), safe='{}')}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc.rpartition('@')[2]}"))


def user_of(vhost: str, process: Process) -> str:
    """The name of a process's own account, as its address has it: with `{part}` in the relay's."""
    return f"{account_prefix(vhost)}{process}{'-{part}' if process is Process.RELAY else ''}"


def vhost_of(amqp_url: str) -> str:
    """The virtual host that an AMQP URL names; `/` where it names none."""
    return unquote(urlsplit(amqp_url).path[1:]) or "/"

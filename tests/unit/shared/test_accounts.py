"""What each part may send: the table of it against what the code of each part constructs."""

import ast
import re
from pathlib import Path

import pytest

import services
from shared.messages.model import COMMANDS_EXCHANGE, Command
from shared.messages.subscriptions import OWNERS, commands_sent_by
from shared.messaging.accounts import Account, accounts, url_for
from shared.parts import Part, Process

OURS = [m for owner, models in OWNERS.items() if owner in list(Part) for m in models]
COMMANDS = {m.__name__: m for m in OURS if issubclass(m, Command)}
SERVICES = [part for part in Part if part is not Part.PORTAL]


def named_in(part: Part) -> set[type[Command]]:
    """The commands that a service constructs: `Send(…)`, `Send.model_validate(…)`."""
    found: set[type[Command]] = set()
    for file in (Path(services.__path__[0]) / part).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute):
                called = called.value
            if isinstance(called, ast.Name) and called.id in COMMANDS:
                found.add(COMMANDS[called.id])
    return found


@pytest.mark.parametrize("part", SERVICES)
def test_a_service_may_send_every_command_of_another_part_that_it_constructs(part: Part) -> None:
    foreign = {c for c in named_in(part) if c.owner != part or c.is_internal}
    assert foreign <= set(commands_sent_by(part))


def test_every_command_is_sent_by_somebody() -> None:
    assert {c for part in Part for c in commands_sent_by(part)} >= set(COMMANDS.values())


@pytest.mark.parametrize("part", SERVICES)
def test_no_service_may_send_what_people_submit(part: Part) -> None:
    assert {c for c in commands_sent_by(part) if not c.is_internal and c.owner != "gateway"} == set()


@pytest.mark.parametrize("account", accounts(), ids=lambda account: account.name)
def test_every_pattern_is_whole_and_bounds_the_topics_of_what_it_may_write(account: Account) -> None:
    patterns = [account.configure, account.write, account.read]
    patterns += [p for rights in account.topics.values() for p in (rights.write, rights.read)]
    for pattern in patterns:
        assert pattern.startswith("^")
        for name in ("", "amq.default", "gateway.send.urgent.x", "x", "#", "commands2", f"x{COMMANDS_EXCHANGE}"):
            assert not re.search(pattern, name) or name == ""
    for exchange in (COMMANDS_EXCHANGE, "queues", "amq.topic", *(f"{part}.events" for part in Part)):
        assert bool(re.search(account.write, exchange)) == (exchange in account.topics)


def test_the_relays_address_leaves_room_for_the_part() -> None:
    url = url_for("amqps://admin:x@broker/%2F?heartbeat=5", Process.RELAY, "a/b")
    assert url == "amqps://sila-relay-{part}:a%2Fb@broker/%2F?heartbeat=5"

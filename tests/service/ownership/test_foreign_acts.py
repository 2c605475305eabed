"""Every command of a person, sent to its owner's queue by somebody whose the thing is not: refused, nothing changed.

The list comes from the registry of messages: a command without an entry here fails the test.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from uuid import uuid4

import pika
import pytest
import sqlalchemy as sa

from shared.database import engine_of, open_session
from shared.messages.model import REGISTRY, Actor, FamilyActor, FamilyCommand, InstitutionCommand
from shared.messages.subscriptions import OWNERS
from shared.messaging.outbox import publish
from shared.messaging.relay import Relay
from shared.messaging.topology import declare
from shared.parts import Part
from shared.references import new_reference
from shared.schema import migrate
from shared.settings import Settings, read_settings
from tests.actors import family_of, key_of, staff_of
from tests.ports import metrics_row
from tests.service.ownership.things import THINGS, Acts
from tests.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.xdist_group("foreign acts")]
PATIENCE_S = 90
IDLE = {"alembic_version", "inbox", "outbox", "due_message"}
"""Tables that a refusal may touch: that a message was handled, and what is published or due."""

FOREIGN: dict[str, Actor] = {
    "another institution": staff_of("police", uuid4()),
    "one that may read": staff_of("ihchr", uuid4()),
    "a coordinator": staff_of("ncc", uuid4(), "coordinator"),
    "a match reviewer": staff_of("police", uuid4(), "match_reviewer"),
}
MAY: set[tuple[str, str]] = {
    ("a coordinator", "assign_site"),
    ("a coordinator", "note_institution"),
    ("a coordinator", "take_over_report"),
    ("a match reviewer", "review"),
}
"""What a national role lets its holder do, by the rule that names it."""


def of_people() -> dict[str, type[FamilyCommand] | type[InstitutionCommand]]:
    """Every command that a person or an institution's program gives."""
    return {
        kind: model
        for kind, model in REGISTRY.items()
        if issubclass(model, FamilyCommand | InstitutionCommand) and model.owner
    }


def test_every_command_names_its_actor_but_those_between_parts() -> None:
    between_parts = {"send", "send_batch", "record_delivery", "record_inbound", "opt_out", "opt_in", "recall_notice"}
    probes = {kind for kind, model in REGISTRY.items() if model.owner.startswith("probe")}
    internal = {m.kind for models in OWNERS.values() for m in models if getattr(m, "is_internal", False)}
    commands = {m.kind for models in OWNERS.values() for m in models if hasattr(m, "refused")}

    assert commands - internal - between_parts - probes == set(of_people())


@pytest.fixture(scope="module")
def config(fresh_environment: dict[str, str]) -> Settings:
    of_environment = {k.removeprefix("SILA_").lower(): v for k, v in fresh_environment.items()}
    config = read_settings(**of_environment)
    for part in THINGS:
        migrate(config, part)
    declare(config.amqp_url)
    return config


@pytest.fixture(scope="module")
def engines(config: Settings) -> Iterator[dict[Part, sa.Engine]]:
    engines = {part: engine_of(part, config, connections=2) for part in THINGS}
    yield engines
    for engine in engines.values():
        engine.dispose()


@pytest.fixture(scope="module")
def things(engines: dict[Part, sa.Engine]) -> dict[Part, Acts]:
    """What belongs to the owner, before anybody acts on it."""
    made: dict[Part, Acts] = {}
    for part, make in THINGS.items():
        with open_session(engines[part]) as db:
            made[part] = make(db)
            db.commit()
        with engines[part].begin() as connection:
            connection.execute(sa.text("DELETE FROM outbox"))
    return made


@pytest.fixture(scope="module")
def services(config: Settings, things: object, fresh_environment: dict[str, str]) -> Iterator[None]:
    """The owners' processes and their relays."""
    started: list[subprocess.Popen[bytes]] = []
    with ExitStack() as stack:
        for part in THINGS:
            relay = Relay(part, config)
            thread = threading.Thread(target=relay.run)
            thread.start()
            stack.callback(thread.join, 60)
            stack.callback(relay.stop)
            environment = {**os.environ, **fresh_environment, **metrics_row()}
            command = [sys.executable, "-W", "ignore", "-m", "infra.runner", part.value]
            started.append(subprocess.Popen(command, env=environment))
        yield
        for process in started:
            process.terminate()
        for process in started:
            process.wait(60)


def submit(engine: sa.Engine, acts: Acts, actor: Actor | FamilyActor, kinds: set[str]) -> None:
    with open_session(engine) as db:
        for kind in sorted(kinds):
            publish(db, acts.by_kind[kind](actor))
        db.commit()


def refused(config: Settings) -> dict[str, str]:
    """What was refused since the last look: the command's kind → the reason."""
    found: dict[str, str] = {}
    with pika.BlockingConnection(pika.URLParameters(config.amqp_url)) as connection:
        channel = connection.channel()
        while (got := channel.basic_get("projector.refused", auto_ack=True))[0] is not None:
            kind = got[0].routing_key.removesuffix("_refused")
            found[kind] = __import__("json").loads(got[2])["reason"]
    return found


def rows_of(engine: sa.Engine) -> dict[str, str]:
    """A digest of every table's rows."""
    with engine.connect() as db:
        names = db.scalars(sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        digest = "SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM \"{}\" t"
        return {n: db.scalar(sa.text(digest.format(n))) or "" for n in sorted(set(names) - IDLE)}


def expect_refusals(
    config: Settings,
    engines: dict[Part, sa.Engine],
    things: dict[Part, Acts],
    actor: Actor | FamilyActor,
    kinds: set[str],
) -> None:
    before = {part: rows_of(engine) for part, engine in engines.items()}
    for part, acts in things.items():
        submit(engines[part], acts, actor, kinds & set(acts.by_kind))
    heard: dict[str, str] = {}

    def all_answered() -> bool:
        heard.update(refused(config))
        return set(heard) >= kinds

    eventually(all_answered, PATIENCE_S, f"a refusal of each of {sorted(kinds - set(heard))}")
    assert heard == dict.fromkeys(kinds, "not_yours")
    assert {part: rows_of(engine) for part, engine in engines.items()} == before


def test_the_things_cover_every_command(things: dict[Part, Acts]) -> None:
    covered = {kind for acts in things.values() for kind in acts.by_kind}

    assert covered == set(of_people())


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize("who", FOREIGN)
def test_a_foreign_actor_is_refused_by_the_owner_itself(
    config: Settings, engines: dict[Part, sa.Engine], things: dict[Part, Acts], who: str
) -> None:
    kinds = {kind for kind in of_people() if (who, kind) not in MAY}

    expect_refusals(config, engines, things, FOREIGN[who], kinds)


@pytest.mark.usefixtures("services")
def test_another_family_is_refused_by_the_owner_itself(
    config: Settings, engines: dict[Part, sa.Engine], things: dict[Part, Acts]
) -> None:
    kinds = {kind for kind, model in of_people().items() if issubclass(model, FamilyCommand)}

    expect_refusals(config, engines, things, family_of(new_reference()), kinds)


@pytest.mark.usefixtures("services")
def test_a_foreign_key_is_refused_by_the_owner_itself(
    config: Settings, engines: dict[Part, sa.Engine], things: dict[Part, Acts]
) -> None:
    by_key = {"accept_report", "add_to_report", "record_laboratory_report", "set_consent", "book_visit"}

    expect_refusals(config, engines, things, key_of("police"), by_key)

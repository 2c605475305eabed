"""A backup holds everything as of one moment; a damaged one is named; restored, it is what it was."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pika
import psycopg
import pytest

from infra.keeping import tables
from infra.keeping.backing_up import FolderInUse, back_up
from infra.keeping.checking import differences
from infra.keeping.copies import chosen
from infra.keeping.databases import connect, connect_server, conninfo, database_name
from infra.keeping.manifest import BackupDamaged, Manifest, OtherKeys
from infra.keeping.progress import Quiet
from infra.keeping.restoring import InUse, NotEmpty, restore
from infra.keeping.resyncing import resync
from shared.messages.reports import SetStatus
from shared.messaging.relay_sql import LOCK
from shared.messaging.topology import declare
from shared.parts import Part
from shared.schema import check_schema
from shared.sealing import Keys, generate_keys
from shared.settings import Settings
from tests.actors import staff_of
from tests.service.keeping.ground import STAFF, System, a_lived_in_system
from tests.waiting import eventually

pytestmark = pytest.mark.broker


A_MESSAGE = """
INSERT INTO outbox (message_id, exchange, routing_key, headers, body)
VALUES (gen_random_uuid(), 'commands', 'gateway.send.urgent', '{"key": "k", "kind": "send"}', '{}')
"""
WAITS_FOR_A_LOCK = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'ShareLock'
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture(autouse=True)
def queues(amqp_url: str) -> None:
    declare(amqp_url)


@pytest.fixture
def lived_in(system: System) -> System:
    a_lived_in_system(system)
    return system


def content(settings: Settings, part: Part) -> object:
    with connect(settings, part) as db:
        return tables.contents(db)


def lose(system: System) -> None:
    """Every database is gone."""
    system.let_go()
    with connect_server(system.settings) as server:
        for part in Part:
            server.execute(f'DROP DATABASE "{database_name(system.settings, part)}"')  # type: ignore[arg-type]


def test_what_was_lost_is_restored_to_the_row_and_is_in_step(lived_in: System, tmp_path: Path) -> None:
    lived_in.say(SetStatus(actor=staff_of("mgd", STAFF), reference=_a_reference(lived_in), status="being_checked"))
    before = {part: content(lived_in.settings, part) for part in Part}
    made = back_up(lived_in.settings, tmp_path / "backup", Quiet(), drain_s=5)
    lose(lived_in)

    restore(lived_in.settings, tmp_path / "backup", Quiet(), resume=True)

    assert made.in_broker == 0
    assert {part: content(lived_in.settings, part) for part in Part} == before
    for part in Part:
        check_schema(lived_in.settings, part)
    lived_in.carry()
    resync(lived_in.settings, chosen("all"), Quiet())
    lived_in.carry()
    assert differences(lived_in.settings, settle_s=0) == []


def test_what_was_about_to_leave_is_held_for_a_person(lived_in: System, tmp_path: Path) -> None:
    waiting = lived_in.count(Part.GATEWAY, "SELECT count(*) FROM outgoing_text WHERE state = 'waiting'")
    lived_in.run(Part.OUTREACH, "UPDATE notice SET state = 'running'")
    lived_in.run(Part.PORTAL, A_MESSAGE)
    back_up(lived_in.settings, tmp_path / "backup", Quiet(), drain_s=0)
    lose(lived_in)

    restore(lived_in.settings, tmp_path / "backup", Quiet())

    held = "SELECT count(*) FROM outgoing_text WHERE state = 'unsettled' AND reason = 'restored'"
    assert waiting
    assert lived_in.count(Part.GATEWAY, held) == waiting
    assert lived_in.count(Part.GATEWAY, "SELECT count(*) FROM failed_message WHERE queue = 'gateway.send.urgent'") == 1
    assert lived_in.count(Part.PORTAL, "SELECT count(*) FROM outbox") == 0
    assert lived_in.count(Part.OUTREACH, "SELECT count(*) FROM notice WHERE state = 'paused'") == 1


@pytest.mark.parametrize("name", ["gateway.dump", "reports.dump", "manifest.json"])
def test_a_changed_byte_is_found_and_named_and_nothing_is_restored(system: System, tmp_path: Path, name: str) -> None:
    back_up(system.settings, tmp_path, Quiet(), drain_s=0)
    lose(system)
    damaged = bytearray((tmp_path / name).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / name).write_bytes(damaged)

    with pytest.raises(BackupDamaged, match=name):
        restore(system.settings, tmp_path, Quiet())

    assert _databases(system.settings) == []


def test_a_missing_file_or_an_unfinished_backup_is_named(system: System, tmp_path: Path) -> None:
    back_up(system.settings, tmp_path, Quiet(), drain_s=0)
    (tmp_path / "matching.dump").unlink()
    with pytest.raises(BackupDamaged, match=r"matching\.dump is missing"):
        restore(system.settings, tmp_path, Quiet())
    (tmp_path / "manifest.json").unlink()
    with pytest.raises(BackupDamaged, match="not finished"):
        restore(system.settings, tmp_path, Quiet())


def test_a_system_with_content_is_never_written_over(lived_in: System, tmp_path: Path) -> None:
    back_up(lived_in.settings, tmp_path, Quiet(), drain_s=0)
    before = content(lived_in.settings, Part.REPORTS)

    with pytest.raises(NotEmpty, match="reports"):
        restore(lived_in.settings, tmp_path, Quiet())

    assert content(lived_in.settings, Part.REPORTS) == before


def test_a_system_whose_parts_run_is_left_alone(system: System, tmp_path: Path) -> None:
    back_up(system.settings, tmp_path, Quiet(), drain_s=0)
    with system.engines[Part.MATCHING].connect(), pytest.raises(InUse, match="matching"):
        restore(system.settings, tmp_path, Quiet())
    system.let_go()
    restore(system.settings, tmp_path, Quiet())


def test_the_keys_of_another_day_are_noticed_before_anything_is_written(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(system.settings, tmp_path, Quiet(), drain_s=0)
    lose(system)
    others = Keys(json.loads(json.dumps(generate_keys())))
    monkeypatch.setattr("infra.keeping.manifest.keys", lambda: others)

    with pytest.raises(OtherKeys):
        restore(system.settings, tmp_path, Quiet())

    assert _databases(system.settings) == []


def test_files_are_their_owners_alone_and_hold_no_key(system: System, tmp_path: Path, keys_file: Path) -> None:
    back_up(system.settings, tmp_path / "backup", Quiet(), drain_s=0)

    files = list((tmp_path / "backup").iterdir())
    assert sorted(f.name for f in files) == sorted([*(f"{p}.dump" for p in Part), "manifest.json"])
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o700
    private = json.loads(keys_file.read_text())["gateway-box"]["private"][0].encode()
    assert not any(private in f.read_bytes() for f in files)


def test_a_folder_with_something_in_it_is_refused(system: System, tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    with pytest.raises(FolderInUse):
        back_up(system.settings, tmp_path, Quiet())


def test_no_relay_publishes_while_the_cut_is_made_and_one_does_after(system: System, tmp_path: Path) -> None:
    relay = psycopg.connect(_conninfo(system, Part.REPORTS), application_name="sila-relay-reports", autocommit=True)
    assert relay.execute(LOCK).fetchone() == (True,)

    back_up(system.settings, tmp_path, Quiet(), drain_s=0)

    with pytest.raises(psycopg.OperationalError):
        relay.execute("SELECT 1")
    with psycopg.connect(_conninfo(system, Part.REPORTS), autocommit=True) as stand_by:
        assert stand_by.execute(LOCK).fetchone() == (True,)


def test_the_cut_waits_for_who_is_writing_a_message(system: System, tmp_path: Path) -> None:
    writer = psycopg.connect(_conninfo(system, Part.REPORTS))
    writer.execute(A_MESSAGE)
    with ThreadPoolExecutor(1) as elsewhere:
        made = elsewhere.submit(back_up, system.settings, tmp_path, Quiet(), drain_s=0)
        assert eventually(lambda: system.count(Part.REPORTS, WAITS_FOR_A_LOCK) == 1)
        assert not made.done()
        writer.commit()

        assert made.result().databases[Part.REPORTS].tables["outbox"].rows == 1


def test_messages_that_the_broker_holds_are_counted_since_they_are_not_in_it(system: System, tmp_path: Path) -> None:
    queue = "matching.review"
    with pika.BlockingConnection(pika.URLParameters(system.settings.amqp_url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish("", queue, b"{}")
        assert eventually(lambda: channel.queue_declare(queue, passive=True).method.message_count == 1)
        made = back_up(system.settings, tmp_path, Quiet(), drain_s=0)
        channel.queue_purge(queue)

    assert made.in_broker == 1
    assert Manifest.read(tmp_path).in_broker == 1


def _a_reference(system: System) -> str:
    with system.engines[Part.REPORTS].connect() as db:
        return str(db.exec_driver_sql("SELECT reference FROM report LIMIT 1").scalar_one())


def _databases(settings: Settings) -> list[str]:
    with connect_server(settings) as server:
        asked = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
        return [name for (name,) in server.execute(asked, (settings.database_prefix,))]


def _conninfo(system: System, part: Part) -> str:
    return conninfo(system.settings.database_of(part))

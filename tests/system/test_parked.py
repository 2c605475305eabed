"""What cannot be handled is parked with its error, seen by an operator, and tried again once the cause is mended."""

import json
from collections.abc import Callable
from typing import Any

import pika

from shared.parts import Part
from tests.system.institution import Institution, a_report
from tests.system.whole import System
from tests.waiting import eventually

UNDEFINED_TABLE = "42P01"
KNOWN = "SELECT count(*) FROM file_state WHERE reference = ANY(%s)"


def parked(system: System, part: Part) -> list[dict[str, Any]]:
    """What `sila parked list` shows of a part."""
    return [json.loads(line) for line in system.sila("parked", "list", "--part", part, "--json").splitlines()]


def publish(system: System, body: bytes) -> None:
    """A message that nobody of ours would send."""
    connection = pika.BlockingConnection(pika.URLParameters(system.node.url()))
    connection.channel().basic_publish("commands", "reports.accept_report", body)
    connection.close()


def test_a_malformed_message_parks_at_once_and_can_be_given_up(system: System) -> None:
    before = len(parked(system, Part.REPORTS))
    publish(system, b"{ this is no message")

    eventually(lambda: len(parked(system, Part.REPORTS)) == before + 1, 30, "the message to be parked")
    row = parked(system, Part.REPORTS)[-1]
    assert row["state"] == "parked"
    assert row["error"]
    assert "error" in system.sila("parked", "show", Part.REPORTS, str(row["id"]))
    system.sila("parked", "discard", Part.REPORTS, str(row["id"]), "--reason", "a test's")
    assert len(parked(system, Part.REPORTS)) == before


def test_what_always_fails_is_parked_and_replayed_when_mended_and_the_rest_is_done_once(
    system: System, institution: Callable[[str], Institution]
) -> None:
    mgd = institution("mgd")
    with system.database(Part.APPOINTMENTS) as db:
        db.execute("ALTER TABLE file_state RENAME TO file_state_away")
    try:
        references = [mgd.report(a_report(f"غسان {name} الكعبي")) for name in ("راضي", "عواد", "شياع")]
        eventually(lambda: len(parked(system, Part.APPOINTMENTS)) >= len(references), 60, "the messages to be parked")
        assert {row["sqlstate"] for row in parked(system, Part.APPOINTMENTS)} == {UNDEFINED_TABLE}
        for reference in references:
            eventually(lambda r=reference: mgd.get(f"/reports/{r}").json()["status"] == "received")
            assert system.count(Part.REPORTS, "SELECT count(*) FROM report WHERE reference = %s", reference) == 1
        eventually(system.at_rest, 60, "every try to be over")
    finally:
        with system.database(Part.APPOINTMENTS) as db:
            db.execute("ALTER TABLE file_state_away RENAME TO file_state")

    system.sila("parked", "replay", Part.APPOINTMENTS, "--all")
    eventually(system.at_rest, 60, "the messages to be handled")
    assert parked(system, Part.APPOINTMENTS) == []
    assert system.count(Part.APPOINTMENTS, KNOWN, references) == len(references)

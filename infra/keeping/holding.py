"""After a restore, nobody knows what left in the time that is lost. So what was about to leave is held for a person:
no family gets the same text twice, or an old one at a bad time."""

from typing import Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb

from infra.keeping.databases import connect
from shared.messaging.parking import seal_failure
from shared.parts import Part
from shared.settings import Settings

# Unsettled is the word for it: nobody can say whether the carrier has it, and it is never sent by itself.
HOLD_TEXTS: LiteralString = """
WITH held AS (
    UPDATE outgoing_text SET state = 'unsettled', reason = 'restored', version = version + 1,
        settled_at = clock_timestamp()
    WHERE state IN ('waiting', 'sending') RETURNING batch)
INSERT INTO batch_move (batch) SELECT DISTINCT batch FROM held WHERE batch IS NOT NULL
"""
PAUSE_NOTICES: LiteralString = """
WITH paused AS (UPDATE notice SET state = 'paused', version = version + 1 WHERE state = 'running' RETURNING id)
DELETE FROM due_message WHERE key IN (SELECT 'notice:' || id FROM paused)
"""
# As if nobody could take them: an operator sees them as parked, and replays or discards them.
TAKE_SENDS: LiteralString = """
DELETE FROM outbox WHERE exchange = 'commands' AND routing_key LIKE 'gateway.send%'
RETURNING message_id, routing_key, headers, body
"""
PARK: LiteralString = """
INSERT INTO failed_message (handler, queue, message_id, key, headers, body, tries, state, error_type, frames,
                            sealed_error)
VALUES (%(handler)s, %(queue)s, %(id)s, %(key)s, %(headers)s, %(body)s, 0, 'parked', 'Restored', '', %(sealed)s)
ON CONFLICT (handler, message_id) DO NOTHING
"""

Connection = psycopg.Connection[Any]


def hold_what_may_have_left(settings: Settings) -> None:
    """Hold texts that wait, notices that run, and texts that were asked for and did not reach the gateway."""
    with connect(settings, Part.OUTREACH) as outreach:
        outreach.execute(PAUSE_NOTICES)
    with connect(settings, Part.GATEWAY) as gateway:
        gateway.execute(HOLD_TEXTS)
        for part in Part:
            with connect(settings, part, autocommit=False) as db:
                _park_sends(db, gateway)


def _park_sends(db: Connection, gateway: Connection) -> None:
    why = "asked for before a restore; it may have been sent since"
    for message, queue, headers, body in db.execute(TAKE_SENDS).fetchall():
        handler = ".".join(queue.split(".")[:2])
        row = {"handler": handler, "queue": queue, "id": message, "key": headers["key"]}
        sealed = seal_failure(why, handler)
        gateway.execute(PARK, {**row, "headers": Jsonb(headers), "body": body, "sealed": sealed})

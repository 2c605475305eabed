"""Imports: an institution hands in its register at once. Every row stands for itself, all that is good is taken in one
transaction, and nobody is texted."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from anyio import to_thread
from psycopg.types.json import Jsonb

from portal import audit
from portal.api.answers import ImportState, ImportTaken, as_json
from portal.api.bodies import media_type_of
from portal.api.calls import Call
from portal.api.idempotency import Taken, carry_out_once
from portal.api.import_rows import Row, read_rows
from portal.api.problems import Refused
from portal.api.reports import accepting, known_institutions
from portal.database import Cursor
from portal.limits import Limit
from portal.references import allocate_references
from shared.messages.model import Lane
from shared.messaging.outbox import WRITE, OutboxRow, outbox_row, write_parameters

LARGEST_BYTES = 10 * 1024 * 1024
WRITTEN_AT_ONCE = 500

RETRY_S = "10"

ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('sila.import'), hashtext(%(institution)s)) AS is_alone"
KEEP_JOB = """
INSERT INTO import_job (import_job, institution, created_at) VALUES (%(job)s, %(institution)s, %(at)s)
"""
KEEP_ROWS = """
INSERT INTO import_row (import_job, "row", reference, errors)
SELECT %(job)s, * FROM unnest(%(rows)s::int[], %(references)s::text[], %(errors)s::jsonb[])
"""
JOB = "SELECT 1 AS found FROM import_job WHERE import_job = %(job)s AND institution = %(institution)s"
ROWS = """
SELECT r."row", r.reference, r.errors, coalesce(a.state = 'allocated', false) AS is_on_its_way
FROM import_row r LEFT JOIN reference_allocation a USING (reference) WHERE r.import_job = %(job)s ORDER BY r."row"
"""


async def take_import(call: Call, _: None) -> Taken:
    """Take a file of reports, CSV or JSON lines: each row is checked by itself, and the good ones are accepted."""
    await call.count(Limit.IMPORTS_BY_KEY)
    institutions = await known_institutions(call.database)
    rows = await to_thread.run_sync(read_rows, call.body, media_type_of(call.request), institutions)
    good = [row for row in rows if row.content is not None]

    async def accept(cursor: Cursor) -> Taken:
        await _be_alone(cursor, call)
        job = uuid4()
        references = await allocate_references(cursor, call.institution, len(good))
        given = {row.number: reference for row, reference in zip(good, references, strict=True)}
        await _send(cursor, await to_thread.run_sync(_commands, call, good, references))
        await _keep(cursor, call, job, rows, given)
        await call.note(cursor, "imported", str(job))
        await audit.append_all(cursor, call.at, "api", "reported", references, institution=call.institution)
        taken = ImportTaken(id=job, rows=len(rows), accepted=len(good), refused=len(rows) - len(good))
        return Taken(body=as_json(taken), location=f"/api/v1/imports/{job}")

    return await carry_out_once(call, accept)


async def _be_alone(cursor: Cursor, call: Call) -> None:
    # An import holds a connection for seconds, and families' pages need some too.
    await cursor.execute(ALONE, {"institution": call.institution})
    row = await cursor.fetchone()
    if not row or not row["is_alone"]:
        raise Refused(429, "One import of an institution at a time.", headers={"retry-after": RETRY_S})


def _commands(call: Call, good: Sequence[Row], references: Sequence[str]) -> list[OutboxRow]:
    return [
        outbox_row(accepting(call.actor, reference, row.content, "import"), call.at, lane=Lane.BULK)
        for row, reference in zip(good, references, strict=True)
        if row.content is not None
    ]


async def _send(cursor: Cursor, commands: Sequence[OutboxRow]) -> None:
    for first in range(0, len(commands), WRITTEN_AT_ONCE):
        await cursor.execute(WRITE, write_parameters(commands[first : first + WRITTEN_AT_ONCE]))


async def _keep(cursor: Cursor, call: Call, job: UUID, rows: Sequence[Row], given: dict[int, str]) -> None:
    await cursor.execute(KEEP_JOB, {"job": job, "institution": call.institution, "at": call.at})
    became: dict[str, Any] = {
        "job": job,
        "rows": [row.number for row in rows],
        "references": [given.get(row.number) for row in rows],
        "errors": [Jsonb(row.errors) for row in rows],
    }
    await cursor.execute(KEEP_ROWS, became)


async def show_import(call: Call, _: None) -> ImportState:
    """What became of an import: its rows, their references, and what was wrong with those that were refused."""
    job = call.named_id()
    await call.note_look("looked", str(job))
    if not await call.database.one(JOB, {"job": job, "institution": call.institution}):
        raise Refused(404)
    rows = await call.database.all(ROWS, {"job": job})
    accepted = [row for row in rows if row["reference"]]
    state = "working" if any(row["is_on_its_way"] for row in accepted) else "done"
    errors = [{"row": row["row"], **error} for row in rows for error in row["errors"]]
    counted = {"rows": len(rows), "accepted": len(accepted), "refused": len(rows) - len(accepted)}
    return ImportState.model_validate({"id": job, "state": state, **counted, "errors": errors, "references": accepted})

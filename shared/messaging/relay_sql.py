"""The relay's statements."""

from typing import LiteralString

LOCK: LiteralString = "SELECT pg_try_advisory_lock(7364617)"  # locks are per database, so one number serves all parts
_ROWS: LiteralString = """
SELECT id, message_id, exchange, routing_key, headers, body FROM (
    SELECT id, message_id::text, exchange, routing_key, headers::text, body,
           sum(octet_length(body)) OVER (ORDER BY id) - octet_length(body) AS bytes_before
    FROM outbox WHERE {} AND returned_at IS NULL ORDER BY id LIMIT %s) AS next
WHERE bytes_before < %s
"""
NEW_ROWS: LiteralString = _ROWS.format("id > %s")
LATE_ROWS: LiteralString = _ROWS.format("id > %s AND id <= %s AND id <> ALL(%s)")
REMOVE: LiteralString = "DELETE FROM outbox WHERE id = ANY(%s)"
RETURNED: LiteralString = "UPDATE outbox SET returned_at = clock_timestamp() WHERE id = ANY(%s)"
REFUSED: LiteralString = """
UPDATE outbox SET returned_at = clock_timestamp()
WHERE exchange = ANY(%s) AND (routing_key = %s OR %s = '') AND returned_at IS NULL
"""
TRY_RETURNED: LiteralString = """
UPDATE outbox SET returned_at = NULL WHERE returned_at < clock_timestamp() - interval '30 seconds'
"""
OLDEST_OPEN: LiteralString = """
SELECT pg_snapshot_xmin(s)::text AS oldest, pg_snapshot_xmax(s)::text AS newest FROM pg_current_snapshot() AS s
"""
FIRE_DUE: LiteralString = """
WITH due AS (
    DELETE FROM due_message WHERE key IN (
        SELECT key FROM due_message WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT 500 FOR UPDATE SKIP LOCKED)
    RETURNING *)
INSERT INTO outbox (message_id, exchange, routing_key, headers, body)
SELECT message_id, exchange, routing_key, headers, body FROM due ORDER BY due_at
"""
# A try that gets lost on its way is made again when its lease is over.
FIRE_RETRIES: LiteralString = """
WITH due AS (
    UPDATE failed_message SET due_at = clock_timestamp() + interval '10 minutes' WHERE id IN (
        SELECT id FROM failed_message WHERE state = 'retrying' AND due_at <= clock_timestamp()
        ORDER BY due_at LIMIT 200 FOR UPDATE SKIP LOCKED)
    RETURNING *)
INSERT INTO outbox (message_id, exchange, routing_key, headers, body)
SELECT message_id, '', queue, headers || jsonb_build_object('retry', id), body FROM due ORDER BY id
"""
TRIM_INBOX: LiteralString = """
DELETE FROM inbox WHERE ctid IN (
    SELECT ctid FROM inbox WHERE taken_at < clock_timestamp() - make_interval(days => %s) LIMIT %s)
"""
# One statement a second while nothing happens: of an idle relay's work these looks are nearly all.
DUE: LiteralString = """
SELECT EXISTS (SELECT FROM due_message WHERE due_at <= clock_timestamp()) AS messages,
       EXISTS (SELECT FROM failed_message WHERE state = 'retrying' AND due_at <= clock_timestamp()) AS retries,
       EXISTS (SELECT FROM outbox WHERE returned_at < clock_timestamp() - interval '30 seconds') AS returned
"""
MEASURED: LiteralString = f"""
{DUE},
       (SELECT count(*) FROM outbox) AS waiting,
       (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) FROM outbox) AS oldest_s,
       (SELECT count(*) FROM outbox WHERE returned_at IS NOT NULL) AS unroutable,
       (SELECT count(*) FROM failed_message WHERE state <> 'parked') AS retrying,
       greatest((SELECT extract(epoch FROM clock_timestamp() - min(due_at)) FROM due_message),
                (SELECT extract(epoch FROM clock_timestamp() - min(due_at)) FROM failed_message), 0) AS overdue_s,
       (SELECT jsonb_object_agg(queue, messages) FROM (
            SELECT queue, count(*) AS messages FROM failed_message WHERE state = 'parked' GROUP BY queue) AS parked
       ) AS parked,
       (SELECT count(*) FROM pg_constraint
        WHERE contype = 'c' AND NOT convalidated AND right(conname, 8) = '_bounded') AS out_of_bounds
"""  # noqa: S608

"""How long the gateway remembers: what a text said and whom it went to is erased once it has long been settled."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session

from shared.database import now

KEEP_VALUES = timedelta(days=30)
KEEP_INCOMING = timedelta(days=30)
AT_A_TIME = 5000

ERASE_VALUES = sa.text("""
UPDATE outgoing_text SET "values" = '{}', sealed_values = '{}', sealed_phone = NULL, body_digest = NULL
WHERE id IN (SELECT id FROM outgoing_text WHERE settled_at < :before AND state <> 'sending'
    AND ("values" <> '{}' OR sealed_values <> '{}' OR sealed_phone IS NOT NULL OR body_digest IS NOT NULL)
    ORDER BY settled_at LIMIT :limit FOR UPDATE SKIP LOCKED)
""")
ERASE_CODES = sa.text("""
UPDATE outgoing_text SET sealed_values = '{}'
WHERE sealed_values <> '{}' AND state NOT IN ('waiting', 'sending') AND not_after < :now
""")
ERASE_INCOMING = sa.text("""
UPDATE incoming_text SET sealed_body = NULL, sealed_phone = ''
WHERE carrier_id IN
    (SELECT carrier_id FROM incoming_text WHERE came_at < :before AND sealed_body IS NOT NULL LIMIT :limit)
""")


def erase_old(db: Session) -> int:
    """Erase what is old enough, a bounded number of rows. Returns how many; the caller commits and calls again."""
    at, connection = now(db), db.connection()
    erased = connection.execute(ERASE_VALUES, {"before": at - KEEP_VALUES, "limit": AT_A_TIME}).rowcount
    erased += connection.execute(ERASE_CODES, {"now": at}).rowcount
    erased += connection.execute(ERASE_INCOMING, {"before": at - KEEP_INCOMING, "limit": AT_A_TIME}).rowcount
    return erased

"""The feed of changes: what happened to the files that an institution may see, after a cursor, none left out."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

# A row of a transaction that is still open, or of one that began before it ended, may yet appear before those that are
# seen now: the feed stops where the oldest open transaction began.
_CHANGES = sa.text("""
SELECT change.id, change.transaction, change.reference, change.kind, change.version, change.at, report.status
FROM change JOIN report USING (reference)
WHERE (change.transaction, change.id) > (:transaction, :id)
  AND change.transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
  AND (CAST(:institution AS text) IS NULL OR report.institution = :institution
       OR report.shared_with @> to_jsonb(CAST(:institution AS text)))
ORDER BY change.transaction, change.id LIMIT :most
""")
_START = "0-0"
_MOST_CHANGES = 500


def changes(db: Session, institution: str | None, after: str | None = None, most: int = 100) -> dict[str, Any]:
    """What changed after a cursor, oldest first, and the next cursor. Raises LookupError for a wrong cursor."""
    transaction, number = _cursor(after or _START)
    parameters = {"transaction": transaction, "id": number, "institution": institution}
    rows = db.connection().execute(_CHANGES, {**parameters, "most": min(most, _MOST_CHANGES)}).mappings().all()
    events = [
        {
            "event": row["kind"],
            "reference": row["reference"],
            "version": row["version"],
            "status": row["status"],
            "at": row["at"].isoformat(),
        }
        for row in rows
    ]
    cursor = f"{rows[-1]['transaction']}-{rows[-1]['id']}" if rows else (after or _START)
    return {"events": events, "cursor": cursor}


def _cursor(written: str) -> tuple[int, int]:
    transaction, _, number = written.partition("-")
    if not (transaction.isdecimal() and number.isdecimal() and len(written) <= 40):
        raise LookupError
    return int(transaction), int(number)

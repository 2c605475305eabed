"""The guard of own relatives' files: whether a member of staff declared a relation to a report, or it was declared."""

from uuid import UUID

from portal.database import Cursor, Database
from portal.limits import reference_index

IS_DECLARED = """
SELECT 1 AS yes FROM declared_relation
WHERE staff = %(staff)s AND reference_index = %(reference_index)s AND ended_at IS NULL
"""
OWN = "SELECT reference_index FROM declared_relation WHERE staff = %(staff)s AND ended_at IS NULL"


async def own_relatives(db: Database, staff: UUID) -> frozenset[str]:
    """The indexes of the reports that this member declared, or that were declared: one read for a whole list."""
    return frozenset(row["reference_index"] for row in await db.all(OWN, {"staff": staff}))


async def is_own_relative(db: Database | Cursor, staff: UUID, reference: str) -> bool:
    """Whether a report, by its 12 digits, is about a relative of this member: one indexed read."""
    asked = {"staff": staff, "reference_index": reference_index(reference)}
    if isinstance(db, Database):
        return await db.one(IS_DECLARED, asked) is not None
    await db.execute(IS_DECLARED, asked)
    return await db.fetchone() is not None

"""Allocates references for every door: random, checked, and given out once."""

from portal.database import Cursor
from shared.references import new_reference

ALLOCATE = """
INSERT INTO reference_allocation (reference, institution) VALUES (%(reference)s, %(institution)s)
ON CONFLICT DO NOTHING RETURNING reference
"""


async def allocate_reference(cursor: Cursor, institution: str) -> str:
    """A reference that nobody has, in the cursor's transaction: it is taken when that commits."""
    while True:
        await cursor.execute(ALLOCATE, {"reference": new_reference(), "institution": institution})
        if row := await cursor.fetchone():
            return row["reference"]

"""Allocates references for every door: random, checked, and given out once."""

from portal.database import Cursor
from shared.references import new_reference

ALLOCATE = """
INSERT INTO reference_allocation (reference, institution) VALUES (%(reference)s, %(institution)s)
ON CONFLICT DO NOTHING RETURNING reference
"""

ALLOCATE_MANY = """
INSERT INTO reference_allocation (reference, institution)
SELECT reference, %(institution)s FROM unnest(%(references)s::text[]) AS reference
ON CONFLICT DO NOTHING RETURNING reference
"""


async def allocate_reference(cursor: Cursor, institution: str) -> str:
    """A reference that nobody has, in the cursor's transaction: it is taken when that commits."""
    while True:
        await cursor.execute(ALLOCATE, {"reference": new_reference(), "institution": institution})
        if row := await cursor.fetchone():
            return row["reference"]


async def allocate_references(cursor: Cursor, institution: str, count: int) -> list[str]:
    """So many references at once, as `allocate_reference` gives them."""
    given: list[str] = []
    while len(given) < count:
        drawn = {new_reference() for _ in range(count - len(given))}
        await cursor.execute(ALLOCATE_MANY, {"references": list(drawn), "institution": institution})
        given += [row["reference"] for row in await cursor.fetchall()]
    return given

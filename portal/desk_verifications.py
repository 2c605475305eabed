"""That a desk made sure whom it speaks with: on record, and good for half an hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from portal.database import Cursor
from shared.messages.reports import DeskVerification

GOOD_FOR: Final = timedelta(minutes=30)
REMEMBER = """
INSERT INTO desk_verification (id, reference, staff, institution, checks, verified_at, expires_at)
VALUES (%(id)s, %(reference)s, %(staff)s, %(institution)s, %(checks)s, %(at)s, %(expires_at)s)
"""
FRESH = """
SELECT v.id, v.checks, v.verified_at FROM desk_verification v
JOIN family_file f ON f.reference = v.reference AND f.institution = v.institution
WHERE v.reference = %(reference)s AND v.staff = %(staff)s AND v.institution = %(institution)s
    AND v.expires_at > %(at)s
ORDER BY v.verified_at DESC LIMIT 1 FOR SHARE OF f
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """A member of staff at the desk of an institution."""

    staff: UUID
    institution: str


async def remember(cursor: Cursor, desk: Desk, reference: str, checks: list[str], at: datetime) -> DeskVerification:
    """Put on record by which checks a desk made sure of a family."""
    said = DeskVerification.model_validate({"verification": uuid4(), "checks": checks, "verified_at": at})
    row: dict[str, Any] = {
        "id": said.verification,
        "reference": reference,
        "staff": desk.staff,
        "institution": desk.institution,
        "checks": checks,
        "at": at,
        "expires_at": at + GOOD_FOR,
    }
    await cursor.execute(REMEMBER, row)
    return said


async def fresh(cursor: Cursor, desk: Desk, reference: str, at: datetime) -> DeskVerification | None:
    """What this desk has on record of the last half hour, while its institution is responsible for the report.

    The report stays with it until the cursor's transaction ends.
    """
    asked = {"reference": reference, "staff": desk.staff, "institution": desk.institution, "at": at}
    await cursor.execute(FRESH, asked)
    row = await cursor.fetchone()
    if row is None:
        return None
    return DeskVerification(verification=row["id"], checks=row["checks"], verified_at=row["verified_at"])

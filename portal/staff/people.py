"""Staff by their ids, as other parts name them: who decided, who reviewed, who is the contact person."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request

from portal.accounts import Role
from portal.at_hand import database_of
from portal.institution_kinds import roles_of

NAMES = "SELECT staff, name, institution FROM staff WHERE staff = ANY(%(staff)s)"
WITH_ROLE = """
SELECT s.staff, s.name, i.kinds FROM staff s JOIN institution i USING (institution)
WHERE s.is_active AND i.is_active AND s.institution = %(institution)s AND %(role)s = ANY(s.roles) ORDER BY s.name
"""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the staff."""

    staff: str
    name: str
    institution: str


async def names_of(request: Request, staff: Iterable[str | None]) -> dict[str, Colleague]:
    """Those of these ids who are known: id → colleague."""
    wanted = [UUID(each) for each in staff if each]
    rows = await database_of(request).all(NAMES, {"staff": wanted}) if wanted else []
    return {str(row["staff"]): Colleague(str(row["staff"]), row["name"], row["institution"]) for row in rows}


async def with_role(request: Request, role: Role, institution: str) -> dict[str, str]:
    """An institution's staff with a role that counts there: id → name."""
    rows = await database_of(request).all(WITH_ROLE, {"role": role.value, "institution": institution})
    return {str(row["staff"]): row["name"] for row in rows if role in roles_of(row["kinds"])}

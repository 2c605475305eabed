"""Declared relations: reports that are about a member's own relative, whose files that member may not see.

A member declares by herself or an administrator does; only another administrator ends it. It is kept and shown without
the reference, and declaring one says nothing of whether such a report exists.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from psycopg.rows import class_row

from portal.administration.acting import By, Connection, NotThere, Rejected, record
from portal.administration.staff import find_account
from portal.limits import reference_index
from shared.database import utc_now

MOST = 50
"""How many relations an account may have: each is a hand-written one."""
OPEN = """
SELECT relation, declared_by, declared_at FROM declared_relation
WHERE staff = %s AND ended_at IS NULL ORDER BY declared_at
"""
DECLARE = """
INSERT INTO declared_relation (relation, staff, reference_index, declared_by, declared_at)
VALUES (%s, %s, %s, %s, %s) ON CONFLICT (staff, reference_index) WHERE ended_at IS NULL DO NOTHING
"""
END = """
UPDATE declared_relation SET ended_by = %s, ended_at = %s WHERE relation = %s AND staff = %s AND ended_at IS NULL
"""
END_ABOUT = """
UPDATE declared_relation SET ended_by = %s, ended_at = %s
WHERE staff = %s AND reference_index = %s AND ended_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Relation:
    """A declared relation. `declared_by` is an account's id, or `cli:` and a name."""

    relation: UUID
    declared_by: str
    declared_at: datetime


def relations_of(db: Connection, staff: UUID) -> list[Relation]:
    """An account's declared relations that count, the oldest first."""
    with db.cursor(row_factory=class_row(Relation)) as cursor:
        return cursor.execute(OPEN, (staff,)).fetchall()


def declare(db: Connection, by: By, staff: UUID, reference: str) -> None:
    """Declare that a report, known or not, is about a member's relative. Raises NotThere and Rejected."""
    if by.staff != staff:
        find_account(db, by, staff)
    if len(relations_of(db, staff)) >= MOST:
        raise Rejected("reference", f"No more than {MOST} can be declared.")
    db.execute(DECLARE, (uuid4(), staff, reference_index(reference), by.name, utc_now()))
    record(db, by, "relation_declared", staff)


def end(db: Connection, by: By, staff: UUID, relation: UUID) -> None:
    """End a declared relation of another member. Raises NotThere and Rejected."""
    find_account(db, by, staff)
    if by.staff == staff:
        raise Rejected("sure", "Nobody ends what they declared themselves. Ask another administrator.")
    if not db.execute(END, (by.name, utc_now(), relation, staff)).rowcount:
        raise NotThere(relation)
    record(db, by, "relation_ended", staff)


def end_about(db: Connection, by: By, staff: UUID, reference: str) -> None:
    """End a declared relation by its report, for the command line. Raises NotThere."""
    find_account(db, by, staff)
    if not db.execute(END_ABOUT, (by.name, utc_now(), staff, reference_index(reference))).rowcount:
        raise NotThere(staff)
    record(db, by, "relation_ended", staff)

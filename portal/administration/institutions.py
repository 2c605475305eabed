"""Institutions: added, changed, closed and opened again, by a national administrator or at the command line."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from portal.administration.acting import By, Connection, NotThere, Rejected, record
from portal.institution_kinds import Kind
from portal.languages import LANGUAGES
from shared.database import utc_now
from shared.messages.model import Actor
from shared.messages.reports import NoteInstitution
from shared.messaging.outbox import WRITE, outbox_row, write_parameters
from shared.settings import settings

CODE = re.compile(r"[a-z][a-z0-9-]{1,30}")
LONGEST_NAME = 200

LIST = """
SELECT i.institution, i.name, i.kinds, i.is_active,
    (SELECT count(*) FROM staff s WHERE s.institution = i.institution AND s.is_active) AS people,
    (SELECT count(*) FROM api_key k WHERE k.institution = i.institution AND k.is_active AND k.expires_at > now())
        AS keys
FROM institution i WHERE %(institution)s::text IS NULL OR i.institution = %(institution)s ORDER BY i.institution
"""
LOCK = "SELECT institution, name, kinds, is_active FROM institution WHERE institution = %s FOR UPDATE"
ADD = """
INSERT INTO institution (institution, name, kinds) VALUES (%s, %s, %s) ON CONFLICT (institution) DO NOTHING
"""
CHANGE = "UPDATE institution SET name = %s, kinds = %s WHERE institution = %s"
SET_ACTIVE = "UPDATE institution SET is_active = %s WHERE institution = %s"
END_SESSIONS = """
DELETE FROM staff_session WHERE staff IN (SELECT staff FROM staff WHERE institution = %s)
"""


@dataclass(frozen=True, slots=True)
class InstitutionShown:
    """An institution, with how many active accounts and good keys it has."""

    institution: str
    name: dict[str, str]
    kinds: list[str] = field(default_factory=list[str])
    is_active: bool = True
    people: int = 0
    keys: int = 0


def list_institutions(db: Connection) -> list[InstitutionShown]:
    """Every institution, closed ones too, by its short name."""
    return _select(db, None)


def find_institution(db: Connection, institution: str) -> InstitutionShown:
    """One institution. Raises NotThere."""
    found = _select(db, institution)
    if not found:
        raise NotThere(institution)
    return found[0]


def _select(db: Connection, institution: str | None) -> list[InstitutionShown]:
    with db.cursor(row_factory=class_row(InstitutionShown)) as cursor:
        return cursor.execute(LIST, {"institution": institution}).fetchall()


def add_institution(db: Connection, by: By, institution: str, name: Mapping[str, str], kinds: Sequence[str]) -> None:
    """Add an institution. Raises Rejected: nothing overwrites one that is there."""
    _refuse_unless_national(by)
    if not CODE.fullmatch(institution):
        raise Rejected("institution", "Use 2 to 31 small letters a–z, digits and dashes; begin with a letter.")
    said, chosen = _checked_name(name), _checked_kinds(kinds)
    if not db.execute(ADD, (institution, Jsonb(said), chosen)).rowcount:
        raise Rejected("institution", f"There is an institution {institution} already; it was not changed.")
    record(db, by, "institution_added", institution, f"kinds: {', '.join(chosen)}")


def change_institution(
    db: Connection,
    by: By,
    institution: str,
    name: Mapping[str, str] | None = None,
    kinds: Sequence[str] | None = None,
) -> None:
    """Give an institution other names or kinds; None leaves them. Other kinds end its people's sessions.

    Raises NotThere and Rejected.
    """
    _refuse_unless_national(by)
    now = _locked(db, institution)
    said = now.name if name is None else _checked_name(name)
    chosen = now.kinds if kinds is None else _checked_kinds(kinds)
    has_other_kinds = set(chosen) != set(now.kinds)
    if has_other_kinds and by.staff and by.institution == institution:
        # Her row may hold a role that another kind would bring to life.
        raise Rejected("kinds", "Nobody changes the kinds of their own institution. Ask another administrator.")
    db.execute(CHANGE, (Jsonb(dict(said)), chosen, institution))
    if has_other_kinds:
        db.execute(END_SESSIONS, (institution,))
    record(db, by, "institution_changed", institution, f"kinds: {', '.join(chosen)}")


def close_institution(db: Connection, by: By, institution: str, noted_by: Actor | None = None) -> None:
    """Close an institution: its people are out and its keys refused from the next request on.

    With `noted_by`, the central record is told, so that a coordinator may hand its reports over.
    Raises NotThere and Rejected.
    """
    _refuse_unless_national(by)
    now = _locked(db, institution)
    if by.staff and by.institution == institution:
        raise Rejected("sure", "Nobody closes their own institution. Ask another administrator.")
    if institution == settings().own_desk:
        raise Rejected("sure", "The reports that families make themselves belong to it: it stays open.")
    if not now.is_active:
        raise Rejected("sure", "This institution is closed already.")
    db.execute(SET_ACTIVE, (False, institution))
    db.execute(END_SESSIONS, (institution,))
    _tell_the_record(db, institution, noted_by, is_closed=True)
    record(db, by, "institution_closed", institution)


def reopen_institution(db: Connection, by: By, institution: str, noted_by: Actor | None = None) -> None:
    """Open a closed institution again, with its people and keys as they were. Raises NotThere and Rejected."""
    _refuse_unless_national(by)
    if _locked(db, institution).is_active:
        raise Rejected("sure", "This institution is open already.")
    db.execute(SET_ACTIVE, (True, institution))
    _tell_the_record(db, institution, noted_by, is_closed=False)
    record(db, by, "institution_reopened", institution)


def _tell_the_record(db: Connection, institution: str, actor: Actor | None, *, is_closed: bool) -> None:
    if actor is not None:
        command = NoteInstitution(closed=institution, is_closed=is_closed, actor=actor)
        db.execute(WRITE, write_parameters([outbox_row(command, utc_now())]))


def _refuse_unless_national(by: By) -> None:
    if not by.is_national:
        raise NotThere


def _locked(db: Connection, institution: str) -> InstitutionShown:
    with db.cursor(row_factory=class_row(InstitutionShown)) as cursor:
        found = cursor.execute(LOCK, (institution,)).fetchone()
    if found is None:
        raise NotThere(institution)
    return found


def _checked_name(name: Mapping[str, str]) -> dict[str, str]:
    said = {code: text.strip() for code, text in name.items() if text.strip()}
    if unknown := sorted(set(said) - set(LANGUAGES)):
        raise Rejected("name", f"There is no language {', '.join(unknown)}: use {', '.join(LANGUAGES)}.")
    if not said:
        raise Rejected("name", "Please write the name in one language at least.")
    if any(len(text) > LONGEST_NAME for text in said.values()):
        raise Rejected("name", f"Please use at most {LONGEST_NAME} characters.")
    return said


def _checked_kinds(kinds: Sequence[str]) -> list[str]:
    if unknown := sorted(set(kinds) - set(Kind)):
        raise Rejected("kinds", f"There is no kind {', '.join(unknown)}: use {', '.join(Kind)}.")
    if not kinds:
        raise Rejected("kinds", "Please choose one kind at least.")
    return sorted(set(kinds))

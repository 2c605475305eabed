"""API keys of institutions: made with scopes, an owner and an end, shown once, rotated and revoked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from psycopg.rows import class_row

from portal.accounts import KEY_LIVES, key_digest, new_key
from portal.administration.acting import By, Connection, NotThere, Rejected, record
from portal.administration.institutions import find_institution
from portal.institution_kinds import Scope, effective_scopes, scopes_of
from shared.database import utc_now

DEFAULT_DAYS = KEY_LIVES.days
MOST_DAYS = 1095
MOST_OVERLAP_DAYS = 30
LONGEST_LABEL = 100

SELECT = """
SELECT k.api_key, k.institution, k.label, k.scopes, i.kinds, k.is_active, k.created_at, k.expires_at, k.last_used_at,
    k.owner_staff, COALESCE(s.email, k.owner_contact) AS owner
FROM api_key k JOIN institution i USING (institution) LEFT JOIN staff s ON s.staff = k.owner_staff
"""
LIST = (
    SELECT
    + "WHERE %(institution)s::text IS NULL OR k.institution = %(institution)s ORDER BY k.institution, k.created_at"
)
BY_ID = SELECT + "WHERE k.api_key = %s"
LOCK = "SELECT 1 FROM api_key WHERE api_key = %s FOR UPDATE"
OWNER = "SELECT staff FROM staff WHERE email = lower(%s) AND institution = %s AND is_active"
ADD = """
INSERT INTO api_key (api_key, key_digest, institution, scopes, label, owner_staff, owner_contact, expires_at)
VALUES (%(api_key)s, %(key_digest)s, %(institution)s, %(scopes)s, %(label)s, %(owner_staff)s, %(owner_contact)s,
    %(expires_at)s)
ON CONFLICT (api_key) DO NOTHING
"""
REVOKE = "UPDATE api_key SET is_active = false WHERE api_key = %s"
END_BY = "UPDATE api_key SET expires_at = least(expires_at, %s) WHERE api_key = %s"


@dataclass(frozen=True, slots=True)
class KeyShown:
    """A key as administrators see it: everything but the key. `owner` is an address or a contact in words."""

    api_key: UUID
    institution: str
    label: str
    scopes: list[str]
    kinds: list[str]
    is_active: bool
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    owner_staff: UUID | None
    owner: str | None

    @property
    def effective_scopes(self) -> list[str]:
        """Those scopes that the institution's kinds allow."""
        return sorted(scope.value for scope in effective_scopes(self.scopes, self.kinds))

    @property
    def state(self) -> str:
        """`good`, `expired` or `revoked`."""
        if not self.is_active:
            return "revoked"
        return "good" if self.expires_at > utc_now() else "expired"


@dataclass(frozen=True, slots=True)
class KeyMade:
    """A new key, which can be read this once."""

    api_key: UUID
    key: str
    expires_at: datetime


def list_keys(db: Connection, institution: str | None) -> list[KeyShown]:
    """An institution's keys, or all, revoked and expired ones too."""
    with db.cursor(row_factory=class_row(KeyShown)) as cursor:
        return cursor.execute(LIST, {"institution": institution}).fetchall()


def find_key(db: Connection, by: By, api_key: UUID) -> KeyShown:
    """A key that this person manages. Raises NotThere."""
    with db.cursor(row_factory=class_row(KeyShown)) as cursor:
        found = cursor.execute(BY_ID, (api_key,)).fetchone()
    if found is None or not by.manages(found.institution):
        raise NotThere(api_key)
    return found


def add_key(
    db: Connection,
    by: By,
    institution: str,
    scopes: Sequence[str],
    label: str,
    owner: str,
    days: int = DEFAULT_DAYS,
    api_key: UUID | None = None,
) -> KeyMade:
    """Make a key. `owner` is the address of a member of the institution, or a contact in words.

    Under an id that exists already nothing is made: a form that was sent twice. Raises NotThere and Rejected.
    """
    if not by.manages(institution):
        raise NotThere(institution)
    found = find_institution(db, institution)
    if not found.is_active:
        raise Rejected("institution", "This institution is closed. Open it again first.")
    allowed = scopes_of(found.kinds)
    if unknown := sorted(set(scopes) - set(Scope)):
        raise Rejected("scopes", f"There is no scope {', '.join(unknown)}. Scopes are: {', '.join(Scope)}.")
    if outside := sorted(set(scopes) - allowed):
        may_have = ", ".join(sorted(allowed)) or "none"
        raise Rejected("scopes", f"An institution of its kinds has no {', '.join(outside)}. It may have: {may_have}.")
    if not scopes:
        raise Rejected("scopes", "Please choose one scope at least.")
    if not 1 <= days <= MOST_DAYS:
        raise Rejected("days", f"Please choose from 1 to {MOST_DAYS} days.")
    chosen = sorted(set(scopes))
    row: dict[str, object] = {
        "institution": institution,
        "scopes": chosen,
        "label": _checked_words("label", label),
        **_owner(db, institution, _checked_words("owner", owner)),
    }
    made = _insert(db, row, days, api_key)
    record(db, by, "key_added", made.api_key, f"{institution}, scopes: {', '.join(chosen)}, days: {days}")
    return made


def revoke_key(db: Connection, by: By, api_key: UUID) -> None:
    """Revoke a key: its next call is refused. Raises NotThere and Rejected."""
    db.execute(LOCK, (api_key,))
    found = find_key(db, by, api_key)
    if not found.is_active:
        raise Rejected("sure", "This key is revoked already.")
    db.execute(REVOKE, (api_key,))
    record(db, by, "key_revoked", api_key, found.institution)


def rotate_key(db: Connection, by: By, api_key: UUID, days: int = DEFAULT_DAYS, overlap_days: int = 0) -> KeyMade:
    """Make a key in the place of another, which ends now or `overlap_days` from now. Raises NotThere and Rejected."""
    db.execute(LOCK, (api_key,))
    old = find_key(db, by, api_key)
    if not old.is_active:
        raise Rejected("key", "This key is revoked. Make a new one.")
    if not 1 <= days <= MOST_DAYS:
        raise Rejected("days", f"Please choose from 1 to {MOST_DAYS} days.")
    if not 0 <= overlap_days <= MOST_OVERLAP_DAYS:
        raise Rejected("overlap_days", f"Please choose from 0 to {MOST_OVERLAP_DAYS} days.")
    scopes = old.effective_scopes
    if not scopes:
        raise Rejected("key", "Its institution is of no kind that this key's scopes belong to. Revoke it instead.")
    row: dict[str, object] = {
        "institution": old.institution,
        "scopes": scopes,
        "label": old.label,
        "owner_staff": old.owner_staff,
        "owner_contact": None if old.owner_staff else old.owner,
    }
    made = _insert(db, row, days, None)
    if overlap_days:
        db.execute(END_BY, (utc_now() + timedelta(days=overlap_days), api_key))
    else:
        db.execute(REVOKE, (api_key,))
    record(db, by, "key_rotated", api_key, f"{old.institution}, new key: {made.api_key}, overlap: {overlap_days} days")
    return made


def _insert(db: Connection, row: dict[str, object], days: int, api_key: UUID | None) -> KeyMade:
    made = KeyMade(api_key or uuid4(), new_key(), utc_now() + timedelta(days=days))
    secret = {"api_key": made.api_key, "key_digest": key_digest(made.key), "expires_at": made.expires_at}
    if not db.execute(ADD, row | secret).rowcount:
        words = "This form was sent before, and its key was shown then. Revoke that key if nobody wrote it down."
        raise Rejected("label", words)
    return made


def _owner(db: Connection, institution: str, owner: str) -> dict[str, object]:
    found = db.execute(OWNER, (owner, institution)).fetchone() if "@" in owner else None
    return {"owner_staff": found[0] if found else None, "owner_contact": None if found else owner}


def _checked_words(field: str, words: str) -> str:
    said = words.strip()
    if not said or len(said) > LONGEST_LABEL or not said.isprintable():
        raise Rejected(field, f"Please write 1 to {LONGEST_LABEL} characters, in one line.")
    return said

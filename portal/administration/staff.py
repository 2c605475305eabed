"""Staff accounts: invited by a one-time link, changed, disabled, enabled and reset, with their sessions.

Whatever takes something from an account ends its sessions in the same transaction, so that its next request fails.
Nobody changes the own account, and only a national administrator touches an account with a national role.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pyotp
from psycopg.rows import class_row

from portal.accounts import NewStaff, Role, password_hasher, seal_totp_secret
from portal.administration.acting import By, Connection, NotThere, Rejected, record
from portal.administration.institutions import find_institution
from portal.institution_kinds import NATIONAL_ROLES, effective_roles, roles_of
from shared.database import utc_now

INVITATION_LIVES = timedelta(hours=72)
EMAIL = re.compile(r"[^@\s,;:<>\"()]{1,64}@[a-z0-9.-]{1,180}\.[a-z0-9-]{2,60}")
LONGEST_NAME = 100

SELECT = """
SELECT s.staff, s.email, s.name, s.roles, s.institution, i.kinds, s.is_active,
    s.password_hash IS NOT NULL AS has_password, v.expires_at AS invited_until,
    (SELECT count(*) FROM staff_session e WHERE e.staff = s.staff AND e.has_totp AND e.expires_at > now()) AS sessions
FROM staff s JOIN institution i USING (institution) LEFT JOIN staff_invitation v USING (staff)
"""
LIST = SELECT + "WHERE %(institution)s::text IS NULL OR s.institution = %(institution)s ORDER BY s.institution, s.email"
BY_ID = SELECT + "WHERE s.staff = %s"
BY_EMAIL = SELECT + "WHERE s.email = lower(%s)"
LOCK = "SELECT 1 FROM staff WHERE staff = %s FOR UPDATE"
ADD = """
INSERT INTO staff (staff, email, name, roles, institution) VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
INVITE = """
INSERT INTO staff_invitation (token_digest, staff, sealed_totp_secret, made_at, expires_at)
VALUES (%(digest)s, %(staff)s, %(secret)s, %(at)s, %(until)s)
ON CONFLICT (staff) DO UPDATE SET token_digest = excluded.token_digest, made_at = excluded.made_at,
    sealed_totp_secret = excluded.sealed_totp_secret, expires_at = excluded.expires_at
"""
FORGET_INVITATION = "DELETE FROM staff_invitation WHERE staff = %s"
TAKE_SECRETS = "UPDATE staff SET password_hash = NULL, sealed_totp_secret = NULL WHERE staff = %s"
GIVE_SECRETS = "UPDATE staff SET password_hash = %s, sealed_totp_secret = %s WHERE staff = %s"
CHANGE = "UPDATE staff SET name = %s, roles = %s WHERE staff = %s"
SET_ACTIVE = "UPDATE staff SET is_active = %s WHERE staff = %s"
SESSIONS = """
SELECT created_at, seen_at, expires_at FROM staff_session
WHERE staff = %s AND has_totp AND expires_at > now() ORDER BY created_at
"""
END_SESSIONS = "DELETE FROM staff_session WHERE staff = %s"


@dataclass(frozen=True, slots=True)
class Account:
    """A staff account as administrators see it. `roles` is what its row holds, `effective_roles` what counts."""

    staff: UUID
    email: str
    name: str
    roles: list[str]
    institution: str
    kinds: list[str]
    is_active: bool
    has_password: bool
    invited_until: datetime | None
    sessions: int

    @property
    def effective_roles(self) -> list[str]:
        """Those roles that the institution's kinds allow."""
        return sorted(role.value for role in effective_roles(self.roles, self.kinds))

    @property
    def state(self) -> str:
        """`active`, `disabled`, `invited`, or `link over` where the invitation has ended."""
        if not self.is_active:
            return "disabled"
        if self.has_password:
            return "active"
        return "invited" if self.invited_until and self.invited_until > utc_now() else "link over"


@dataclass(frozen=True, slots=True)
class Session:
    """An open session of an account."""

    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time link's token, which can be read this once, and whom it is for."""

    staff: UUID
    email: str
    token: str
    expires_at: datetime


def list_accounts(db: Connection, institution: str | None) -> list[Account]:
    """An institution's accounts, or all."""
    with db.cursor(row_factory=class_row(Account)) as cursor:
        return cursor.execute(LIST, {"institution": institution}).fetchall()


def find_account(db: Connection, by: By, staff: UUID) -> Account:
    """An account that this person manages. Raises NotThere."""
    with db.cursor(row_factory=class_row(Account)) as cursor:
        found = cursor.execute(BY_ID, (staff,)).fetchone()
    if found is None or not by.manages(found.institution):
        raise NotThere(staff)
    return found


def find_by_email(db: Connection, email: str) -> Account:
    """The account with an address. Raises NotThere."""
    with db.cursor(row_factory=class_row(Account)) as cursor:
        found = cursor.execute(BY_EMAIL, (email.strip(),)).fetchone()
    if found is None:
        raise NotThere(email)
    return found


def may_manage(by: By, account: Account) -> bool:
    """Whether this person may change an account: one of theirs, not the own one, none that can do more."""
    if by.staff == account.staff or not by.manages(account.institution):
        return False
    return by.is_national or not NATIONAL_ROLES & set(account.roles)


def roles_to_give(by: By, kinds: Sequence[str]) -> frozenset[Role]:
    """The roles that this person may give at an institution of these kinds."""
    return roles_of(kinds) if by.is_national else roles_of(kinds) - NATIONAL_ROLES


def invite(db: Connection, by: By, email: str, name: str, institution: str, roles: Sequence[str]) -> Invitation:
    """Make an account without a password and a one-time link to it.

    Raises NotThere for an unknown institution, and Rejected: an address that has an account keeps it as it is.
    """
    staff, address = _add(db, by, email, name, institution, roles)
    record(db, by, "staff_invited", staff, _said(address, institution, roles))
    return _link(db, staff, address)


def add_with_password(
    db: Connection, by: By, email: str, name: str, institution: str, roles: Sequence[str]
) -> NewStaff:
    """Make an account with a password and a TOTP secret that can be read this once. Raises as `invite`."""
    staff, address = _add(db, by, email, name, institution, roles)
    password, secret = secrets.token_urlsafe(12), pyotp.random_base32()
    db.execute(GIVE_SECRETS, (password_hasher.hash(password), seal_totp_secret(staff, secret), staff))
    record(db, by, "staff_added", staff, _said(address, institution, roles))
    return NewStaff(staff, address, password, secret, tuple(Role(role) for role in roles), institution)


def _add(db: Connection, by: By, email: str, name: str, institution: str, roles: Sequence[str]) -> tuple[UUID, str]:
    if not by.manages(institution):
        raise NotThere(institution)
    found = find_institution(db, institution)
    address = email.strip().lower()
    if not EMAIL.fullmatch(address):
        raise Rejected("email", "This does not look like an e-mail address.")
    if not found.is_active:
        raise Rejected("institution", "This institution is closed. Open it again first.")
    chosen, staff = _checked_roles(by, roles, found.kinds), uuid4()
    if not db.execute(ADD, (staff, address, _checked_name(name, address), chosen, institution)).rowcount:
        words = "There is an account with this address already; it was not changed. A reset gives it a new link."
        raise Rejected("email", words)
    return staff, address


def change(db: Connection, by: By, staff: UUID, name: str | None = None, roles: Sequence[str] | None = None) -> None:
    """Give an account another name or other roles; None leaves them. Other roles end its sessions.

    Raises NotThere and Rejected.
    """
    account = _managed(db, by, staff)
    said = account.name if name is None else _checked_name(name, account.email)
    chosen = account.roles if roles is None else _checked_roles(by, roles, account.kinds)
    db.execute(CHANGE, (said, chosen, staff))
    if set(chosen) != set(account.roles):
        db.execute(END_SESSIONS, (staff,))
    record(db, by, "staff_changed", staff, f"roles: {', '.join(account.roles)} → {', '.join(chosen)}")


def disable(db: Connection, by: By, staff: UUID) -> None:
    """Close an account: its sessions end and its link is void. Raises NotThere and Rejected."""
    if not _managed(db, by, staff).is_active:
        raise Rejected("sure", "This account is disabled already.")
    db.execute(SET_ACTIVE, (False, staff))
    db.execute(END_SESSIONS, (staff,))
    db.execute(FORGET_INVITATION, (staff,))
    record(db, by, "staff_disabled", staff)


def enable(db: Connection, by: By, staff: UUID) -> None:
    """Open a disabled account again, with the password that it had. Raises NotThere and Rejected."""
    if _managed(db, by, staff).is_active:
        raise Rejected("sure", "This account is not disabled.")
    db.execute(SET_ACTIVE, (True, staff))
    record(db, by, "staff_enabled", staff)


def reset(db: Connection, by: By, staff: UUID) -> Invitation:
    """Take password and authenticator away, end the sessions, and make a new one-time link; former links are void.

    Raises NotThere and Rejected.
    """
    account = _managed(db, by, staff)
    if not account.is_active:
        raise Rejected("sure", "This account is disabled. Enable it first.")
    db.execute(TAKE_SECRETS, (staff,))
    db.execute(END_SESSIONS, (staff,))
    record(db, by, "staff_reset", staff)
    return _link(db, staff, account.email)


def sessions_of(db: Connection, staff: UUID) -> list[Session]:
    """An account's open sessions, the oldest first."""
    with db.cursor(row_factory=class_row(Session)) as cursor:
        return cursor.execute(SESSIONS, (staff,)).fetchall()


def end_sessions(db: Connection, by: By, staff: UUID) -> int:
    """Log an account out everywhere. Returns how many sessions ended. Raises NotThere and Rejected."""
    _managed(db, by, staff)
    ended = db.execute(END_SESSIONS, (staff,)).rowcount
    record(db, by, "sessions_ended", staff, f"sessions: {ended}")
    return ended


def invitation_digest(token: str) -> bytes:
    """What is kept of a link's token, which is random enough that a plain digest serves."""
    return hashlib.sha256(token.encode()).digest()


def _link(db: Connection, staff: UUID, email: str) -> Invitation:
    token, at = secrets.token_urlsafe(32), utc_now()
    row = {
        "digest": invitation_digest(token),
        "staff": staff,
        "secret": seal_totp_secret(staff, pyotp.random_base32()),
        "at": at,
        "until": at + INVITATION_LIVES,
    }
    db.execute(INVITE, row)
    return Invitation(staff, email, token, at + INVITATION_LIVES)


def _managed(db: Connection, by: By, staff: UUID) -> Account:
    """An account that this person may change, its row locked until the transaction ends."""
    db.execute(LOCK, (staff,))
    account = find_account(db, by, staff)
    if by.staff == staff:
        raise Rejected("sure", "Nobody changes their own account. Ask another administrator.")
    if not may_manage(by, account):
        raise Rejected("sure", "This account has a national role: a national administrator manages it.")
    return account


def _checked_roles(by: By, roles: Sequence[str], kinds: Sequence[str]) -> list[str]:
    if unknown := sorted(set(roles) - set(Role)):
        raise Rejected("roles", f"There is no role {', '.join(unknown)}. Roles are: {', '.join(Role)}.")
    if not roles:
        raise Rejected("roles", "Please choose one role at least.")
    if outside := sorted(set(roles) - roles_of(kinds)):
        allowed = ", ".join(sorted(roles_of(kinds)))
        raise Rejected("roles", f"An institution of its kinds has no {', '.join(outside)}. It may have: {allowed}.")
    if set(roles) - roles_to_give(by, kinds):
        raise Rejected("roles", "Only a national administrator gives a national role.")
    return list(dict.fromkeys(roles))


def _checked_name(name: str, email: str) -> str:
    said = name.strip() or email.partition("@")[0]
    if len(said) > LONGEST_NAME or not said.isprintable():
        raise Rejected("name", f"Please use at most {LONGEST_NAME} characters, in one line.")
    return said


def _said(email: str, institution: str, roles: Sequence[str]) -> str:
    return f"{email}, {institution}, roles: {', '.join(roles)}"

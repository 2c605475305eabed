"""Accounts of staff and keys of institutions: what is kept of their secrets, and how demo data and tests make them.

People make them by the command line or the console, whose rules are in `portal/administration/`.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pyotp
from argon2 import PasswordHasher
from psycopg.types.json import Jsonb

from portal.database import conninfo
from shared.database import utc_now
from shared.sealing import Purpose, keys
from shared.settings import Settings


class Role(StrEnum):
    """What a staff member may do; the routes say which role each needs."""

    INTAKE = "intake"
    LINK_REVIEWER = "link_reviewer"
    NATIONAL_LINK_REVIEWER = "national_link_reviewer"
    SAMPLE_STAFF = "sample_staff"
    LABORATORY = "laboratory"
    MATCH_REVIEWER = "match_reviewer"
    CASE_MANAGER = "case_manager"
    CALL_DESK = "call_desk"
    INVESTIGATOR = "investigator"
    OUTREACH = "outreach"
    OPERATOR = "operator"
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"
    INSTITUTION_ADMIN = "institution_admin"
    NATIONAL_ADMIN = "national_admin"


@dataclass(frozen=True, slots=True)
class NewStaff:
    """An account as it is made; password and TOTP secret can be read this once."""

    staff: UUID
    email: str
    password: str
    totp_secret: str
    roles: tuple[Role, ...]
    institution: str


PUT_INSTITUTION = """
INSERT INTO institution (institution, name, kinds) VALUES (%(institution)s, %(name)s, %(kinds)s)
ON CONFLICT (institution) DO UPDATE SET name = excluded.name, kinds = excluded.kinds
"""
PUT_STAFF = """
INSERT INTO staff (staff, email, name, password_hash, sealed_totp_secret, roles, institution)
VALUES (%(staff)s, %(email)s, %(name)s, %(password_hash)s, %(sealed_totp_secret)s, %(roles)s, %(institution)s)
ON CONFLICT (email) DO UPDATE SET name = excluded.name, password_hash = excluded.password_hash,
    sealed_totp_secret = excluded.sealed_totp_secret, roles = excluded.roles, institution = excluded.institution
"""
PUT_KEY = """
INSERT INTO api_key (api_key, key_digest, institution, scopes, label, owner_contact, expires_at)
VALUES (%(api_key)s, %(key_digest)s, %(institution)s, %(scopes)s, %(label)s, %(owner_contact)s, %(expires_at)s)
"""
KEY_LIVES = timedelta(days=365)
"""How long a key is good for where nobody says otherwise."""
password_hasher = PasswordHasher()


def connect(settings: Settings) -> psycopg.Connection[Any]:
    """A plain connection to the portal's database, for the command line."""
    return psycopg.connect(conninfo(settings), connect_timeout=10)


def put_institution(
    db: psycopg.Connection[Any], institution: str, name: dict[str, str], kinds: Sequence[str] = ("takes_reports",)
) -> None:
    """Make an institution as demo data and tests want it; one that is there gets this name and these kinds."""
    db.execute(PUT_INSTITUTION, {"institution": institution, "name": Jsonb(name), "kinds": list(kinds)})


def add_staff(
    db: psycopg.Connection[Any],
    email: str,
    name: str,
    roles: Sequence[Role],
    institution: str,
    staff: UUID | None = None,
) -> NewStaff:
    """Make an account with a new password and TOTP secret, for demo data and tests.

    One with this address gets new ones. `portal.administration.staff` makes the accounts of people.
    """
    found = db.execute("SELECT staff FROM staff WHERE email = %s", (email.lower(),)).fetchone()
    made = NewStaff(
        found[0] if found else staff or uuid4(),
        email.lower(),
        secrets.token_urlsafe(12),
        pyotp.random_base32(),
        tuple(roles),
        institution,
    )
    row = {
        "staff": made.staff,
        "email": made.email,
        "name": name,
        "password_hash": password_hasher.hash(made.password),
        "sealed_totp_secret": seal_totp_secret(made.staff, made.totp_secret),
        "roles": [r.value for r in roles],
        "institution": institution,
    }
    db.execute(PUT_STAFF, row)
    return made


def seal_totp_secret(staff: UUID, secret: str) -> str:
    """A TOTP secret as it rests."""
    return keys().seal(Purpose.PORTAL, secret.encode(), f"totp:{staff}")


def unseal_totp_secret(staff: UUID, sealed: str) -> str:
    """A TOTP secret, to check a password with. Raises CannotUnseal."""
    return keys().unseal(Purpose.PORTAL, sealed, f"totp:{staff}").decode()


def add_api_key(
    db: psycopg.Connection[Any], institution: str, scopes: Sequence[str] = ("reports", "laboratory")
) -> str:
    """A new key for an institution, for demo data and tests; of its scopes those count that its kinds allow."""
    key = new_key()
    row = {
        "api_key": uuid4(),
        "key_digest": key_digest(key),
        "institution": institution,
        "scopes": list(scopes),
        "label": "demo",
        "owner_contact": "demo data",
        "expires_at": utc_now() + KEY_LIVES,
    }
    db.execute(PUT_KEY, row)
    return key


def new_key() -> str:
    """An institution's key; it can be read this once."""
    return f"sila_{secrets.token_urlsafe(32)}"


def key_digest(key: str) -> bytes:
    """What is kept of an institution's key, which is random enough that a plain digest serves."""
    return hashlib.sha256(key.encode()).digest()

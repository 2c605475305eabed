"""Who comes in through the staff's and the institutions' doors."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from portal.tables.registry import PortalTable, document, flag, moment, texts


class Institution(PortalTable, table=True):
    """A body that takes part: `kinds` bound the roles of its staff and the scopes of its keys."""

    __table_args__ = (
        sa.CheckConstraint(
            "kinds <@ ARRAY['takes_reports', 'laboratory', 'outreach_partner', 'oversight']", name="kinds_are_known"
        ),
    )

    institution: str = Field(primary_key=True)
    name: dict[str, str] = document("{}")
    kinds: list[str] = texts()
    is_active: bool = flag(default=True)


class Staff(PortalTable, table=True):
    """A staff account. `last_totp_step` is the time step of the last password by TOTP, which is good once.

    Without a password and a TOTP secret its member has an invitation, and cannot log in.
    """

    __table_args__ = (
        sa.CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        sa.CheckConstraint("(password_hash IS NULL) = (sealed_totp_secret IS NULL)", name="secrets_come_together"),
    )

    staff: UUID = Field(primary_key=True)
    email: str = Field(unique=True)
    name: str
    password_hash: str | None = None
    sealed_totp_secret: str | None = None
    last_totp_step: int = Field(0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    roles: list[str] = texts()
    institution: str = Field(foreign_key="institution.institution")
    is_active: bool = flag(default=True)
    created_at: datetime = moment(default_now=True)


class StaffSession(PortalTable, table=True):
    """A staff member who logged in; without a TOTP the session opens nothing."""

    token_digest: bytes = Field(primary_key=True)
    staff: UUID = Field(foreign_key="staff.staff", index=True)
    has_totp: bool = flag(default=False)
    created_at: datetime = moment()
    seen_at: datetime = moment()
    expires_at: datetime = moment(index=True)


class StaffInvitation(PortalTable, table=True):
    """A one-time link by which a member sets a password and enrols an authenticator; one at a time for an account.

    The link's token is in the link alone. The TOTP secret counts once a first code has confirmed it.
    """

    token_digest: bytes = Field(primary_key=True)
    staff: UUID = Field(foreign_key="staff.staff", unique=True)
    sealed_totp_secret: str
    made_at: datetime = moment()
    expires_at: datetime = moment(index=True)


class DeclaredRelation(PortalTable, table=True):
    """A member said, or an administrator did, that a report is about her own relative: she may not see its file.

    The report is kept as a blind index of its reference: it says to nobody whose relative is missing.
    """

    __table_args__ = (
        sa.Index(
            "declared_relation_once",
            "staff",
            "reference_index",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    relation: UUID = Field(primary_key=True)
    staff: UUID = Field(foreign_key="staff.staff")
    reference_index: str
    declared_by: str
    declared_at: datetime = moment()
    ended_by: str | None = None
    ended_at: datetime | None = moment(nullable=True)


class ApiKey(PortalTable, table=True):
    """An institution's key. The key itself is shown once, when it is made.

    Its owner is a member of staff or a contact in words; keys from before owners were kept have neither.
    """

    __table_args__ = (sa.CheckConstraint("owner_staff IS NULL OR owner_contact IS NULL", name="at_most_one_owner"),)

    api_key: UUID = Field(primary_key=True)
    key_digest: bytes = Field(unique=True)
    institution: str = Field(foreign_key="institution.institution")
    scopes: list[str] = texts()
    is_active: bool = flag(default=True)
    created_at: datetime = moment(default_now=True)
    label: str = Field("", sa_column_kwargs={"server_default": ""})
    owner_staff: UUID | None = Field(None, foreign_key="staff.staff")
    owner_contact: str | None = None
    expires_at: datetime = moment()
    last_used_at: datetime | None = moment(nullable=True)

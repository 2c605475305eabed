"""Who comes in through the staff's and the institutions' doors."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from portal.tables.registry import PortalTable, document, flag, moment, texts


class Institution(PortalTable, table=True):
    """A body that takes reports or works with families."""

    institution: str = Field(primary_key=True)
    name: dict[str, str] = document("{}")
    takes_reports: bool = flag(default=True)
    is_active: bool = flag(default=True)


class Staff(PortalTable, table=True):
    """A staff account. `last_totp_step` is the time step of the last password by TOTP, which is good once."""

    __table_args__ = (sa.CheckConstraint("email = lower(email)", name="email_is_lower_case"),)

    staff: UUID = Field(primary_key=True)
    email: str = Field(unique=True)
    name: str
    password_hash: str
    sealed_totp_secret: str
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


class ApiKey(PortalTable, table=True):
    """An institution's key. The key itself is shown once, when it is made."""

    api_key: UUID = Field(primary_key=True)
    key_digest: bytes = Field(unique=True)
    institution: str = Field(foreign_key="institution.institution")
    scopes: list[str] = texts()
    is_active: bool = flag(default=True)
    created_at: datetime = moment(default_now=True)
